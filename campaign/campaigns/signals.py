"""What the other rooms may want to know: an edition opens."""

from blinker import Signal

edition_opened = Signal()
"""Sent with the new edition, inside the transaction that opens it."""
