"""What is held, taken back or unsubscribed does not leave; direct answers always do. On both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campaign.errors import Conflict, NotFound
from campaign.outbox import delivery, queries, services
from campaign.outbox.letters import Answer, Verdict
from campaign.outbox.models import Hold, Message, MessageState, Scope, Stream, UnsubscribeLink
from tests.outbox.letters import NOON, add_templates, claimed, draft, find_due, new_stencil, recorded, write

ACCEPTED = Answer(verdict=Verdict.ACCEPTED)
MANON = "manon@exemple.quebec"


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


def write_many(count: int, **more: object) -> dict[str, int]:
    stencil = new_stencil()
    return services.enqueue_many([draft(number, stencil, **more) for number in range(count)], now=NOON)


def states(session: Session) -> list[MessageState]:
    session.expire_all()
    return list(session.scalars(select(Message.state).order_by(Message.id)))


def test_a_held_batch_waits_and_leaves_when_it_is_released(session: Session) -> None:
    write_many(2)
    assert services.hold("envoi:1", author="Jeanne", reason="Une faute", now=NOON)
    assert not services.hold("envoi:1", author="Réal", now=NOON)

    assert (queries.is_held("envoi:1"), queries.is_held("envoi:2"), queries.is_held("")) == (
        True,
        False,
        False,
    )
    assert [(each.batch, each.author, each.reason) for each in queries.list_holds()] == [
        ("envoi:1", "Jeanne", "Une faute")
    ]
    assert (find_due(), queries.count_due(NOON), delivery.is_anything_due(NOON)) == (None, 0, False)

    assert services.release("envoi:1")
    assert not services.release("envoi:1")
    assert claimed().to_email == "p0@exemple.quebec"


def test_everything_held_holds_every_batch_and_no_direct_answer(session: Session) -> None:
    write_many(1)
    write(MANON)
    services.hold(Hold.EVERYTHING, author="Jeanne", now=NOON)

    assert queries.is_held("envoi:1")
    assert queries.count_due(NOON) == 1
    assert (claimed().to_email, find_due()) == (MANON, None)

    with pytest.raises(ValueError, match="never held"):
        services.hold("", author="Jeanne", now=NOON)


def test_a_batch_held_after_it_was_reserved_goes_back_into_the_queue(session: Session) -> None:
    write_many(3)
    chunk = delivery.reserve(NOON, 10)
    (first,) = delivery.begin(chunk, 1, NOON)
    services.hold("envoi:1", author="Jeanne", now=NOON)

    assert delivery.begin(chunk, 1, NOON) == []
    assert recorded(first, ACCEPTED, NOON) is MessageState.SENT
    assert states(session) == [MessageState.SENT, MessageState.QUEUED, MessageState.QUEUED]


def test_what_has_not_left_is_taken_back_for_good(session: Session) -> None:
    write_many(3)
    write(MANON)
    chunk = delivery.reserve(NOON, 2)
    (first,) = delivery.begin(chunk, 1, NOON)

    assert services.withdraw("envoi:1", NOON + timedelta(minutes=1)) == 2
    assert services.withdraw("envoi:1", NOON + timedelta(minutes=2)) == 0
    assert delivery.begin(chunk, 1, NOON) == []
    assert recorded(first, ACCEPTED, NOON) is MessageState.SENT
    assert states(session) == [
        MessageState.SENT,
        MessageState.WITHDRAWN,
        MessageState.WITHDRAWN,
        MessageState.QUEUED,
    ]
    assert queries.count_batch("envoi:1") == {MessageState.SENT: 1, MessageState.WITHDRAWN: 2}

    with pytest.raises(ValueError, match="never withdrawn"):
        services.withdraw("", NOON)


def test_what_was_under_way_when_its_batch_was_taken_back_is_not_tried_again(session: Session) -> None:
    write_many(2)
    chunk = delivery.reserve(NOON, 2)
    first, second = (delivery.begin(chunk, 1, NOON)[0] for _ in range(2))
    services.withdraw("envoi:1", NOON)
    busy = Answer(verdict=Verdict.LATER, reason="451 plus tard")

    assert recorded(first, busy, NOON) is MessageState.WITHDRAWN
    assert recorded(second, ACCEPTED, NOON) is MessageState.SENT
    assert states(session) == [MessageState.WITHDRAWN, MessageState.SENT]


def test_what_a_person_asks_for_again_is_tried_again(session: Session) -> None:
    """Refused by its reader's server long ago, settled since."""
    write_many(1)
    message = session.scalars(select(Message)).one()
    message.state, message.settled_at = MessageState.FAILED, NOON
    services.resend(message, author="Jeanne", now=NOON)
    (letter,) = delivery.begin(delivery.reserve(NOON, 1), 1, NOON)

    assert recorded(letter, Answer(verdict=Verdict.LATER, reason="451"), NOON) is MessageState.QUEUED


@pytest.mark.parametrize(
    ("scope", "campaign", "is_stopped"),
    [
        (Scope.CAMPAIGN, "12", True),
        (Scope.CAMPAIGN, "11", False),
        (Scope.ORGANIZATION, "", True),
        (Scope.ALL, "", True),
    ],
)
def test_whoever_unsubscribes_gets_nothing_of_what_was_queued(
    session: Session, scope: Scope, campaign: str, is_stopped: bool
) -> None:
    write_many(1)
    write("p0@exemple.quebec", dedupe_key="service")

    assert services.unsubscribe(
        " P0@exemple.quebec", scope=scope, campaign=campaign, origin="En un clic", now=NOON
    )
    assert not services.unsubscribe(
        "p0@exemple.quebec", scope=scope, campaign=campaign, origin="En un clic", now=NOON
    )
    first, second = find_due(), find_due()

    left = [letter.subject for letter in (first, second) if letter]
    assert left == (["Bonjour Manon"] if is_stopped else ["Bonjour 0", "Bonjour Manon"])
    (message,) = session.scalars(select(Message).where(Message.batch == "envoi:1"))
    session.refresh(message)
    assert message.last_error == (services.UNSUBSCRIBED if is_stopped else "")
    assert (message.state is MessageState.SUPPRESSED) is is_stopped


def test_whoever_unsubscribes_while_the_chunk_waits_gets_nothing(session: Session) -> None:
    write_many(3)
    chunk = delivery.reserve(NOON, 10)
    services.unsubscribe("p0@exemple.quebec", scope=Scope.ALL, origin="Page", now=NOON)
    services.suppress("p1@exemple.quebec", "550 5.1.1 Inconnu", NOON)

    (letter,) = delivery.begin(chunk, 1, NOON)

    assert letter.to_email == "p2@exemple.quebec"
    assert session.execute(select(Message.state, Message.last_error).order_by(Message.id)).all() == [
        (MessageState.SUPPRESSED, services.UNSUBSCRIBED),
        (MessageState.SUPPRESSED, "550 5.1.1 Inconnu"),
        (MessageState.SENDING, ""),
    ]


def test_what_is_written_to_whoever_unsubscribed_is_kept_and_does_not_leave(session: Session) -> None:
    services.unsubscribe("p0@exemple.quebec", scope=Scope.CAMPAIGN, campaign="12", origin="Page", now=NOON)
    services.suppress("p1@exemple.quebec", "Adresse morte", NOON)

    ids = write_many(3)
    one = write("p0@exemple.quebec", stream=Stream.SOLICITATION, campaign="12", batch="envoi:2")
    other = write("p0@exemple.quebec", stream=Stream.SOLICITATION, campaign="13")

    assert [*ids] == ["envoi:1:0", "envoi:1:1", "envoi:1:2"]
    assert states(session) == [
        *[MessageState.SUPPRESSED] * 2,
        MessageState.QUEUED,
        MessageState.SUPPRESSED,
        MessageState.QUEUED,
    ]
    assert (one.last_error, other.last_error) == (services.UNSUBSCRIBED, "")
    with pytest.raises(Conflict, match="désabonnée"):
        services.resend(one, author="Jeanne", now=NOON)


def test_whoever_comes_back_gets_messages_again(session: Session) -> None:
    services.unsubscribe(MANON, scope=Scope.CAMPAIGN, campaign="12", origin="Page", now=NOON)
    services.unsubscribe(MANON, scope=Scope.ALL, origin="Page", now=NOON)

    assert services.resubscribe(MANON, scope=Scope.ALL)
    assert not services.resubscribe(MANON, scope=Scope.ALL)
    assert write(MANON, stream=Stream.SOLICITATION, campaign="12").state is MessageState.SUPPRESSED
    assert services.resubscribe(MANON)
    assert write(MANON, stream=Stream.SOLICITATION, campaign="12").state is MessageState.QUEUED

    with pytest.raises(ValueError, match="by its number"):
        services.unsubscribe(MANON, scope=Scope.CAMPAIGN, origin="Page", now=NOON)


def test_an_unsubscribe_link_is_opaque_always_the_same_and_good_for_ever(
    session: Session, app: Flask
) -> None:
    tokens = services.unsubscribe_tokens([MANON, "luc@exemple.quebec"], "12", now=NOON)
    again = services.unsubscribe_token(MANON, "12", now=NOON + timedelta(days=400))
    other = services.unsubscribe_token(MANON, "13", now=NOON)

    assert tokens[MANON] == again
    assert len({*tokens.values(), other}) == 3
    assert {len(token) for token in tokens.values()} == {43}
    link = queries.open_unsubscribe(again)
    assert (link.email, link.campaign, link.created_at) == (MANON, "12", NOON)
    assert session.scalar(select(func.count()).select_from(UnsubscribeLink)) == 3
    stored = session.scalars(select(UnsubscribeLink.token_hash)).all()
    assert not {*tokens.values(), other} & {*stored}

    session.execute(delete(UnsubscribeLink).where(UnsubscribeLink.email != MANON))
    for wrong in ("", "x", tokens["luc@exemple.quebec"], again[:-1], link.token_hash):
        with pytest.raises(NotFound):
            queries.open_unsubscribe(wrong)


def test_a_link_opens_after_the_secret_has_changed(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = services.unsubscribe_token(MANON, "12", now=NOON)
    monkeypatch.setitem(
        app.extensions,
        "settings",
        replace(app.extensions["settings"], secret_key="another secret, long enough"),
    )

    after = services.unsubscribe_token(MANON, "12", now=NOON)

    assert before != after
    assert queries.open_unsubscribe(before).email == queries.open_unsubscribe(after).email == MANON
