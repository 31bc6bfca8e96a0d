"""A mailing leaves at its moment, once, to whom it may be sent."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.models import Basis, Contact, ContactKind, Purpose
from campaign.contacts.services import Proof, record_consent
from campaign.mailings import queries, services, timeline
from campaign.mailings.models import Decision, Mailing, MailingState, Nature, Recipient
from campaign.outbox import queries as outbox_queries
from campaign.outbox.models import Message, MessageState, Stencil, Stream
from campaign.territory.models import Territory
from tests import builders
from tests.mailings.departing import BEFORE, DEPARTURE, TOWNS, ledger, letters, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def test_it_leaves_at_its_moment_once(session: Session, invitation: Mailing) -> None:
    assert run(invitation, DEPARTURE - timedelta(minutes=61)) == 0

    assert run(invitation) == len(TOWNS)
    assert run(invitation) == 0
    assert invitation.state is MailingState.DONE
    assert ledger(session, invitation) == {(Decision.INCLUDED, ""): len(TOWNS)}
    assert letters(session, invitation) == {MessageState.QUEUED: len(TOWNS)}


def test_the_islands_have_nine_oclock_first(session: Session, invitation: Mailing) -> None:
    assert run(invitation, DEPARTURE - timedelta(minutes=30)) == 1
    assert invitation.state is MailingState.LEAVING


def test_letters_share_their_words(session: Session, invitation: Mailing) -> None:
    run(invitation)

    messages = session.scalars(sa.select(Message)).all()
    texts = [outbox_queries.words_of(message)[0] for message in messages]
    assert len(session.scalars(sa.select(Stencil)).all()) == 1
    assert len(set(texts)) == len(TOWNS)
    assert "aux Escoumins" in " ".join(texts)
    assert not [text for text in texts if "{{" in text]


def test_a_solicitation_can_be_left_in_one_click(session: Session, invitation: Mailing) -> None:
    run(invitation)

    for message in session.scalars(sa.select(Message)):
        token = message.headers["List-Unsubscribe"].rpartition("/")[2].rstrip(">")
        assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message.headers["Reply-To"] == "bonjour@exemple.quebec"
        assert outbox_queries.open_unsubscribe(token).email == message.to_email
        assert message.stream is Stream.SOLICITATION


def test_a_service_has_no_unsubscribe_header(session: Session, edition: Edition) -> None:
    builders.confirm("93022")
    mailing = queries.get_mailing(edition, "outils")
    services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
    run(mailing, datetime(2027, 11, 1, 14, tzinfo=UTC))

    (message,) = session.scalars(sa.select(Message).where(Message.batch != ""))
    assert "List-Unsubscribe" not in message.headers
    assert "/desabonnement/" in outbox_queries.words_of(message)[0]


def test_at_night_it_waits_for_the_next_decent_hour(session: Session, invitation: Mailing) -> None:
    evening = DEPARTURE + timedelta(hours=10)

    assert run(invitation, evening) == 0
    assert run(invitation, DEPARTURE + timedelta(days=1)) == len(TOWNS)


def test_late_by_more_than_48_hours_it_waits_for_a_person(session: Session, invitation: Mailing) -> None:
    late = DEPARTURE + timedelta(days=7)

    assert run(invitation, late) == 0
    assert invitation.state is MailingState.WAITING
    services.release(invitation, author="Jeanne", now=late)
    assert run(invitation, late + timedelta(minutes=9)) == 0
    assert run(invitation, late + timedelta(minutes=10)) == len(TOWNS)


def test_nothing_leaves_when_the_sender_has_lost_its_address(session: Session, invitation: Mailing) -> None:
    campaigns.set_organization("Collectif", postal_address="", contact="bonjour@exemple.quebec")

    assert run(invitation) == 0
    assert invitation.state is MailingState.WAITING
    assert "son adresse postale" in invitation.state_reason


def test_what_is_sold_asks_for_a_basis(session: Session, edition: Edition) -> None:
    """A municipality's published mailbox is one; a person met somewhere else is none."""
    mailing = queries.get_mailing(edition, "appel-activites-municipalites")
    mailing.nature = Nature.COMMERCIAL
    builders.confirm("93022")
    session.execute(sa.update(Territory).where(Territory.geo_code == "93022").values(contact_as_of=None))

    (line,) = services.preview(mailing, edition, now=datetime(2027, 9, 16, 13, tzinfo=UTC))

    assert line.decision is Decision.INCLUDED  # its participation of this year implies it
    (later,) = services.preview(mailing, edition, now=datetime(2029, 11, 27, 14, tzinfo=UTC))
    assert later.exclusion is not None
    assert later.exclusion.reason.value == "sans_base_legale"


def test_a_list_is_gone_through_once_and_those_corrected_meanwhile_are_found(
    session: Session, edition: Edition
) -> None:
    contacts = [
        Contact(kind=ContactKind.PARTNER, email=email, created_at=BEFORE)
        for email in ("", "b@exemple.quebec", "C@exemple.quebec")
    ]
    session.add_all(contacts)
    session.flush()
    for contact in contacts:
        record_consent(
            f"{'abc'[contacts.index(contact)]}@exemple.quebec",
            purpose=Purpose.CAMPAIGN,
            basis=Basis.EXPRESS,
            since=BEFORE,
            proof=Proof(form="Salon"),
        )
    mailing = queries.get_mailing(edition, "evenement-officiel")
    services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
    moment = timeline.moment_of(mailing, edition).instant
    assert moment is not None

    assert services.advance(mailing.id, now=moment) == 2
    contacts[0].email = "a@exemple.quebec"
    session.flush()

    assert services.advance(mailing.id, now=moment) == 1
    assert services.advance(mailing.id, now=moment) == 0
    assert sorted(session.scalars(sa.select(Recipient.key).where(Recipient.mailing_id == mailing.id))) == [
        "a@exemple.quebec",
        "b@exemple.quebec",
        "c@exemple.quebec",
    ]
    assert mailing.state is MailingState.DONE
