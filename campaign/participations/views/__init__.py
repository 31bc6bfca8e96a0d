"""The pages of participations: public, by form, by personal link, and the team's."""
