"""Postponing, moving, putting online, calling off, taking back: one action, whose effects are seen before.

`preview` carries the change out on a copy and says what differs; `apply` carries the same change out on the
event. What was seen is what happens: a state that is no longer the one previewed is refused.

Beside this entrance, a file for each rule: `postponing`, `moving` and `cancelling` carry a change out,
`refusals` says when none is possible, `standing` is what undoing writes back, `effects` and `conflicts` are
what is seen beforehand.
"""

from campaign.events.changes.around import Around, Attending, list_neighbours, read_around
from campaign.events.changes.change import Change
from campaign.events.changes.copying import copy_of
from campaign.events.changes.effects import DateEffect, Effects
from campaign.events.changes.postponing import when_postponed
from campaign.events.changes.queries import LOADED, get_event, list_locked
from campaign.events.changes.refusals import ChangedMeanwhile, refuse_if_stale
from campaign.events.changes.services import Done, apply, carry_out, note, preview
from campaign.events.changes.standing import restore, stamp_of, standing_of, stands_as
from campaign.events.changes.wording import words_of

__all__ = [
    "LOADED",
    "Around",
    "Attending",
    "Change",
    "ChangedMeanwhile",
    "DateEffect",
    "Done",
    "Effects",
    "apply",
    "carry_out",
    "copy_of",
    "get_event",
    "list_locked",
    "list_neighbours",
    "note",
    "preview",
    "read_around",
    "refuse_if_stale",
    "restore",
    "stamp_of",
    "standing_of",
    "stands_as",
    "when_postponed",
    "words_of",
]
