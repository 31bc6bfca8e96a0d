"""Writing, settling, and what is told of the queue; on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.errors import Conflict
from campaign.outbox import queries, services
from campaign.outbox.letters import Answer, Enclosure, Verdict
from campaign.outbox.models import Attachment, Message, MessageState
from tests.outbox.letters import NOON, add_templates, claimed, find_due, recorded, write

ACCEPTED = Answer(verdict=Verdict.ACCEPTED)
LATER = Answer(verdict=Verdict.LATER, reason="451 Revenez")
DEAD = Answer(verdict=Verdict.REFUSED, reason="550 5.1.1 Inconnu", is_address_dead=True)
UNKNOWN = Answer(verdict=Verdict.UNKNOWN, reason="Réponse perdue")


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


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


def test_only_an_uncertain_message_is_settled(session: Session) -> None:
    with pytest.raises(Conflict):
        services.settle(write(), has_left=True, author="Jeanne", now=NOON)


def test_the_last_sign_of_life_is_kept(session: Session) -> None:
    services.beat("worker", NOON)
    services.beat("worker", NOON + timedelta(minutes=1))

    assert queries.find_heartbeat("worker") == NOON + timedelta(minutes=1)
    assert queries.find_heartbeat("other") is None


def test_a_dead_address_gets_nothing_more(session: Session) -> None:
    message = write()
    recorded(claimed(), DEAD, NOON)

    later = write(to="MANON@exemple.quebec")

    session.refresh(message)
    assert message.state is MessageState.BOUNCED
    assert (later.state, later.last_error) == (MessageState.SUPPRESSED, "550 5.1.1 Inconnu")
    assert find_due(NOON) is None
    assert [row.email for row in queries.list_suppressions()] == ["manon@exemple.quebec"]


def test_a_person_may_send_an_uncertain_message_again(session: Session) -> None:
    message = write()
    recorded(claimed(), UNKNOWN, NOON)
    session.refresh(message)

    services.resend(message, author="Jeanne", now=NOON + timedelta(hours=1))

    again = claimed(NOON + timedelta(hours=1))
    assert (again.message_id, again.attempts) == (message.message_id, 1)


def test_what_was_sent_or_is_held_back_is_not_sent_again(session: Session) -> None:
    message = write()
    recorded(claimed(), ACCEPTED, NOON)
    session.refresh(message)
    with pytest.raises(Conflict):
        services.resend(message, author="Jeanne", now=NOON)

    held = write(to="b@exemple.quebec")
    recorded(claimed(), DEAD, NOON)
    session.refresh(held)
    with pytest.raises(Conflict):
        services.resend(held, author="Jeanne", now=NOON)

    services.lift_suppression("b@exemple.quebec")
    session.expire_all()
    services.resend(held, author="Jeanne", now=NOON)
    assert held.state is MessageState.QUEUED


def test_counts_tell_what_waits_and_what_left(session: Session) -> None:
    write()
    write(to="b@exemple.quebec")
    write(to="c@exemple.quebec", not_before=NOON + timedelta(days=1))
    recorded(claimed(), ACCEPTED, NOON)

    assert queries.count_by_state() == {MessageState.QUEUED: 2, MessageState.SENT: 1}
    assert queries.count_due(NOON) == 1
