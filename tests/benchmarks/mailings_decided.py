"""A mailing decides: the preview of an audience, its ledger and letters, a tick that finds nothing."""

import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from campaign import clock, jobs
from campaign.app import create_app
from campaign.campaigns import queries as campaigns_queries
from campaign.campaigns import services as campaigns
from campaign.config import Settings
from campaign.contacts.models import Basis, Consent, Contact, ContactKind, Purpose
from campaign.db import db, refresh_statistics, transaction
from campaign.mailings import queries, services
from campaign.mailings.audiences import Audience, Who
from campaign.mailings.models import Mailing, Nature
from campaign.mailings.schedule import Anchor, MailingClass, Rule
from campaign.mailings.wording import Text
from campaign.territory import directory
from tests.benchmarks.mailings_delivery import SECRET, Spent, spent

MOMENT = datetime(2027, 8, 17, 13, tzinfo=UTC)
BEFORE = datetime(2027, 7, 1, 13, tzinfo=UTC)
TOWNS = 1_098
MANY = 100_000
IDLE = 20


def application(url: str, folder: Path) -> Flask:
    """The product on that database."""
    return create_app(Settings(database_url=url, secret_key=SECRET, instance_dir=folder))


def fill(app: Flask) -> None:
    """The real directory, and an edition whose whole calendar is on schedule."""
    with app.app_context(), transaction():
        directory.import_directory(now=BEFORE)
        campaigns.set_organization("Collectif", postal_address="1, rue A", contact="a@exemple.quebec")
        edition = campaigns.open_edition(12, date(2027, 11, 15))
        for mailing in queries.list_mailings(edition):
            if not mailing.is_automatic and services.applies(mailing, edition):
                services.schedule(mailing, edition, author="Mesure", now=BEFORE)
        refresh_statistics()


def preview(app: Flask) -> Spent:
    """Every address of the invitation, with its reason."""
    with app.app_context():
        edition = campaigns_queries.current_edition()
        mailing = queries.get_mailing(edition, "invitation")
        return spent(lambda: services.preview(mailing, edition, now=MOMENT))


def decide(app: Flask, key: str, now: datetime = MOMENT) -> int:
    """What the worker's tick does with a mailing whose moment has come; gives how many it decided."""
    with app.app_context(), clock.pretend(now):
        mailing_id = queries.get_mailing(campaigns_queries.current_edition(), key).id
        decided = 0
        while True:
            with transaction():
                some = services.advance(mailing_id, now=now)
            if not some:
                return decided
            decided += some


def add_list(app: Flask, kind: ContactKind, count: int) -> str:
    """A list of contacts with their consents, and a mailing to it; gives its key."""
    key = f"liste-{kind.value}"
    with app.app_context(), transaction() as session:
        names = [f"p{number}-{kind.value}@exemple.quebec" for number in range(count)]
        session.execute(
            sa.insert(Contact),
            [{"kind": kind, "email": email, "first_name": "Léa", "created_at": BEFORE} for email in names],
        )
        session.execute(
            sa.insert(Consent),
            [
                {
                    "email": email,
                    "purpose": Purpose.NEWSLETTER,
                    "basis": Basis.EXPRESS,
                    "since": BEFORE,
                    "form": "Infolettre",
                }
                for email in names
            ],
        )
        mailing = Mailing(
            edition_id=campaigns_queries.current_edition().id,
            key=key,
            title="Infolettre",
            mailing_class=MailingClass.SOLICITATION.value,
            nature=Nature.INFORMATIONAL,
            rule=Rule(anchor=Anchor.FIXED, on=MOMENT.date()).to_json(),
            audience=Audience(who=Who.CONTACTS, lists=(kind,)).to_json(),
        )
        session.add(mailing)
        session.flush()
        edition = campaigns_queries.current_edition()
        text = Text(subject="Nouvelles de la semaine", preheader="", body="{{salutation}}\n\nBonne lecture!")
        services.write_text(mailing, text, variant="", language="fr", author="Mesure", now=BEFORE)
        services.schedule(mailing, edition, author="Mesure", now=BEFORE)
        refresh_statistics()
    return key


def idle_ticks(app: Flask, count: int) -> Spent:
    """Ticks of the planner with the whole calendar on schedule, before anything is due."""
    worker = jobs.Worker(app)
    with clock.pretend(BEFORE):
        return spent(lambda: [worker.plan(jobs.Counts()) for _ in range(count)])


def peak_mb(app: Flask, kind: ContactKind, count: int) -> float:
    """The most that Python held while it decided that many addresses."""
    key = add_list(app, kind, count)
    tracemalloc.start()
    decide(app, key)
    peak: int = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def measure(say: Callable[[str], None], databases: Sequence[tuple[str, str]], folder: Path) -> None:
    """Each engine, line after line."""
    say("\n| engine | what | seconds | per s | CPU ms each |")
    say("|---|---|---:|---:|---:|")
    for engine, url in databases:
        app = application(url, folder / f"decided-{engine}")
        fill(app)
        took = idle_ticks(app, IDLE)
        say(f"| {engine} | idle tick of the planner | {_cells(took, IDLE)} |")
        preview(app)
        say(f"| {engine} | preview of {TOWNS:,} | {_cells(preview(app), TOWNS)} |")
        took = spent(partial(decide, app, "invitation"))
        say(f"| {engine} | {TOWNS:,} municipalities decided and written to | {_cells(took, TOWNS)} |")
        few, many = peak_mb(app, ContactKind.PARTNER, 2_000), peak_mb(app, ContactKind.ORGANIZATION, 20_000)
        say(f"| {engine} | memory to decide 2,000, then 20,000: {few:.1f} and {many:.1f} MB | | | |")
        key = add_list(app, ContactKind.SUBSCRIBER, MANY)
        took = spent(partial(decide, app, key))
        say(f"| {engine} | {MANY:,} contacts decided and written to | {_cells(took, MANY)} |")
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _cells(took: Spent, count: int) -> str:
    return f"{took.seconds:.2f} | {took.rate(count):,.0f} | {took.cpu_ms(count):.2f}"
