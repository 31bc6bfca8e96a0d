"""The team's pages of mailings."""
