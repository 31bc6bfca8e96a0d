"""A second letter for a chosen few: who gets one, who cannot and why, and never two for one press."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition
from campaign.campaigns.queries import current_edition
from campaign.contacts.models import Contact, ContactKind
from campaign.db import db, transaction
from campaign.mailings import queries, services
from campaign.mailings.audiences import Audience, Reason, Who
from campaign.mailings.models import Decision, Mailing, MailingState, Recipient
from campaign.mailings.resending import Resent
from campaign.mailings.schedule import MailingClass
from campaign.outbox.models import Message, MessageState
from campaign.outbox.services import suppress
from campaign.participations.services import decline
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, CLERK, PERCE, RIMOUSKI, SAYABEC, register
from tests.mailings.world import (
    AFTER,
    BEFORE,
    MOMENT,
    became,
    letter_of,
    letters,
    open_campaign,
    recipient_of,
    send,
)
from tests.serving import together

NEXT_DAY = AFTER + timedelta(days=1)


@pytest.fixture
def edition(session: Session) -> Edition:
    return open_campaign()


@pytest.fixture
def mailing(edition: Edition) -> Mailing:
    """The invitation, decided for four municipalities; its letters are queued."""
    return send(edition)


def resend(mailing: Mailing, edition: Edition, *codes: str, now: datetime = NEXT_DAY) -> Resent:
    ids = [recipient_of(mailing, code).id for code in codes]
    return services.resend(mailing, edition, ids, author="Jeanne", now=now)


def resend_ids(mailing: Mailing, edition: Edition, *ids: int) -> Resent:
    return services.resend(mailing, edition, ids, author="Jeanne", now=NEXT_DAY)


def refusals(resent: Resent) -> list[str]:
    assert resent.queued == ()
    return [why for _, why in resent.refused]


def test_a_letter_that_failed_leaves_again_as_it_is(mailing: Mailing, edition: Edition) -> None:
    message = became(mailing, SAYABEC, MessageState.FAILED)
    words = (message.id, message.message_id, message.subject)

    resent = resend(mailing, edition, SAYABEC)

    assert [recipient.id for recipient in resent.queued] == [recipient_of(mailing, SAYABEC).id]
    again = letter_of(mailing, SAYABEC)
    assert (again.id, again.message_id, again.subject) == words
    assert (again.state, again.not_before, len(letters(mailing))) == (MessageState.QUEUED, NEXT_DAY, 4)


def test_pressing_twice_sends_once(mailing: Mailing, edition: Edition) -> None:
    became(mailing, SAYABEC, MessageState.UNCERTAIN)
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    get_territory(RIMOUSKI).email = "nouvelle@exemple.quebec"
    db.session.flush()

    first = resend(mailing, edition, SAYABEC, RIMOUSKI)
    second = resend(mailing, edition, SAYABEC, RIMOUSKI)

    assert (len(first.queued), first.refused) == (2, ())
    assert refusals(second) == ["Son message attend déjà son départ."] * 2
    queued = [message for message in letters(mailing) if message.state is MessageState.QUEUED]
    assert sorted(message.to_email for message in queued) == [
        "info@02005.exemple.quebec",
        "info@07105.exemple.quebec",
        "info@96020.exemple.quebec",
        "nouvelle@exemple.quebec",
    ]


def test_an_address_that_changed_gets_a_new_letter_and_the_row_keeps_both(
    mailing: Mailing, edition: Edition
) -> None:
    old = became(mailing, RIMOUSKI, MessageState.BOUNCED)
    get_territory(RIMOUSKI).email = "Nouvelle@exemple.quebec"
    db.session.flush()

    resend(mailing, edition, RIMOUSKI)

    recipient, new = recipient_of(mailing, RIMOUSKI), letter_of(mailing, RIMOUSKI)
    assert (recipient.email, recipient.decision) == ("nouvelle@exemple.quebec", Decision.INCLUDED)
    assert recipient.detail == f"Renvoyé par Jeanne. Avant\u00a0: message {old.id} à {old.to_email}."
    assert (new.to_email, new.state) == ("nouvelle@exemple.quebec", MessageState.QUEUED)
    assert new.dedupe_key == f"envoi:{mailing.id}:nouvelle@exemple.quebec:2"
    assert old.state is MessageState.BOUNCED
    assert len(letters(mailing)) == 5


def test_a_third_letter_has_its_own_rank(mailing: Mailing, edition: Edition) -> None:
    for rank, address in ((2, "deux@exemple.quebec"), (3, "trois@exemple.quebec")):
        became(mailing, RIMOUSKI, MessageState.BOUNCED)
        get_territory(RIMOUSKI).email = address
        db.session.flush()

        resend(mailing, edition, RIMOUSKI)

        assert letter_of(mailing, RIMOUSKI).dedupe_key == f"envoi:{mailing.id}:{address}:{rank}"


def test_the_mailing_does_not_write_by_itself_to_an_address_written_to_again(
    mailing: Mailing, edition: Edition
) -> None:
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    get_territory(RIMOUSKI).email = "nouvelle@exemple.quebec"
    db.session.flush()
    resend(mailing, edition, RIMOUSKI)
    mailing.state = MailingState.LEAVING

    services.advance(mailing.id, now=NEXT_DAY)

    assert len(letters(mailing)) == 5


def test_an_address_that_the_mailing_wrote_to_already_gets_no_second_letter(
    mailing: Mailing, edition: Edition
) -> None:
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    get_territory(RIMOUSKI).email = get_territory(PERCE).email
    db.session.flush()

    assert refusals(resend(mailing, edition, RIMOUSKI)) == [
        "Cet envoi a déjà été adressé à sa nouvelle adresse."
    ]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (MessageState.QUEUED, "Son message attend déjà son départ."),
        (MessageState.SENDING, "Son message attend déjà son départ."),
        (MessageState.SENT, "Son message est déjà parti."),
        (MessageState.DELIVERED, "Son message est déjà parti."),
        (MessageState.COMPLAINED, "Elle a signalé notre message comme pourriel."),
        (
            MessageState.BOUNCED,
            "Son adresse n’a pas changé. Corrigez-la dans la fiche, puis renvoyez.",
        ),
        (
            MessageState.SUPPRESSED,
            "Son adresse n’a pas changé. Corrigez-la dans la fiche, puis renvoyez.",
        ),
    ],
)
def test_who_cannot_be_written_to_again(
    mailing: Mailing, edition: Edition, state: MessageState, why: str
) -> None:
    became(mailing, SAYABEC, state)

    assert refusals(resend(mailing, edition, SAYABEC)) == [why]
    assert len(letters(mailing)) == 4


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.UNCERTAIN, MessageState.WITHDRAWN])
def test_who_declined_meanwhile_is_not_asked_again(
    mailing: Mailing, edition: Edition, state: MessageState
) -> None:
    became(mailing, SAYABEC, state)
    decline(edition, get_territory(SAYABEC), author=CLERK, now=AFTER)
    db.session.flush()

    assert refusals(resend(mailing, edition, SAYABEC)) == ["A décliné."]
    assert letter_of(mailing, SAYABEC).state is state


def test_an_address_that_refuses_is_not_tried_again(mailing: Mailing, edition: Edition) -> None:
    became(mailing, SAYABEC, MessageState.FAILED)
    suppress(f"info@{SAYABEC}.exemple.quebec", "550 5.1.1 User unknown", AFTER)

    assert refusals(resend(mailing, edition, SAYABEC)) == ["550 5.1.1 User unknown."]


def test_a_letter_taken_back_is_written_anew(mailing: Mailing, edition: Edition) -> None:
    services.cancel(mailing, author="Jeanne", now=AFTER)

    resent = resend(mailing, edition, SAYABEC)

    assert len(resent.queued) == 1
    assert [message.state for message in letters(mailing)].count(MessageState.WITHDRAWN) == 4
    assert letter_of(mailing, SAYABEC).state is MessageState.QUEUED


def test_who_was_told_too_late_gets_the_letter_all_the_same(mailing: Mailing, edition: Edition) -> None:
    recipient = recipient_of(mailing, SAYABEC)
    recipient.decision, recipient.reason = Decision.EXCLUDED, Reason.TOO_LATE.value
    became(mailing, SAYABEC, MessageState.WITHDRAWN)

    resend(mailing, edition, SAYABEC)

    assert (recipient.decision, recipient.reason) == (Decision.INCLUDED, "")
    assert letter_of(mailing, SAYABEC).state is MessageState.QUEUED


def test_who_had_no_address_gets_the_letter_once_there_is_one(edition: Edition) -> None:
    get_territory(SAYABEC).email = ""
    db.session.flush()
    mailing = send(edition)
    before = refusals(resend(mailing, edition, SAYABEC))

    get_territory(SAYABEC).email = "mairie@exemple.quebec"
    db.session.flush()
    resend(mailing, edition, SAYABEC)

    assert before == ["Son adresse n’a pas changé. Corrigez-la dans la fiche, puis renvoyez."]
    assert letter_of(mailing, SAYABEC).to_email == "mairie@exemple.quebec"
    assert letter_of(mailing, SAYABEC).dedupe_key == f"envoi:{mailing.id}:mairie@exemple.quebec"


def test_who_was_left_out_stays_out(edition: Edition) -> None:
    register(edition, SAYABEC, now=BEFORE)
    mailing = send(edition)

    assert refusals(resend(mailing, edition, SAYABEC)) == ["Elle a été exclue de cet envoi."]


def test_municipalities_that_no_longer_share_an_address_are_written_to_one_by_one(edition: Edition) -> None:
    for code in (RIMOUSKI, PERCE):
        get_territory(code).email = "partagee@exemple.quebec"
    db.session.flush()
    mailing = send(edition)
    became(mailing, RIMOUSKI, MessageState.BOUNCED)
    get_territory(PERCE).email = "nouvelle@exemple.quebec"
    db.session.flush()

    assert refusals(resend(mailing, edition, RIMOUSKI)) == [
        "Ses municipalités ont maintenant des adresses différentes. Écrivez à chacune."
    ]


def test_a_letter_asked_for_on_saturday_waits_for_an_hour_of_its_class(
    mailing: Mailing, edition: Edition
) -> None:
    became(mailing, SAYABEC, MessageState.FAILED)
    became(mailing, BAIE_COMEAU, MessageState.WITHDRAWN)
    saturday = MOMENT + timedelta(days=4)

    resend(mailing, edition, SAYABEC, BAIE_COMEAU, now=saturday)

    tuesday = MOMENT + timedelta(days=7)
    assert [letter_of(mailing, code).not_before for code in (SAYABEC, BAIE_COMEAU)] == [tuesday] * 2


def test_a_contact_is_written_to_at_their_new_address(edition: Edition, session: Session) -> None:
    session.add_all(
        Contact(kind=ContactKind.PARTNER, email=f"{name}@exemple.quebec", first_name=name, created_at=BEFORE)
        for name in ("lise", "rita")
    )
    mailing = queries.get_mailing(edition, "invitation")
    mailing.audience = Audience(who=Who.CONTACTS).to_json()
    mailing.mailing_class = MailingClass.SERVICE.value
    session.flush()
    send(edition)
    recipient = session.scalars(sa.select(Recipient).where(Recipient.email == "lise@exemple.quebec")).one()
    session.get_one(Message, recipient.message_id).state = MessageState.BOUNCED
    session.get_one(Contact, recipient.contact_id).email = "elise@exemple.quebec"
    session.flush()

    resent = resend_ids(mailing, edition, recipient.id)

    assert [each.email for each in resent.queued] == ["elise@exemple.quebec"]
    assert letters(mailing)[-1].to_email == "elise@exemple.quebec"


def test_rows_of_another_mailing_are_not_touched(mailing: Mailing, edition: Edition) -> None:
    became(mailing, SAYABEC, MessageState.FAILED)
    other = queries.get_mailing(edition, "rappel-1")

    resent = resend_ids(other, edition, recipient_of(mailing, SAYABEC).id)

    assert (resent.queued, resent.refused) == ((), ())
    assert letter_of(mailing, SAYABEC).state is MessageState.FAILED


def test_two_people_who_press_together_send_once(app: Flask) -> None:
    with app.app_context(), transaction():
        mailing = send(open_campaign())
        became(mailing, SAYABEC, MessageState.UNCERTAIN)
        became(mailing, RIMOUSKI, MessageState.WITHDRAWN)
        ids = [recipient_of(mailing, code).id for code in (SAYABEC, RIMOUSKI)]

    def press() -> int:
        with app.app_context(), transaction():
            edition = current_edition()
            invitation = queries.get_mailing(edition, "invitation")
            resent = services.resend(invitation, edition, ids, author="Jeanne", now=NEXT_DAY)
            return len(resent.queued)

    pressed = together(press, press)

    assert sorted(pressed) == [0, 2]
    with app.app_context():
        invitation = queries.get_mailing(current_edition(), "invitation")
        states = [message.state for message in letters(invitation)]
    assert states.count(MessageState.QUEUED) == 4
    assert states.count(MessageState.WITHDRAWN) == 1
