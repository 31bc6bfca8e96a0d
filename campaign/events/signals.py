"""What events tell the rooms above them, without knowing who listens."""

from blinker import Namespace

_signals = Namespace()

event_changed = _signals.signal("event-changed")
"""Sent by `changes`, and by `corrections` through them, inside the transaction, with the event as sender and
its `move` (an `EventMove`): a room that holds registrations may tell the people registered, or refuse by
raising."""
