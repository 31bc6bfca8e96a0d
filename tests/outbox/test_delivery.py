"""Taking messages out of the queue and writing down what became of them; on both engines."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign import drift
from campaign.outbox import delivery, owners, queries, services
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.models import Message, MessageState, Suppression
from tests.outbox.letters import NOON, add_templates, claimed, draft, find_due, new_stencil, recorded, write

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


def test_what_a_dead_worker_of_this_machine_held_is_settled_at_once(session: Session) -> None:
    """What it had begun may have left; what it had only reserved leaves with the next worker."""
    begun, reserved = write(), write(to="autre@exemple.quebec")
    chunk = delivery.reserve(NOON, 2)
    assert delivery.begin(chunk, 1, NOON)
    machine, number, birth = owners.me().split("/")
    session.execute(sa.update(Message).values(leased_by=f"{machine}/{number}/{int(birth) - 1}"))

    assert delivery.is_anything_due(NOON)
    assert delivery.settle_expired(NOON) == 1
    session.refresh(begun)
    session.refresh(reserved)
    assert {begun.state, reserved.state} == {MessageState.UNCERTAIN, MessageState.QUEUED}


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


def test_a_chunk_is_reserved_once_and_leaves_in_order(session: Session) -> None:
    write_many(5)

    first, second, third = delivery.reserve(NOON, 3), delivery.reserve(NOON, 3), delivery.reserve(NOON, 3)

    assert [len(chunk.rows) for chunk in (first, second, third)] == [3, 2, 0]
    assert [letter.to_email for letter in everything(first)] == [f"p{n}@exemple.quebec" for n in range(3)]
    assert session.scalars(select(Message.state).order_by(Message.id)).all() == [
        *[MessageState.SENDING] * 3,
        *[MessageState.RESERVED] * 2,
    ]


def test_letters_of_one_stencil_leave_together_and_the_others_alone(session: Session) -> None:
    first, second = new_stencil(), new_stencil()
    services.enqueue_many([draft(number, first) for number in range(3)], now=NOON)
    write("seul@exemple.quebec")
    services.enqueue_many([draft(number, second) for number in range(3, 8)], now=NOON)
    chunk = delivery.reserve(NOON, 20)

    groups = []
    while letters := delivery.begin(chunk, 3, NOON):
        groups.append([letter.to_email.partition("@")[0] for letter in letters])
        assert len({letter.leased_until for letter in letters}) == 1

    assert groups == [["p0", "p1", "p2"], ["seul"], ["p3", "p4", "p5"], ["p6", "p7"]]


def test_each_letter_of_a_group_gets_its_own_answer(session: Session) -> None:
    write_many(4)
    letters = delivery.begin(delivery.reserve(NOON, 4), 4, NOON)

    states = delivery.record(letters, [ACCEPTED, LATER, DEAD, UNKNOWN], NOON)

    assert states == [MessageState.SENT, MessageState.QUEUED, MessageState.BOUNCED, MessageState.UNCERTAIN]
    assert session.scalars(select(Message.state).order_by(Message.id)).all() == states


def test_a_letter_carries_its_stencil_and_the_words_it_makes(session: Session) -> None:
    stencil = new_stencil("Bonjour {{nom}},\n", "<p>Bonjour {{nom}}</p>")
    ids = services.enqueue_many([draft(0, stencil, values={"nom": "<Manon>", "autre": "?"})], now=NOON)
    message = queries.get_message(ids["envoi:1:0"])

    letter = claimed()

    assert (letter.text, letter.html) == ("Bonjour <Manon>,\n", "<p>Bonjour &lt;Manon&gt;</p>")
    assert (letter.text, letter.html) == queries.words_of(message)
    assert (letter.stencil_id, letter.stencil_text, letter.stencil_html, letter.values) == (
        stencil,
        "Bonjour {{nom}},\n",
        "<p>Bonjour {{nom}}</p>",
        {"nom": "<Manon>"},
    )


def test_reserved_messages_of_a_dead_worker_are_queued_again_and_not_in_doubt(session: Session) -> None:
    write_many(3)
    chunk = delivery.reserve(NOON, 3)
    delivery.begin(chunk, 1, NOON)

    assert delivery.settle_expired(NOON + delivery.LEASE + delivery.GRACE) == 0
    assert not delivery.is_anything_due(NOON + delivery.LEASE + delivery.GRACE)
    assert delivery.is_anything_due(NOON + OVER)
    assert delivery.settle_expired(NOON + OVER) == 1
    assert session.scalars(select(Message.state).order_by(Message.id)).all() == [
        MessageState.UNCERTAIN,
        MessageState.QUEUED,
        MessageState.QUEUED,
    ]


def test_a_worker_that_lost_its_lease_sends_nothing_of_it(session: Session) -> None:
    """Two workers at the same instant draw different leases: a clock says nothing of whose a message is."""
    write_many(3)
    slow = delivery.reserve(NOON, 3)
    delivery.settle_expired(NOON + OVER)
    quick = delivery.reserve(NOON, 3)

    assert slow.lease != quick.lease
    assert [letter.to_email for letter in delivery.begin(slow, 3, NOON)] == []
    assert len(everything(quick)) == 3


def test_a_lease_is_renewed_while_its_worker_lives(session: Session) -> None:
    write_many(4)
    chunk = delivery.reserve(NOON, 4)
    now = NOON

    for _ in range(4):
        assert delivery.settle_expired(now) == 0
        (letter,) = delivery.begin(chunk, 1, now)
        assert recorded(letter, ACCEPTED, now) is MessageState.SENT
        now += delivery.LEASE - timedelta(seconds=1)

    assert not chunk


def test_a_neighbour_whose_clock_is_a_minute_ahead_takes_nothing_from_a_living_worker(
    session: Session,
) -> None:
    write_many(2)
    chunk = delivery.reserve(NOON, 2)
    delivery.begin(chunk, 1, NOON)
    the_end = NOON + delivery.LEASE

    assert delivery.settle_expired(the_end + 2 * drift.TOLERANCE) == 0
    assert session.scalars(select(Message.state).order_by(Message.id)).all() == [
        MessageState.SENDING,
        MessageState.RESERVED,
    ]


def test_the_pace_counts_what_all_workers_hold_and_sent(session: Session) -> None:
    write_many(10)
    pace = delivery.Pace(per_minute=4, per_domain=100)

    first = delivery.reserve(NOON, 3, pace)
    second = delivery.reserve(NOON, 3, pace)
    third = delivery.reserve(NOON, 3, pace)

    assert [len(chunk.rows) for chunk in (first, second, third)] == [3, 1, 0]
    for letter in (*everything(first), *everything(second)):
        recorded(letter, ACCEPTED, NOON + timedelta(seconds=10))
    assert not delivery.reserve(NOON + timedelta(seconds=69), 10, pace)
    assert len(delivery.reserve(NOON + timedelta(seconds=70), 10, pace).rows) == 4


def test_a_domain_that_had_its_minute_keeps_nobody_else_waiting(session: Session) -> None:
    stencil = new_stencil()
    shared = [f"m{n}@fournisseur.quebec" for n in range(36)]
    others = [f"dg@ville{n}.quebec" for n in range(4)]
    services.enqueue_many(
        [draft(number, stencil, to=to) for number, to in enumerate([*shared, *others])], now=NOON
    )
    pace = delivery.Pace(per_minute=1_000, per_domain=30)

    now = everything(delivery.reserve(NOON, 50, pace))
    for letter in now:
        recorded(letter, ACCEPTED, NOON)
    soon = delivery.reserve(NOON + timedelta(seconds=30), 50, pace)
    later = everything(delivery.reserve(NOON + timedelta(seconds=61), 50, pace))

    assert sorted(letter.to_email for letter in now) == sorted([*shared[:30], *others])
    assert not soon
    assert [letter.to_email for letter in later] == shared[30:]


def write_many(count: int) -> None:
    stencil = new_stencil()
    services.enqueue_many([draft(number, stencil) for number in range(count)], now=NOON)


def everything(chunk: delivery.Chunk) -> list[Letter]:
    """All letters of a chunk, about to leave."""
    letters: list[Letter] = []
    while begun := delivery.begin(chunk, 1, NOON):
        letters += begun
    return letters
