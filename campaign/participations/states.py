"""The moves that a participation may make, and what each state means for the figures."""

from __future__ import annotations

from campaign.errors import Conflict
from campaign.participations.models import State

COUNTED = frozenset({State.CONFIRMED, State.DONE})
"""The states of the public figure."""

WAITING = frozenset(
    {
        State.NOT_INVITED,
        State.INVITED,
        State.UNDECIDED,
        State.DECLINED,
        State.CANCELLED,
        State.DISCARDED,
    }
)
"""A registration form may start from here. « Écartée » too: the municipality taken for another may answer."""

LABELS = {
    State.NOT_INVITED: "Non sollicitée",
    State.INVITED: "Invitée",
    State.UNDECIDED: "En réflexion",
    State.REGISTERED: "Inscrite (à confirmer)",
    State.CONFIRMED: "Confirmée",
    State.DONE: "Réalisée",
    State.CANCELLED: "Annulée",
    State.DECLINED: "A décliné",
    State.DISCARDED: "Écartée",
}

_ALLOWED: dict[State, frozenset[State]] = {
    State.NOT_INVITED: frozenset({State.INVITED, State.UNDECIDED, State.REGISTERED, State.DECLINED}),
    State.INVITED: frozenset({State.UNDECIDED, State.REGISTERED, State.DECLINED}),
    State.UNDECIDED: frozenset({State.REGISTERED, State.DECLINED}),
    State.REGISTERED: frozenset({State.UNDECIDED, State.CONFIRMED, State.CANCELLED, State.DECLINED}),
    State.CONFIRMED: frozenset({State.DONE, State.CANCELLED}),
    State.DONE: frozenset({State.CONFIRMED}),
    State.CANCELLED: frozenset({State.CONFIRMED}),
    State.DECLINED: frozenset({State.REGISTERED, State.UNDECIDED}),
    State.DISCARDED: frozenset(),
}

TEAM_ONLY = frozenset({(State.DONE, State.CONFIRMED), (State.CONFIRMED, State.DONE)})
"""Moves that a municipality does not make by its own link: « réalisée » comes from the report or the team."""


def is_allowed(before: State, after: State, *, by_team: bool = False) -> bool:
    """Whether that move exists. Any state may be set aside in favour of another record."""
    if after is State.DISCARDED:
        return before is not State.DISCARDED and by_team
    if (before, after) in TEAM_ONLY and not by_team:
        return False
    return after in _ALLOWED[before]


def check(before: State, after: State, *, by_team: bool = False) -> None:
    """Raise `Conflict` when a participation cannot go from one state to the other."""
    if not is_allowed(before, after, by_team=by_team):
        raise Conflict(
            f"La participation est « {LABELS[before]} » : elle ne peut pas devenir « {LABELS[after]} »."
        )
