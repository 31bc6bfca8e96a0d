"""One edition of the campaign: its week, its day J, its theme."""
