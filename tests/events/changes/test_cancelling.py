"""What is called off is what was ahead, and comes back as it was."""

from datetime import UTC, datetime, timedelta

import pytest

from campaign.events.models import EventState
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.changing import A_DAY_LATER, CANCELLED, TAKEN_BACK, THREE_DAYS, apply, days_of, known
from tests.lasting import database as database


@pytest.mark.usefixtures("session")
def test_only_what_is_ahead_is_called_off() -> None:
    event = known(content(sittings=THREE_DAYS))

    seen = apply(event, CANCELLED, now=datetime(2027, 11, 16, 12, tzinfo=UTC)).effects

    assert event.state is EventState.PLANNED
    assert [row.state for row in event.sessions] == [None, EventState.CANCELLED, EventState.CANCELLED]
    assert [each.is_changed for each in seen.dates] == [False, True, True]


@pytest.mark.usefixtures("session")
def test_what_was_postponed_then_called_off_comes_back_postponed() -> None:
    event = known()
    apply(event, A_DAY_LATER)
    apply(event, CANCELLED)

    apply(event, TAKEN_BACK)

    assert (event.state, event.sessions[0].state) == (EventState.PLANNED, EventState.POSTPONED)
    assert days_of(event) == [DAY_J + timedelta(days=1)]
