"""Scheduling, leaving, stopping, going on: what a mailing does to its ledger and its letters."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.models import Basis, Contact, ContactKind, Purpose
from campaign.contacts.services import Proof, record_consent
from campaign.errors import Conflict
from campaign.mailings import queries, services, timeline
from campaign.mailings.audiences import Audience
from campaign.mailings.models import Decision, Mailing, MailingState, Nature, Recipient
from campaign.mailings.wording import Text
from campaign.outbox import queries as outbox_queries
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Scope, Stencil, Stream
from campaign.participations import services as participations
from campaign.participations.models import State
from campaign.territory.models import Territory
from tests import builders

DEPARTURE = datetime(2027, 8, 17, 13, tzinfo=UTC)
BEFORE = DEPARTURE - timedelta(days=30)
TOWNS = ("93022", "95025", "01023", "66023", "81017")
"""Hébertville, the Îles-de-la-Madeleine, Montréal and two more."""


@pytest.fixture
def edition(session: Session, directory: None) -> Edition:
    """The 12th edition with its calendar, five towns, and a sender that the law accepts."""
    session.execute(
        sa.update(Territory).where(Territory.geo_code.not_in(TOWNS)).values(valid_to=date(2020, 1, 1))
    )
    campaigns.set_organization("Collectif", postal_address="1, rue A", contact="bonjour@exemple.quebec")
    return builders.edition()


@pytest.fixture
def invitation(edition: Edition) -> Mailing:
    """On schedule."""
    mailing = queries.get_mailing(edition, "invitation")
    services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
    return mailing


def run(mailing: Mailing, now: datetime = DEPARTURE) -> int:
    """What a worker's tick does with a mailing; gives how many addresses it decided."""
    decided = 0
    while mailing.id in services.list_moving(now) and (more := services.advance(mailing.id, now=now)):
        decided += more
    return decided


def ledger(session: Session, mailing: Mailing) -> Counter[tuple[Decision, str]]:
    rows = session.scalars(
        sa.select(Recipient)
        .where(Recipient.mailing_id == mailing.id)
        .execution_options(populate_existing=True)
    )
    return Counter((row.decision, row.reason) for row in rows)


def letters(session: Session, mailing: Mailing) -> Counter[MessageState]:
    batch = services.batch_of(mailing)
    return Counter(session.scalars(sa.select(Message.state).where(Message.batch == batch)))


def deliver(session: Session, mailing: Mailing, state: MessageState = MessageState.SENT) -> None:
    """As a transport would."""
    session.execute(
        sa.update(Message)
        .where(Message.batch == services.batch_of(mailing))
        .values(state=state, sent_at=DEPARTURE)
    )


# --- the calendar ---------------------------------------------------------------------------------------


def test_an_edition_opens_with_its_calendar_once(edition: Edition) -> None:
    before = [mailing.key for mailing in queries.list_mailings(edition)]
    services.open_calendar(edition)

    assert before == [mailing.key for mailing in queries.list_mailings(edition)]
    assert before[1:3] == ["invitation", "rappel-1"]
    assert {mailing.state for mailing in queries.list_mailings(edition)} == {MailingState.DRAFT}


def test_the_plan_follows_day_j(session: Session, edition: Edition, invitation: Mailing) -> None:
    campaigns.change_edition(edition, start_on=date(2027, 11, 22), theme="")

    moment = timeline.moment_of(invitation, edition).instant
    assert moment == datetime(2027, 8, 24, 13, tzinfo=UTC)
    assert run(invitation, DEPARTURE) == 0
    assert run(invitation, moment) == len(TOWNS)


def test_last_years_words_come_back_and_this_years_win(session: Session, edition: Edition) -> None:
    mailing = queries.get_mailing(edition, "merci")
    text = Text(subject="Merci {{de_nom}}", preheader="", body="Bravo.")
    services.write_text(mailing, text, variant="", language="fr", author="Jeanne", now=BEFORE)
    following = campaigns.open_edition(13, date(2028, 11, 13))
    again = queries.get_mailing(following, "merci")

    assert services.words_of(again, following)[""].french == text
    newer = Text(subject="Merci", preheader="", body="Encore bravo.")
    services.write_text(again, newer, variant="", language="fr", author="Jeanne", now=BEFORE)
    assert services.words_of(again, following)[""].french == newer
    assert services.words_of(mailing, edition)[""].french == text


# --- leaving ----------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("name", "postal_address", "contact"),
    [
        ("", "1, rue A", "a@exemple.quebec"),
        ("Collectif", "", "a@exemple.quebec"),
        ("Collectif", "1, rue A", ""),
    ],
)
def test_a_sender_who_does_not_say_who_they_are_schedules_nothing(
    edition: Edition, name: str, postal_address: str, contact: str
) -> None:
    campaigns.set_organization(name, postal_address=postal_address, contact=contact)

    with pytest.raises(Conflict, match="Il manque"):
        services.schedule(queries.get_mailing(edition, "invitation"), edition, author="Jeanne", now=BEFORE)


def test_ten_minutes_are_left_when_it_is_scheduled_at_the_last_moment(
    session: Session, edition: Edition
) -> None:
    mailing = queries.get_mailing(edition, "merci")
    builders.confirm("93022")
    moment = datetime(2027, 11, 15, 21, tzinfo=UTC)
    services.schedule(mailing, edition, author="Jeanne", now=moment + timedelta(minutes=2))

    assert run(mailing, moment + timedelta(minutes=11)) == 0
    services.unschedule(mailing, now=moment + timedelta(minutes=11))
    assert mailing.state is MailingState.DRAFT


# --- stopping and going on --------------------------------------------------------------------------------


def test_paused_it_decides_and_sends_nothing_then_goes_on_with_all(
    session: Session, invitation: Mailing
) -> None:
    assert run(invitation, DEPARTURE - timedelta(minutes=30)) == 1
    services.pause(invitation, author="Jeanne", reason="Relecture", now=DEPARTURE)

    assert run(invitation) == 0
    assert outbox_queries.is_held(services.batch_of(invitation))
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert run(invitation) == len(TOWNS) - 1
    assert not outbox_queries.is_held(services.batch_of(invitation))
    assert letters(session, invitation) == {MessageState.QUEUED: len(TOWNS)}


def test_everything_held_nothing_is_decided(session: Session, invitation: Mailing) -> None:
    services.hold_everything(author="Jeanne", reason="Deuil national", now=DEPARTURE)

    assert run(invitation) == 0
    services.release_everything(now=DEPARTURE)
    assert run(invitation) == len(TOWNS)


def test_cancelled_what_has_not_left_never_will(session: Session, invitation: Mailing) -> None:
    run(invitation)

    assert services.cancel(invitation, author="Jeanne", now=DEPARTURE) == len(TOWNS)
    assert letters(session, invitation) == {MessageState.WITHDRAWN: len(TOWNS)}
    assert run(invitation) == 0


def _registers(_session: Session) -> None:
    builders.confirm("93022", now=DEPARTURE)


def _declines(_session: Session) -> None:
    participations.decline(
        builders.edition(),
        builders.territory("93022"),
        author=participations.MUNICIPALITY_BY_LINK,
        now=DEPARTURE,
        reason="",
    )


def _unsubscribes(_session: Session) -> None:
    outbox.unsubscribe(
        builders.territory("93022").email, scope=Scope.ORGANIZATION, origin="Page", now=DEPARTURE
    )


@pytest.mark.parametrize("answer", [_registers, _declines, _unsubscribes])
def test_who_answers_while_it_waits_in_the_queue_is_taken_out(
    session: Session, invitation: Mailing, answer: Callable[[Session], None]
) -> None:
    run(invitation)
    answer(session)

    assert services.take_out_answered(now=DEPARTURE) == 1
    assert letters(session, invitation) == {MessageState.QUEUED: len(TOWNS) - 1, MessageState.WITHDRAWN: 1}
    assert (
        sum(count for (kind, _), count in ledger(session, invitation).items() if kind is Decision.EXCLUDED)
        == 1
    )


def test_too_many_dead_addresses_stop_it(session: Session, invitation: Mailing) -> None:
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 20)
    deliver(session, invitation)
    _become(session, invitation, MessageState.BOUNCED, 1)

    assert services.stop_above_limits(now=DEPARTURE) == []
    _become(session, invitation, MessageState.BOUNCED, 2)
    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert invitation.state is MailingState.PAUSED
    assert "2 adresses refusées sur 25" in invitation.state_reason
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert services.stop_above_limits(now=DEPARTURE) == []


def test_a_relay_that_refuses_everything_stops_it(session: Session, invitation: Mailing) -> None:
    """550 5.7.1: no address is to blame, and the rest of the list has nothing to gain from trying."""
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 20)
    _become(session, invitation, MessageState.FAILED, 19)

    assert services.stop_above_limits(now=DEPARTURE) == []
    _become(session, invitation, MessageState.FAILED, 20)
    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert "20 messages refusés sur 20" in invitation.state_reason
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert services.stop_above_limits(now=DEPARTURE) == []


def test_a_complaint_among_hundreds_stops_it(session: Session, invitation: Mailing) -> None:
    run(invitation)
    model = session.scalars(sa.select(Message)).first()
    assert model is not None
    _many(session, model, 300)
    deliver(session, invitation)
    _become(session, invitation, MessageState.COMPLAINED, 1)

    assert services.stop_above_limits(now=DEPARTURE) == [invitation]
    assert "1 plainte pour 305 messages" in invitation.state_reason


def _many(session: Session, model: Message, count: int) -> None:
    """More letters of the same batch."""
    session.add_all(
        Message(
            template="",
            to_email=f"p{number}@exemple.quebec",
            subject="",
            text="",
            html="",
            message_id=f"<{number}@exemple>",
            batch=model.batch,
            not_before=DEPARTURE,
            created_at=DEPARTURE,
        )
        for number in range(count)
    )
    session.flush()


def _become(session: Session, mailing: Mailing, state: MessageState, count: int) -> None:
    ids = session.scalars(
        sa.select(Message.id)
        .where(Message.batch == services.batch_of(mailing))
        .order_by(Message.id)
        .limit(count)
    ).all()
    session.execute(sa.update(Message).where(Message.id.in_(ids)).values(state=state))


# --- afterwards -------------------------------------------------------------------------------------------


def test_a_letter_that_left_makes_a_town_invited(session: Session, invitation: Mailing) -> None:
    run(invitation)
    assert services.mark_invited(now=DEPARTURE) == 0
    deliver(session, invitation)

    assert services.mark_invited(now=DEPARTURE) == len(TOWNS)
    assert services.mark_invited(now=DEPARTURE) == 0
    participation = participations.find_participation(builders.edition().id, builders.territory("93022").id)
    assert participation is not None
    assert participation.state is State.INVITED


def test_a_preview_writes_nothing_and_adds_up(session: Session, edition: Edition) -> None:
    builders.confirm("93022")
    mailing = queries.get_mailing(edition, "invitation")

    lines = services.preview(mailing, edition, now=DEPARTURE)

    assert Counter(line.decision for line in lines) == {
        Decision.INCLUDED: len(TOWNS) - 1,
        Decision.EXCLUDED: 1,
    }
    assert session.scalars(sa.select(Recipient)).all() == []
    assert session.scalars(sa.select(Message).where(Message.batch != "")).all() == []


def test_once_it_leaves_its_words_and_audience_do_not_change(session: Session, invitation: Mailing) -> None:
    run(invitation)

    with pytest.raises(Conflict, match="ne changent plus"):
        services.write_text(
            invitation,
            Text(subject="Autre", preheader="", body="Autre"),
            variant="de-retour",
            language="fr",
            author="Jeanne",
            now=DEPARTURE,
        )
    with pytest.raises(Conflict, match="ne changent plus"):
        services.change_plan(
            invitation,
            rule=services.brief_of(invitation, builders.edition()).rule,
            audience=Audience(),
            nature=Nature.INFORMATIONAL,
            groups_by_address=True,
            signed_by_coordinator=False,
            now=DEPARTURE,
        )


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
