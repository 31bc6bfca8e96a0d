"""The whole calendar of an edition, day by day, and what eleven municipalities got of it.

The worker runs as `worker --once --now` does, from J-120 to J+90. What each town does is played by the
services, and the table of what it must have received is written by hand below, from the organizers' calendar.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock, jobs
from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.config import MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.events.services import When
from campaign.mailings import queries, services
from campaign.mailings.models import Decision, Mailing, MailingState, Recipient, RecipientTerritory
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Scope
from campaign.participations import services as participations
from campaign.participations.details import Person
from campaign.participations.models import KitState, Participation, ResolutionState
from campaign.participations.services import MUNICIPALITY_BY_LINK
from campaign.territory.models import Territory
from tests import builders
from tests.outbox.smtp_server import Mailbox, running

DAY_J = date(2027, 11, 15)
TOWNS = {
    "revenante": "93022",  # Hébertville
    "nouvelle": "12043",
    "declinante": "95005",
    "sans-boite": "23027",
    "partage-a": "94068",
    "partage-b": "93042",
    "iles": "01023",  # Les Îles-de-la-Madeleine: Atlantic time
    "entre-deux": "58227",
    "desabonnee": "66023",
    "reportee": "81017",
    "annulee": "36033",
}
SHARED = "dg@mrc.exemple.quebec"

INVITATION, REMINDER, LAST_REMINDER = date(2027, 8, 17), date(2027, 9, 1), date(2027, 10, 5)
ACTIVITIES = date(2027, 9, 16)
TOOLS, RUN_SHEET, EVE, THANKS = date(2027, 11, 1), date(2027, 11, 8), date(2027, 11, 12), DAY_J
REPORT, REPORT_AGAIN, PUBLIC_REPORT = date(2027, 11, 22), date(2027, 11, 29), date(2028, 1, 18)

TOOK_PART = [
    ("bilan", REPORT),
    ("bilan-public", PUBLIC_REPORT),
    ("deroulement", RUN_SHEET),
    ("merci", THANKS),
    ("outils", TOOLS),
    ("photo", DAY_J),
    ("rappel-bilan", REPORT_AGAIN),
    ("veille", EVE),
]

RECEIVED: dict[str, list[tuple[str, date]]] = {
    "revenante": sorted(
        [
            *TOOK_PART,
            ("appel-activites-municipalites", ACTIVITIES),
            ("invitation", INVITATION),
            ("numero-resolution", date(2027, 10, 25)),
            ("trousse-expediee", date(2027, 10, 18)),
        ]
    ),
    "nouvelle": [("invitation", INVITATION), ("rappel-1", REMINDER), ("rappel-2", LAST_REMINDER)],
    "declinante": [("invitation", INVITATION)],
    "sans-boite": [],
    "partage-a": sorted(
        [
            *TOOK_PART,
            ("appel-activites-municipalites", ACTIVITIES),
            ("invitation", INVITATION),
            ("rappel-1", REMINDER),
        ]
    ),
    "partage-b": [("invitation", INVITATION), ("rappel-1", REMINDER), ("rappel-2", LAST_REMINDER)],
    "iles": sorted(
        [
            *TOOK_PART,
            ("appel-activites-municipalites", ACTIVITIES),
            ("invitation", INVITATION),
            ("rappel-1", REMINDER),
        ]
    ),
    "entre-deux": sorted([*TOOK_PART, ("invitation", INVITATION), ("rappel-1", REMINDER)]),
    "desabonnee": sorted(
        [*(each for each in TOOK_PART if each[0] != "bilan-public"), ("invitation", INVITATION)]
    ),
    "reportee": sorted(
        [
            ("bilan", date(2027, 11, 25)),
            ("bilan-public", PUBLIC_REPORT),
            ("deroulement", RUN_SHEET),
            ("invitation", INVITATION),
            ("merci", THANKS),
            ("outils", TOOLS),
            ("photo", date(2027, 11, 18)),
            ("rappel-1", REMINDER),
            ("rappel-bilan", date(2027, 12, 2)),
            ("veille", EVE),
            ("veille", date(2027, 11, 17)),
        ]
    ),
    "annulee": [
        ("deroulement", RUN_SHEET),
        ("invitation", INVITATION),
        ("outils", TOOLS),
        ("rappel-1", REMINDER),
    ],
}
"""What reached each town, and the day on its own clocks."""

EXCLUDED = {
    ("rappel-1", "revenante"): "Déjà inscrite",
    ("rappel-1", "declinante"): "A décliné",
    ("rappel-1", "sans-boite"): "N’a pas reçu «\u00a0Invitation\u00a0»",
    ("rappel-1", "desabonnee"): "Désabonnée depuis le 20\u00a0août\u00a02027",
    ("rappel-2", "declinante"): "A décliné",
    ("rappel-2", "entre-deux"): "Déjà inscrite",
    (
        "trousse-dernier-jour",
        "nouvelle",
    ): "Sollicitée le 5\u00a0octobre («\u00a0Second rappel, date limite de la trousse\u00a0»)",
    ("bilan-public", "desabonnee"): "Désabonnée depuis le 20\u00a0août\u00a02027",
    ("bilan-public", "annulee"): "Participation annulée",
}
"""Why some got nothing, as the organizers read it."""


# --- what the towns do ----------------------------------------------------------------------------------


def address_of(name: str) -> str:
    return SHARED if name.startswith("partage") else f"{name}@exemple.quebec"


def participation_of(name: str) -> Participation:
    territory = builders.territory(TOWNS[name])
    found = participations.find_participation(edition().id, territory.id)
    assert found is not None
    return found


def edition() -> Edition:
    return db.session.scalars(sa.select(Edition).where(Edition.number == 12)).one()


def takes_part(name: str, **changes: object) -> Callable[[datetime], None]:
    """Registers and confirms, by its personal link."""

    def act(now: datetime) -> None:
        person = Person(first_name="Manon", last_name="Tremblay", email=address_of(name), phone="4185550123")
        answers = replace(builders.details(contact=person), **changes)  # type: ignore[arg-type]  # names of its fields
        participation = participations.register(
            edition(), builders.territory(TOWNS[name]), answers, author=MUNICIPALITY_BY_LINK, now=now
        )
        participations.confirm(participation, author=MUNICIPALITY_BY_LINK, now=now)

    return act


def declines(name: str) -> Callable[[datetime], None]:
    return lambda now: participations.decline(
        edition(), builders.territory(TOWNS[name]), author=MUNICIPALITY_BY_LINK, now=now, reason="Budget"
    )


def unsubscribes(name: str) -> Callable[[datetime], None]:
    def act(now: datetime) -> None:
        outbox.unsubscribe(address_of(name), scope=Scope.ORGANIZATION, origin="Essai", now=now)

    return act


def kit(name: str, state: KitState) -> Callable[[datetime], None]:
    return lambda now: participations.set_kit(participation_of(name), state, author=builders.TEAM, now=now)


def adopts(name: str) -> Callable[[datetime], None]:
    return lambda now: participations.set_resolution(
        participation_of(name),
        ResolutionState.ADOPTED,
        on=date(2027, 10, 4),
        number="2027-10-145",
        author=MUNICIPALITY_BY_LINK,
        now=now,
    )


def postpones(name: str) -> Callable[[datetime], None]:
    return lambda now: participations.postpone(
        participation_of(name),
        when=When(day=date(2027, 11, 18), at=time(10)),
        reason="Tempête",
        author=MUNICIPALITY_BY_LINK,
        now=now,
    )


def cancels(name: str) -> Callable[[datetime], None]:
    return lambda now: participations.cancel(
        participation_of(name), reason="Incendie", author=MUNICIPALITY_BY_LINK, now=now
    )


ACTS: dict[datetime, Callable[[datetime], None]] = {
    datetime(2027, 8, 18, 15, tzinfo=UTC): takes_part(
        "revenante",
        wants_kit=True,
        kit_flags=1,
        delivery_address="351, rue Turgeon",
        resolution_state=ResolutionState.ON_AGENDA,
        resolution_on=date(2027, 10, 4),
    ),
    datetime(2027, 8, 20, 15, tzinfo=UTC): unsubscribes("desabonnee"),
    datetime(2027, 8, 25, 15, tzinfo=UTC): declines("declinante"),
    datetime(2027, 9, 3, 15, tzinfo=UTC): takes_part("partage-a"),
    datetime(2027, 9, 10, 15, tzinfo=UTC): takes_part("iles"),
    datetime(2027, 9, 17, 15, tzinfo=UTC): takes_part("entre-deux"),
    datetime(2027, 9, 20, 15, tzinfo=UTC): takes_part("reportee"),
    datetime(2027, 9, 20, 16, tzinfo=UTC): takes_part("annulee"),
    datetime(2027, 10, 18, 13, tzinfo=UTC): kit("revenante", KitState.SHIPPED),
    datetime(2027, 10, 20, 15, tzinfo=UTC): takes_part("desabonnee"),
    datetime(2027, 10, 22, 13, tzinfo=UTC): kit("revenante", KitState.RECEIVED),
    datetime(2027, 10, 26, 13, tzinfo=UTC): adopts("revenante"),
    datetime(2027, 11, 10, 15, tzinfo=UTC): cancels("annulee"),
    datetime(2027, 11, 15, 12, tzinfo=UTC): postpones("reportee"),
}


# --- the world ------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox() -> Mailbox:
    mailbox = Mailbox()
    mailbox.on_rcpt = lambda to: "550 5.1.1 Unknown" if to.startswith("sans-boite") else "250 OK"
    return mailbox


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    with running(mailbox) as port:
        yield replace(
            settings,
            mail_transport=MailTransport.SMTP,
            mail_from="Semaine <bonjour@exemple.quebec>",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security=SmtpSecurity.NONE,
        )


@pytest.fixture
def _eleven_towns(app: Flask, directory: None) -> None:
    """The directory has only the towns of the table; one of them took part the year before."""
    with app.app_context(), transaction():
        db.session.execute(
            sa.update(Territory)
            .where(Territory.geo_code.not_in(TOWNS.values()))
            .values(valid_to=date(2020, 1, 1))
        )
        for name, geo_code in TOWNS.items():
            db.session.execute(
                sa.update(Territory).where(Territory.geo_code == geo_code).values(email=address_of(name))
            )
        campaigns.set_organization(
            "Collectif", postal_address="1, rue de l’Exemple, Québec", contact="bonjour@exemple.quebec"
        )
    with app.app_context(), transaction():
        past = campaigns.open_edition(11, date(2026, 11, 16))
        then = datetime(2026, 9, 1, 15, tzinfo=UTC)
        answers = builders.details(
            flag_on=date(2026, 11, 16), lowered_on=None, contact=Person(email=address_of("revenante"))
        )
        participation = participations.register(
            past, builders.territory(TOWNS["revenante"]), answers, author=builders.TEAM, now=then
        )
        participations.confirm(participation, author=builders.TEAM, now=then)
    with app.app_context(), transaction():
        opened = campaigns.open_edition(12, DAY_J)
        for mailing in queries.list_mailings(opened):
            if not mailing.is_automatic and services.applies(mailing, opened):
                services.schedule(mailing, opened, author="Jeanne", now=datetime(2027, 7, 1, 14, tzinfo=UTC))


def instants() -> Iterator[datetime]:
    """Each working morning; around day J, each time something may be due in one of the zones."""
    day = DAY_J - timedelta(days=120)
    while day <= DAY_J + timedelta(days=90):
        is_near = abs(day - DAY_J) <= timedelta(days=18)
        for hour, minute in ((14, 30), (18, 30), (20, 30), (21, 30)) if is_near else ((14, 30),):
            yield datetime.combine(day, time(hour, minute), UTC)
        day += timedelta(days=1)


def live(app: Flask) -> None:
    """Play the towns' acts and the worker's runs, in the order of their instants."""
    waiting = sorted(ACTS)
    worker = jobs.Worker(app)
    for instant in instants():
        while waiting and waiting[0] <= instant:
            at = waiting.pop(0)
            with clock.pretend(at), app.app_context(), transaction():
                ACTS[at](at)
        worker.run_due(instant)


# --- the table ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_eleven_towns")
def test_each_town_gets_what_the_calendar_says_and_nothing_else(app: Flask, mailbox: Mailbox) -> None:
    live(app)

    assert received(app) == RECEIVED
    assert {key: reason for key, reason in excluded(app).items() if key in EXCLUDED} == EXCLUDED
    with app.app_context():
        ended = {mailing.key: mailing.state for mailing in db.session.scalars(sa.select(Mailing))}
    assert {ended[key] for key in ("invitation", "rappel-1", "rappel-2", "merci", "bilan-public")} == {
        MailingState.DONE
    }
    assert ended["veille"] is MailingState.LEAVING  # until four months after the week
    assert nine_hours_on_each_clock(app)
    shared = [letter for letter in mailbox.letters if SHARED in str(letter["To"]) and invites(letter)]
    assert len(shared) == 1


def invites(letter: object) -> bool:
    return "flottera" in str(letter["Subject"])  # type: ignore[index]  # an EmailMessage


def received(app: Flask) -> dict[str, list[tuple[str, date]]]:
    """What reached each town of the table, and when, on its own clocks."""
    names = {geo_code: name for name, geo_code in TOWNS.items()}
    found: dict[str, list[tuple[str, date]]] = {name: [] for name in TOWNS}
    with app.app_context():
        rows = db.session.execute(
            sa.select(Territory.geo_code, Territory.time_zone, Mailing.key, Message.sent_at)
            .join(RecipientTerritory, RecipientTerritory.territory_id == Territory.id)
            .join(Recipient, Recipient.id == RecipientTerritory.recipient_id)
            .join(Mailing, Mailing.id == Recipient.mailing_id)
            .join(Message, Message.id == Recipient.message_id)
            .where(Message.state == MessageState.SENT, Recipient.decision == Decision.INCLUDED)
        )
        for geo_code, zone, key, sent_at in rows:
            assert sent_at is not None
            found[names[geo_code]].append((key, clock.today(sent_at, zone)))
    return {name: sorted(mailings) for name, mailings in found.items()}


def excluded(app: Flask) -> dict[tuple[str, str], str]:
    """Why a town was left out of a mailing."""
    names = {geo_code: name for name, geo_code in TOWNS.items()}
    with app.app_context():
        rows = db.session.execute(
            sa.select(Mailing.key, Territory.geo_code, Recipient.detail)
            .join(Recipient, Recipient.mailing_id == Mailing.id)
            .join(RecipientTerritory, RecipientTerritory.recipient_id == Recipient.id)
            .join(Territory, Territory.id == RecipientTerritory.territory_id)
            .where(Recipient.decision == Decision.EXCLUDED)
        )
        return {(key, names[geo_code]): detail for key, geo_code, detail in rows}


def nine_hours_on_each_clock(app: Flask) -> bool:
    """The invitation was due at nine o'clock on everybody's own clocks."""
    with app.app_context():
        rows = db.session.execute(
            sa.select(Recipient.due_at, Territory.time_zone)
            .join(RecipientTerritory, RecipientTerritory.recipient_id == Recipient.id)
            .join(Territory, Territory.id == RecipientTerritory.territory_id)
            .join(Mailing, Mailing.id == Recipient.mailing_id)
            .where(Mailing.key == "invitation")
        ).all()
    hours = {(clock.to_local(due_at, zone).hour, zone) for due_at, zone in rows if due_at}
    return hours == {(9, "America/Toronto"), (9, "America/Halifax")}
