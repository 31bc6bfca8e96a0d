"""Writing, claiming, recording, settling; on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.errors import Conflict
from campaign.outbox import queries, services
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.models import Attachment, Message, MessageState, Suppression
from tests.outbox.letters import NOON, add_templates, write

ACCEPTED = Answer(verdict=Verdict.ACCEPTED)
LATER = Answer(verdict=Verdict.LATER, reason="451 Revenez")
DEAD = Answer(verdict=Verdict.REFUSED, reason="550 5.1.1 Inconnu", is_address_dead=True)
UNKNOWN = Answer(verdict=Verdict.UNKNOWN, reason="Réponse perdue")


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


def claimed(now=NOON) -> Letter:
    letter = services.claim(now)
    assert letter is not None
    return letter


def test_a_message_keeps_the_words_it_was_written_with(session: Session) -> None:
    message = write(to=" Manon@Exemple.Quebec ", to_name="Manon\nLévesque", regarding="12043")

    assert (message.to_email, message.to_name) == ("manon@exemple.quebec", "Manon Lévesque")
    assert (message.subject, message.state) == ("Bonjour Manon", MessageState.QUEUED)
    assert message.message_id.endswith("@localhost>")
    assert [m.id for m in queries.list_regarding("12043")] == [message.id]


def test_writing_twice_with_the_same_key_gives_one_message(session: Session) -> None:
    write(dedupe_key="accuse-12043")

    again = services.enqueue(
        "bonjour",
        to="autre@exemple.quebec",
        context={"name": "Autre"},
        now=NOON,
        dedupe_key="accuse-12043",
        attachments=[Enclosure(filename="a.ics", content_type="text/calendar", data=b"x")],
    )

    assert again is None
    assert session.scalars(select(Message.to_email)).all() == ["manon@exemple.quebec"]
    assert session.scalars(select(Attachment)).all() == []


def test_an_address_that_is_none_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        write(to="manon@exemple.quebec\nBcc: tous@exemple.quebec")


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "autre"},
        {"bcc": "tous@exemple.quebec"},
        {"Content-Type": "text/html"},
        {"X-Mot": "un\r\nBcc: tous@exemple.quebec"},
        {"X Mot": "un"},
    ],
)
def test_headers_that_are_ours_or_broken_are_refused(session: Session, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        write(headers=headers)


def test_nothing_is_claimed_before_its_time(session: Session) -> None:
    write(not_before=NOON + timedelta(hours=1))

    assert services.claim(NOON) is None
    assert claimed(NOON + timedelta(hours=1)).to_email == "manon@exemple.quebec"


def test_the_message_due_for_longest_leaves_first_with_its_files(session: Session) -> None:
    write(to="b@exemple.quebec")
    write(
        to="a@exemple.quebec",
        not_before=NOON - timedelta(hours=1),
        attachments=[Enclosure(filename="a.ics", content_type="text/calendar", data=b"BEGIN")],
    )

    first, second, none = claimed(), claimed(), services.claim(NOON)

    assert (first.to_email, second.to_email, none) == ("a@exemple.quebec", "b@exemple.quebec", None)
    assert [(file.filename, file.data) for file in first.enclosures] == [("a.ics", b"BEGIN")]


def test_an_accepted_message_is_sent(session: Session) -> None:
    message = write()

    services.record(claimed(), ACCEPTED, NOON)

    session.refresh(message)
    assert (message.state, message.sent_at, message.attempts) == (MessageState.SENT, NOON, 1)
    assert message.leased_until is None


def test_a_passing_refusal_is_tried_again_with_growing_delays_then_given_up(session: Session) -> None:
    message = write()
    now, waits = NOON, []

    for _attempt in range(20):
        services.record(claimed(now), LATER, now)
        session.refresh(message)
        if message.state is not MessageState.QUEUED:
            break
        waits.append(message.not_before - now)
        assert services.claim(message.not_before - timedelta(seconds=1)) is None
        now = message.not_before

    assert waits == list(services.RETRY_DELAYS)
    assert (message.state, message.last_error) == (MessageState.FAILED, "451 Revenez")


def test_the_other_side_may_ask_for_more_patience(session: Session) -> None:
    message = write()

    answer = Answer(verdict=Verdict.LATER, wait=timedelta(minutes=17))
    services.record(claimed(), answer, NOON)

    session.refresh(message)
    assert message.not_before == NOON + timedelta(minutes=17)


def test_a_dead_address_gets_nothing_more(session: Session) -> None:
    message = write()
    services.record(claimed(), DEAD, NOON)

    later = write(to="MANON@exemple.quebec")

    session.refresh(message)
    assert message.state is MessageState.BOUNCED
    assert (later.state, later.last_error) == (MessageState.SUPPRESSED, "550 5.1.1 Inconnu")
    assert services.claim(NOON) is None
    assert [row.email for row in queries.list_suppressions()] == ["manon@exemple.quebec"]


def test_a_refusal_of_the_content_says_nothing_against_the_address(session: Session) -> None:
    write()

    services.record(claimed(), Answer(verdict=Verdict.REFUSED, reason="554 contenu"), NOON)

    assert session.scalars(select(Suppression)).all() == []
    assert write().state is MessageState.QUEUED


def test_a_message_queued_before_its_address_was_held_back_does_not_leave(session: Session) -> None:
    message = write()
    services.suppress("manon@exemple.quebec", "Désabonnement", NOON)

    assert services.claim(NOON) is None
    session.refresh(message)
    assert message.state is MessageState.SUPPRESSED


def test_a_lost_answer_is_uncertain_and_never_tried_again_silently(session: Session) -> None:
    message = write()

    services.record(claimed(), UNKNOWN, NOON)

    session.refresh(message)
    assert message.state is MessageState.UNCERTAIN
    assert services.claim(NOON + timedelta(days=30)) is None
    assert [m.id for m in queries.list_needing_a_person()] == [message.id]


def test_a_message_held_longer_than_its_lease_is_set_aside(session: Session) -> None:
    message = write()
    claimed()

    assert services.set_aside_expired(NOON + services.LEASE) == 0
    assert services.set_aside_expired(NOON + services.LEASE + timedelta(seconds=1)) == 1
    session.refresh(message)
    assert message.state is MessageState.UNCERTAIN
    assert services.claim(NOON + timedelta(days=1)) is None


def test_a_slow_worker_settles_its_own_uncertain_message(session: Session) -> None:
    message = write()
    letter = claimed()
    services.set_aside_expired(NOON + timedelta(hours=1))

    state = services.record(letter, ACCEPTED, NOON + timedelta(hours=1))

    session.refresh(message)
    assert state is message.state is MessageState.SENT


def test_a_slow_worker_does_not_undo_what_a_person_settled(session: Session) -> None:
    message = write()
    letter = claimed()
    services.set_aside_expired(NOON + timedelta(hours=1))
    session.refresh(message)
    services.settle(message, has_left=False, author="Jeanne", now=NOON + timedelta(hours=1))

    assert services.record(letter, ACCEPTED, NOON + timedelta(hours=2)) is None
    session.refresh(message)
    assert message.state is MessageState.FAILED


def test_a_person_may_send_an_uncertain_message_again(session: Session) -> None:
    message = write()
    services.record(claimed(), UNKNOWN, NOON)
    session.refresh(message)

    services.resend(message, author="Jeanne", now=NOON + timedelta(hours=1))

    again = claimed(NOON + timedelta(hours=1))
    assert (again.message_id, again.attempts) == (message.message_id, 1)


def test_what_was_sent_or_is_held_back_is_not_sent_again(session: Session) -> None:
    message = write()
    services.record(claimed(), ACCEPTED, NOON)
    session.refresh(message)
    with pytest.raises(Conflict):
        services.resend(message, author="Jeanne", now=NOON)

    held = write(to="b@exemple.quebec")
    services.record(claimed(), DEAD, NOON)
    session.refresh(held)
    with pytest.raises(Conflict):
        services.resend(held, author="Jeanne", now=NOON)

    services.lift_suppression("b@exemple.quebec")
    session.expire_all()
    services.resend(held, author="Jeanne", now=NOON)
    assert held.state is MessageState.QUEUED


def test_only_an_uncertain_message_is_settled(session: Session) -> None:
    with pytest.raises(Conflict):
        services.settle(write(), has_left=True, author="Jeanne", now=NOON)


def test_the_last_sign_of_life_is_kept(session: Session) -> None:
    services.beat("worker", NOON)
    services.beat("worker", NOON + timedelta(minutes=1))

    assert queries.find_heartbeat("worker") == NOON + timedelta(minutes=1)
    assert queries.find_heartbeat("other") is None


def test_counts_tell_what_waits_and_what_left(session: Session) -> None:
    write()
    write(to="b@exemple.quebec")
    write(to="c@exemple.quebec", not_before=NOON + timedelta(days=1))
    services.record(claimed(), ACCEPTED, NOON)

    assert queries.count_by_state() == {MessageState.QUEUED: 2, MessageState.SENT: 1}
    assert queries.count_due(NOON) == 1
    assert queries.count_sent_in_last_minute(NOON + timedelta(seconds=59)) == 1
    assert queries.count_sent_in_last_minute(NOON + timedelta(seconds=60)) == 0
