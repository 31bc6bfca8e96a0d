"""Writing, settling, and what is told of the queue; on both engines."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.errors import Conflict
from campaign.outbox import queries, services
from campaign.outbox.letters import Answer, Enclosure, Verdict
from campaign.outbox.models import Attachment, Message, MessageState, Stream
from tests.outbox.letters import NOON, add_templates, claimed, draft, find_due, new_stencil, recorded, write

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


def test_many_messages_are_written_at_once_and_their_numbers_given(session: Session) -> None:
    stencil = new_stencil()

    ids = services.enqueue_many((draft(number, stencil) for number in range(1_200)), now=NOON)

    assert [*ids] == [f"envoi:1:{number}" for number in range(1_200)]
    message = queries.get_message(ids["envoi:1:7"])
    assert (message.to_email, message.to_domain, message.subject, message.batch, message.campaign) == (
        "p7@exemple.quebec",
        "exemple.quebec",
        "Bonjour 7",
        "envoi:1",
        "12",
    )
    assert (message.state, message.not_before, message.attempts) == (MessageState.QUEUED, NOON, 0)
    assert message.headers == {"Auto-Submitted": "auto-generated"}
    assert queries.words_of(message) == ("Bonjour Personne 7,\n", "<p>Bonjour Personne 7</p>")
    assert len(set(session.scalars(select(Message.message_id)))) == 1_200


def test_many_messages_written_again_are_written_once(session: Session) -> None:
    stencil = new_stencil()
    services.enqueue_many([draft(number, stencil) for number in (1, 2)], now=NOON)

    ids = services.enqueue_many(
        [draft(number, stencil, subject="Autre") for number in (1, 2, 3, 3)], now=NOON
    )

    assert [*ids] == ["envoi:1:3"]
    assert session.scalars(select(Message.subject).order_by(Message.id)).all() == [
        "Bonjour 1",
        "Bonjour 2",
        "Autre",
    ]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"values": {}}, "no value for nom"),
        ({"to": "personne"}, "not an e-mail address"),
        ({"headers": {"Bcc": "tous@exemple.quebec"}}, "header"),
    ],
)
def test_a_draft_that_is_wrong_is_refused(session: Session, wrong: dict[str, object], why: str) -> None:
    stencil = new_stencil()

    with pytest.raises(ValueError, match=why):
        services.enqueue_many([draft(1, stencil, **wrong)], now=NOON)


def test_a_direct_message_says_its_domain_and_belongs_to_no_batch(session: Session) -> None:
    message = write("Manon@Exemple.Quebec")

    assert (message.to_domain, message.batch, message.stream) == ("exemple.quebec", "", Stream.SERVICE)
    assert queries.words_of(message) == (message.text, message.html)
