"""Pavois: campaigns of events and mobilization around one known list of municipalities."""

__version__ = "1.0.0"
