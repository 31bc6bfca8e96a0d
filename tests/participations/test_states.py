from itertools import product

import pytest

from campaign.errors import Conflict
from campaign.participations import states
from campaign.participations.models import State

N, I, U, R, C, D, X, L, S = State  # noqa: E741 - one letter each, so that the table below reads as the table of moves

PAIRS = list(product(State, State))

BY_ANYONE = {
    (N, I), (N, U), (N, R), (N, L),
    (I, U), (I, R), (I, L),
    (U, R), (U, L),
    (R, U), (R, C), (R, X), (R, L),
    (C, X), (X, C),
    (L, R), (L, U),
}  # fmt: skip
"""The moves of the table: invited, undecided or not, registered, confirmed, cancelled and back, declined."""

BY_TEAM = {(C, D), (D, C)} | {(state, S) for state in State if state is not S}
"""« Réalisée » comes with evidence and is undone by the team alone, which also sets records aside."""


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_municipality_makes_only_the_moves_of_the_table(before: State, after: State) -> None:
    assert states.is_allowed(before, after) is ((before, after) in BY_ANYONE)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_team_makes_its_own_moves_too(before: State, after: State) -> None:
    assert states.is_allowed(before, after, by_team=True) is ((before, after) in BY_ANYONE | BY_TEAM)


def test_a_forbidden_move_is_refused_in_words() -> None:
    with pytest.raises(Conflict) as refusal:
        states.check(State.CONFIRMED, State.DECLINED)

    assert refusal.value.message == (
        "La participation est « Confirmée » : elle ne peut pas devenir « A décliné »."
    ).replace("« ", "«\u00a0").replace(" »", "\u00a0»").replace(" :", "\u00a0:")


def test_only_confirmed_and_done_enter_the_figures() -> None:
    assert {State.CONFIRMED, State.DONE} == states.COUNTED


def test_a_form_may_start_from_every_state_that_is_not_already_registered() -> None:
    assert set(State) - states.WAITING == {State.REGISTERED, State.CONFIRMED, State.DONE}


def test_each_state_has_its_words() -> None:
    assert set(states.LABELS) == set(State)
