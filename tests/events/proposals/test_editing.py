"""The calendar keeps what was approved until the change of its author is read."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from campaign.events import activities, changes, proposals
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.models import EventAction, EventState, Proposal
from tests import builders
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.proposing import EMAIL, LATER, ME, TEAM, State, letters, published, submitted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_an_edit_before_publication_waits_with_the_rest() -> None:
    proposal = submitted()

    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    assert (proposal.state, proposals.written(proposal).title) == (State.SUBMITTED, "Contes")


def test_the_calendar_keeps_the_approved_version_until_the_change_is_read() -> None:
    proposal = published()
    event = proposal.event
    assert event is not None
    sequence = event.sequence

    changed = proposals.edit(
        proposal, content(title="Contes", place="Parc"), picture=None, author=ME, now=LATER
    )

    assert changed
    assert (proposal.state, proposals.written(proposal).title) == (State.REVISED, "Contes")
    assert (event.title, event.place, event.sequence) == (
        "Heure du conte en pyjama", "Bibliothèque municipale", sequence,
    )  # fmt: skip

    assert proposals.approve(proposal, author=TEAM, now=LATER) is event

    assert (proposal.state, event.title, event.place) == (State.PUBLISHED, "Contes", "Parc")
    assert event.sequence > sequence
    assert letters()[-1] == ("proposal_revised", EMAIL)


def test_saying_the_same_is_no_change() -> None:
    proposal = published()

    assert not proposals.edit(proposal, content(), picture=None, author=ME, now=LATER)
    assert proposal.state is State.PUBLISHED


def test_its_author_starts_from_what_the_team_corrected() -> None:
    proposal = published()
    assert proposal.event is not None
    activities.update(proposal.event, content(place="Salle B"), territory=builders.territory(), now=LATER)

    started_from = proposals.content_to_edit(proposal)

    assert started_from == content(place="Salle B")


MORNINGS = tuple(Sitting(day=DAY_J + timedelta(days=number), starts=time(10)) for number in range(3))


def decide(proposal: Proposal, change: Change) -> None:
    """The team changes the event while its author's change waits."""
    assert proposal.event_id is not None
    (event,) = changes.list_locked([proposal.event_id])
    changes.apply(event, change, author=TEAM, now=LATER)


def test_a_change_that_waited_does_not_undo_what_was_decided_meanwhile() -> None:
    proposal = published(content(sittings=MORNINGS))
    last = replace(MORNINGS[2], starts=time(14))
    told = content(title="Contes", sittings=(*MORNINGS[:2], last))
    proposals.edit(proposal, told, picture=None, author=ME, now=LATER)
    assert proposal.event is not None
    first, second, _third = (frozenset({row.id}) for row in proposal.event.sessions)

    decide(proposal, Change(action=EventAction.POSTPONE, days=7, sitting_ids=first, reason="Neige."))
    decide(proposal, Change(action=EventAction.CANCEL, sitting_ids=second, reason="Neige."))
    decide(proposal, Change(action=EventAction.MOVE, place="Gymnase", reason="Neige."))
    event = proposals.approve(proposal, author=TEAM, now=LATER)

    assert (event.title, event.place) == ("Contes", "Gymnase")
    assert [(row.starts_on, row.state) for row in event.sessions] == [
        (DAY_J + timedelta(days=7), EventState.POSTPONED),
        (DAY_J + timedelta(days=1), EventState.CANCELLED),
        (DAY_J + timedelta(days=2), None),
    ]
    assert activities.content_of(event).sittings[-1] == last


def test_a_date_that_comes_back_is_in_the_change_that_waits() -> None:
    proposal = published(content(sittings=MORNINGS))
    assert proposal.event is not None
    second = frozenset({proposal.event.sessions[1].id})
    proposals.edit(proposal, content(title="Contes", sittings=MORNINGS), picture=None, author=ME, now=LATER)

    decide(proposal, Change(action=EventAction.CANCEL, sitting_ids=second, reason="Neige."))
    decide(proposal, Change(action=EventAction.REINSTATE, sitting_ids=second))

    assert set(proposals.written(proposal).sittings) == set(MORNINGS)
