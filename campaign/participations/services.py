"""Registering, changing, postponing, declining: each step is recorded with who, when, from where and why.

A file for each step: `claiming` the one participation of a municipality, `registering` it, the `answers` of
its form and the `people` they name, `confirming` it; its `ceremony`, its other `tracks`, its `standing` when
it answers otherwise, `merging` two records that are one. `moves` keeps the record of them all, with their
`authors`. What pages, jobs and commands ask of them is asked here.
"""

from __future__ import annotations

from campaign.participations.answers import ChangedMeanwhile, revise, version_of
from campaign.participations.authors import (
    MUNICIPALITY_BY_FORM,
    MUNICIPALITY_BY_LINK,
    MUNICIPALITY_BY_MAIL,
    Author,
)
from campaign.participations.ceremony import (
    cancel_ceremony,
    ceremony_restored,
    mark_held,
    move_indoors,
    postpone,
    reinstate_ceremony,
    undo_held,
)
from campaign.participations.claiming import claim, find_last, find_participation, get_participation
from campaign.participations.confirming import approve, confirm, confirm_by_proof, mark_verified
from campaign.participations.details import NOTICE_VERSION
from campaign.participations.merging import merge
from campaign.participations.moves import move
from campaign.participations.people import hand_over
from campaign.participations.registering import AlreadyRegistered, register
from campaign.participations.standing import cancel, decline, invite, reflect, reinstate, reopen
from campaign.participations.tracks import set_kit, set_resolution

__all__ = [
    "MUNICIPALITY_BY_FORM", "MUNICIPALITY_BY_LINK", "MUNICIPALITY_BY_MAIL", "NOTICE_VERSION",
    "AlreadyRegistered", "Author", "ChangedMeanwhile",
    "approve", "cancel", "cancel_ceremony", "ceremony_restored", "claim", "confirm", "confirm_by_proof",
    "decline", "find_last", "find_participation", "get_participation", "hand_over", "invite", "mark_held",
    "mark_verified", "merge", "move", "move_indoors", "postpone", "reflect", "register", "reinstate",
    "reinstate_ceremony", "reopen", "revise", "set_kit", "set_resolution", "undo_held", "version_of",
]  # fmt: skip
