"""The calendar as a subscription: whole, of a region, and chosen by its reader."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign.db import refresh_statistics, table_of, touch_public, transaction
from campaign.events import services as events
from campaign.events.models import Event, EventKind, EventState, Opening, Session
from campaign.territory.models import Territory
from tests import builders
from tests.benchmarks.cases import READER, Case
from tests.benchmarks.load import Request

REGION = "16"
WORDS = (
    "Venez lever le drapeau avec nous. Les enfants du CPE chanteront, la mairesse lira la résolution du "
    "conseil; café, jus et galettes pour tout le monde, beau temps, mauvais temps. "
)


def cases() -> list[Case]:
    whole, region = "/calendrier.ics", f"/calendrier/region/{REGION}.ics"
    chosen = f"/calendrier.ics?type=lever-de-drapeau&region={REGION}&ouvert=oui"
    return [
        Case(name="feed", kind="plain", requests=[Request(path=whole)]),
        Case(name="feed-gzip", kind="gzip", requests=[Request(path=whole, headers=READER)]),
        Case(name="feed-gzip", kind="304", requests=[Request(path=whole, headers=READER)], status=304),
        Case(name="region-gzip", kind="gzip", requests=[Request(path=region, headers=READER)]),
        Case(name="chosen-gzip", kind="gzip", requests=[Request(path=chosen, headers=READER)]),
        Case(name="feed", kind="plain", requests=[Request(path=whole)], is_kept=True),
        Case(name="feed-gzip", kind="gzip", requests=[Request(path=whole, headers=READER)], is_kept=True),
    ]


def fill(app: Flask, known: int, count: int) -> None:
    """Events of the coming year, as many as that in all, in every municipality in turn."""
    with app.app_context(), transaction() as session:
        edition = builders.edition()
        session.flush()
        towns = session.execute(
            sa.select(Territory.id, Territory.name, Territory.time_zone)
            .where(Territory.is_local, Territory.valid_to.is_(None))
            .order_by(Territory.geo_code)
        ).all()
        numbers = range(known, count)
        now = datetime.now(UTC).replace(microsecond=0)
        rows = [_event(number, towns[number % len(towns)], edition.id, now) for number in numbers]
        session.execute(sa.insert(table_of(Event)), rows)
        ids = dict(session.execute(sa.select(Event.slug, Event.id)).all())
        session.execute(
            sa.insert(table_of(Session)),
            [
                _sitting(number, ids[row["slug"]], now.date())
                for number, row in zip(numbers, rows, strict=True)
            ],
        )
        touch_public()
        refresh_statistics()


def _event(number: int, town: Any, edition_id: int, now: datetime) -> dict[str, Any]:
    return {
        "uid": f"{number:08d}-mesure@pavois",
        "slug": f"lever-{number}",
        "kind": EventKind.FLAG_RAISING,
        "edition_id": edition_id,
        "territory_id": town.id,
        "title": f"Lever du drapeau des tout-petits, {town.name}",
        "description": WORDS,
        "place": "Hôtel de ville, 1, rue Principale",
        "is_indoors": False,
        "time_zone": town.time_zone,
        "opening": Opening.PUBLIC,
        "state": EventState.PLANNED,
        "state_reason": "",
        "is_published": True,
        "sequence": 0,
        "created_at": now,
        "updated_at": now,
    }


def _sitting(number: int, event_id: int, today: date) -> dict[str, Any]:
    starts_at = datetime.combine(today + timedelta(days=1 + number % 360), time(15), UTC)
    return {
        "event_id": event_id,
        "position": 0,
        "starts_on": starts_at.date(),
        "starts_at": starts_at,
        "ends_at": starts_at + events.CEREMONY_LENGTH,
    }
