"""What a mailing meets sooner or later: a wrong address in the directory, a worker away for a week, a person
who has left; nobody gets two letters for it, and nobody is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact, ContactKind
from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.jobs import Counts, Worker
from campaign.mailings import queries, services
from campaign.mailings.audiences import Audience, Reason, Who
from campaign.mailings.models import Decision, Mailing, MailingState, Nature, Recipient
from campaign.mailings.schedule import Anchor, MailingClass, Rule
from campaign.mailings.wording import Text
from campaign.outbox.models import Message, MessageState
from campaign.territory.queries import get_territory
from tests.board.world import SAYABEC, register
from tests.mailings.world import (
    BEFORE,
    MOMENT,
    TOWNS,
    became,
    letters,
    open_campaign,
    recipient_of,
    send,
)

WEEK_LATER = MOMENT + timedelta(days=7)


@pytest.fixture
def edition(session: Session) -> Edition:
    return open_campaign()


def scheduled(edition: Edition, key: str = "invitation", now: datetime = BEFORE) -> Mailing:
    mailing = queries.get_mailing(edition, key)
    services.schedule(mailing, edition, author="Jeanne", now=now)
    return mailing


def to_contacts(session: Session, edition: Edition, *emails: str, rule: Rule | None = None) -> Mailing:
    """A solicitation of our own to organizations of these addresses."""
    session.add_all(
        Contact(kind=ContactKind.ORGANIZATION, email=email, source="Liste", created_at=BEFORE)
        for email in emails
    )
    mailing = services.add_mailing(
        edition,
        title="Aux médias",
        mailing_class=MailingClass.MEDIA,
        nature=Nature.INFORMATIONAL,
        now=BEFORE,
    )
    services.change_plan(
        mailing,
        rule=rule or Rule(days=-90),
        audience=Audience(who=Who.MEDIA, lists=(ContactKind.ORGANIZATION,)),
        nature=Nature.INFORMATIONAL,
        groups_by_address=True,
        signed_by_coordinator=False,
        now=BEFORE,
    )
    text = Text(subject="Bonjour", preheader="", body="Bonjour.")
    services.write_text(mailing, text, variant="", language="fr", author="Jeanne", now=BEFORE)
    services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
    return mailing


def advance(mailing: Mailing, now: datetime = MOMENT) -> int:
    decided = 0
    while more := services.advance(mailing.id, now=now):
        decided += more
    return decided


def ledger(session: Session, mailing: Mailing) -> dict[str, tuple[Decision, str]]:
    rows = session.scalars(sa.select(Recipient).where(Recipient.mailing_id == mailing.id))
    return {row.email: (row.decision, row.reason) for row in rows}


# --- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["info@ville..quebec", "info@ville.quebec.", "mairie,info@ville.quebec"])
def test_an_address_to_which_nothing_can_be_sent_stops_nobody_else(
    session: Session, edition: Edition, wrong: str
) -> None:
    get_territory(SAYABEC).email = wrong

    mailing = send(edition)

    assert mailing.state is MailingState.DONE
    assert len(letters(mailing)) == len(TOWNS) - 1
    assert ledger(session, mailing)[wrong] == (Decision.EXCLUDED, "adresse_refusee")


def test_a_contact_written_in_capitals_is_considered_once(session: Session, edition: Edition) -> None:
    mailing = to_contacts(session, edition, "Info@Exemple.quebec")

    advance(mailing)

    assert mailing.state is MailingState.DONE
    assert [letter.to_email for letter in letters(mailing)] == ["info@exemple.quebec"]


def test_two_long_addresses_that_begin_alike_get_a_letter_each(session: Session, edition: Edition) -> None:
    labels = ".".join(["a" * 63] * 3)
    first, second = f"info@{labels}.un.quebec", f"info@{labels}.deux.quebec"
    mailing = to_contacts(session, edition, first, second)

    advance(mailing)

    assert sorted(letter.to_email for letter in letters(mailing)) == sorted([first, second])


def test_who_has_left_is_not_written_to(session: Session, edition: Edition) -> None:
    participation = register(edition, SAYABEC)
    assert participation.contact is not None
    participation.contact.left_at = BEFORE
    session.flush()

    cases = queries.load_participants(edition)

    assert [case.email for case in cases] == [f"info@{SAYABEC}.exemple.quebec"]


def test_a_town_whose_address_changes_while_it_leaves_gets_one_letter(
    session: Session, edition: Edition
) -> None:
    get_territory(SAYABEC).time_zone = "America/Halifax"
    session.flush()
    mailing = scheduled(edition)
    assert advance(mailing, MOMENT - timedelta(minutes=30)) == 1

    get_territory(SAYABEC).email = "nouvelle@exemple.quebec"
    session.flush()
    advance(mailing)

    assert mailing.state is MailingState.DONE
    assert len(letters(mailing)) == len(TOWNS)
    assert recipient_of(mailing, SAYABEC).email == f"info@{SAYABEC}.exemple.quebec"


# --- time ---------------------------------------------------------------------------------------------


def test_sent_now_by_a_person_it_is_late_too_when_the_worker_was_away(edition: Edition) -> None:
    mailing = scheduled(edition, now=MOMENT + timedelta(hours=1))

    assert services.advance(mailing.id, now=WEEK_LATER) == 0

    assert mailing.state is MailingState.WAITING


def test_released_before_a_weekend_it_leaves_after_it(edition: Edition) -> None:
    mailing = scheduled(edition)
    services.advance(mailing.id, now=WEEK_LATER)
    friday = datetime(2027, 8, 27, 20, tzinfo=UTC)
    services.release(mailing, author="Jeanne", now=friday)

    tuesday = datetime(2027, 8, 31, 13, tzinfo=UTC)
    assert services.advance(mailing.id, now=tuesday) == len(TOWNS)


def test_cancelled_and_scheduled_again_it_forgets_that_it_was_to_leave_at_once(edition: Edition) -> None:
    mailing = scheduled(edition, now=MOMENT + timedelta(hours=1))
    services.cancel(mailing, author="Jeanne", now=MOMENT + timedelta(hours=1, minutes=1))

    services.schedule(mailing, edition, author="Jeanne", now=WEEK_LATER)

    assert services.advance(mailing.id, now=WEEK_LATER) == 0
    assert mailing.state is MailingState.WAITING


def test_resumed_after_days_it_goes_on(session: Session, edition: Edition) -> None:
    get_territory(SAYABEC).time_zone = "America/Halifax"
    session.flush()
    mailing = scheduled(edition)
    advance(mailing, MOMENT - timedelta(minutes=30))
    services.pause(mailing, author="Jeanne", reason="", now=MOMENT - timedelta(minutes=29))

    services.resume(mailing, edition, author="Jeanne", now=WEEK_LATER)
    advance(mailing, WEEK_LATER)

    assert mailing.state is MailingState.DONE
    assert len(letters(mailing)) == len(TOWNS)


def test_ten_days_are_counted_from_the_day_on_which_the_letter_left(
    session: Session, edition: Edition
) -> None:
    """Held for two weeks after it was written, it left last Tuesday."""
    first = send(edition)
    tuesday = MOMENT + timedelta(days=21)
    for code in TOWNS:
        became(first, code, MessageState.SENT, at=tuesday)
    second = queries.get_mailing(edition, "resolution-avant-elections")
    second.rule = Rule(anchor=Anchor.FIXED, on=(tuesday + timedelta(days=2)).date()).to_json()

    lines = services.preview(second, edition, now=tuesday + timedelta(days=2))

    assert {line.exclusion and line.exclusion.reason for line in lines} == {Reason.TOO_SOON}


# --- lists of contacts --------------------------------------------------------------------------------


def test_who_asks_not_to_be_solicited_is_taken_out_of_the_queue_of_a_list(
    session: Session, edition: Edition
) -> None:
    mailing = to_contacts(session, edition, "a@exemple.quebec", "b@exemple.quebec")
    advance(mailing)
    session.execute(sa.update(Contact).where(Contact.email == "a@exemple.quebec").values(do_not_solicit=True))

    assert services.take_out_answered(now=MOMENT) == 1

    assert {letter.to_email: letter.state for letter in letters(mailing)} == {
        "a@exemple.quebec": MessageState.WITHDRAWN,
        "b@exemple.quebec": MessageState.QUEUED,
    }
    assert ledger(session, mailing)["a@exemple.quebec"] == (Decision.EXCLUDED, "ne_pas_solliciter")


def test_what_follows_the_moment_of_each_town_goes_to_towns(session: Session, edition: Edition) -> None:
    with pytest.raises(Conflict, match="municipalités"):
        to_contacts(session, edition, "a@exemple.quebec", rule=Rule(anchor=Anchor.CEREMONY, days=7))


# --- accidents ----------------------------------------------------------------------------------------


def test_a_mailing_that_cannot_decide_waits_for_a_person_and_stops_no_other(app: Flask) -> None:
    """The theme of the edition looks like a hole, which nothing fills."""
    with app.app_context(), transaction():
        edition = open_campaign()
        edition.theme = "{{mystere}}"
        broken, sound = (scheduled(edition, key) for key in ("invitation", "avis-medias"))
        words = Text(subject="{{theme}}", preheader="", body="{{theme}}")
        for variant in services.words_of(broken, edition):
            services.write_text(broken, words, variant=variant, language="fr", author="Jeanne", now=BEFORE)
        for mailing in (broken, sound):
            mailing.rule = Rule(days=-90).to_json()
        db.session.add(Contact(kind=ContactKind.MEDIA, email="a@exemple.quebec", created_at=BEFORE))

    with clock.pretend(MOMENT):
        Worker(app).plan(Counts())

    with app.app_context():
        states = dict(db.session.execute(sa.select(Mailing.key, Mailing.state)).all())
        assert (states["invitation"], states["avis-medias"]) == (MailingState.WAITING, MailingState.DONE)
        assert [message.to_email for message in db.session.scalars(sa.select(Message))] == [
            "a@exemple.quebec"
        ]
