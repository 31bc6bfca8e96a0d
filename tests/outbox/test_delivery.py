"""Taking messages out of the queue and writing down what became of them; on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.outbox import delivery, queries, services
from campaign.outbox.letters import Answer, Enclosure, Verdict
from campaign.outbox.models import MessageState, Suppression
from tests.outbox.letters import NOON, add_templates, claimed, find_due, recorded, write

OVER = delivery.LEASE + delivery.GRACE + timedelta(seconds=10)
"""When a lease is over for everybody; its end is drawn at random within ten seconds."""

ACCEPTED = Answer(verdict=Verdict.ACCEPTED)
LATER = Answer(verdict=Verdict.LATER, reason="451 Revenez")
DEAD = Answer(verdict=Verdict.REFUSED, reason="550 5.1.1 Inconnu", is_address_dead=True)
UNKNOWN = Answer(verdict=Verdict.UNKNOWN, reason="Réponse perdue")


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


def test_nothing_is_claimed_before_its_time(session: Session) -> None:
    write(not_before=NOON + timedelta(hours=1))

    assert find_due(NOON) is None
    assert claimed(NOON + timedelta(hours=1)).to_email == "manon@exemple.quebec"


def test_the_message_due_for_longest_leaves_first_with_its_files(session: Session) -> None:
    write(to="b@exemple.quebec")
    write(
        to="a@exemple.quebec",
        not_before=NOON - timedelta(hours=1),
        attachments=[Enclosure(filename="a.ics", content_type="text/calendar", data=b"BEGIN")],
    )

    first, second, none = claimed(), claimed(), find_due(NOON)

    assert (first.to_email, second.to_email, none) == ("a@exemple.quebec", "b@exemple.quebec", None)
    assert [(file.filename, file.data) for file in first.enclosures] == [("a.ics", b"BEGIN")]


def test_an_accepted_message_is_sent(session: Session) -> None:
    message = write()

    recorded(claimed(), ACCEPTED, NOON)

    session.refresh(message)
    assert (message.state, message.sent_at, message.attempts) == (MessageState.SENT, NOON, 1)
    assert message.leased_until is None


def test_a_passing_refusal_is_tried_again_with_growing_delays_then_given_up(session: Session) -> None:
    message = write()
    now, waits = NOON, []

    for _attempt in range(20):
        recorded(claimed(now), LATER, now)
        session.refresh(message)
        if message.state is not MessageState.QUEUED:
            break
        waits.append(message.not_before - now)
        assert find_due(message.not_before - timedelta(seconds=1)) is None
        now = message.not_before

    assert waits == list(delivery.RETRY_DELAYS)
    assert (message.state, message.last_error) == (MessageState.FAILED, "451 Revenez")


def test_the_other_side_may_ask_for_more_patience(session: Session) -> None:
    message = write()

    answer = Answer(verdict=Verdict.LATER, wait=timedelta(minutes=17))
    recorded(claimed(), answer, NOON)

    session.refresh(message)
    assert message.not_before == NOON + timedelta(minutes=17)


def test_a_refusal_of_the_content_says_nothing_against_the_address(session: Session) -> None:
    write()

    recorded(claimed(), Answer(verdict=Verdict.REFUSED, reason="554 contenu"), NOON)

    assert session.scalars(select(Suppression)).all() == []
    assert write().state is MessageState.QUEUED


def test_a_message_queued_before_its_address_was_held_back_does_not_leave(session: Session) -> None:
    message = write()
    services.suppress("manon@exemple.quebec", "Désabonnement", NOON)

    assert find_due(NOON) is None
    session.refresh(message)
    assert message.state is MessageState.SUPPRESSED


def test_a_lost_answer_is_uncertain_and_never_tried_again_silently(session: Session) -> None:
    message = write()

    recorded(claimed(), UNKNOWN, NOON)

    session.refresh(message)
    assert message.state is MessageState.UNCERTAIN
    assert find_due(NOON + timedelta(days=30)) is None
    assert [m.id for m in queries.list_needing_a_person()] == [message.id]


def test_a_message_held_longer_than_its_lease_is_set_aside(session: Session) -> None:
    message = write()
    claimed()

    assert delivery.settle_expired(NOON + delivery.LEASE + delivery.GRACE) == 0
    assert delivery.settle_expired(NOON + OVER) == 1
    session.refresh(message)
    assert message.state is MessageState.UNCERTAIN
    assert find_due(NOON + timedelta(days=1)) is None


def test_a_slow_worker_settles_its_own_uncertain_message(session: Session) -> None:
    message = write()
    letter = claimed()
    delivery.settle_expired(NOON + timedelta(hours=1))

    state = recorded(letter, ACCEPTED, NOON + timedelta(hours=1))

    session.refresh(message)
    assert state is message.state is MessageState.SENT


def test_a_slow_worker_does_not_undo_what_a_person_settled(session: Session) -> None:
    message = write()
    letter = claimed()
    delivery.settle_expired(NOON + timedelta(hours=1))
    session.refresh(message)
    services.settle(message, has_left=False, author="Jeanne", now=NOON + timedelta(hours=1))

    assert recorded(letter, ACCEPTED, NOON + timedelta(hours=2)) is None
    session.refresh(message)
    assert message.state is MessageState.FAILED
