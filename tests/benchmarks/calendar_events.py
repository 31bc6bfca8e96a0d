"""Activities of all kinds to find, a date each, over the municipalities of Québec."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign.db import refresh_statistics, table_of, touch_public, transaction
from campaign.events.models import Event, EventDetails, EventKind, EventState, Opening, Session
from campaign.events.vocabulary import (
    ACTIVITY_TYPES,
    Accessibility,
    Audience,
    Cost,
    Format,
    SpokenLanguage,
    Theme,
)
from campaign.territory.models import Territory
from tests import builders

_WORDS = """venez bouger chanter lire dessiner avec nous les enfants du quartier une histoire un jeu la forêt
    la neige doudou pyjama famille parents éducateur·trice·s tout·e·s-petit·e·s collation gratuite apportez
    vos bottes grands-parents bébés comptines marionnettes cuisine jardin musique rivière patin""".split()  # noqa: SIM905


def fill(app: Flask, known: int, count: int) -> None:
    """Activities of the edition and of the weeks around, as many as that in all; the same for everyone."""
    with app.app_context(), transaction() as session:
        edition = builders.edition()
        session.flush()
        towns = session.execute(
            sa.select(Territory.id, Territory.name, Territory.time_zone)
            .where(Territory.is_local, Territory.valid_to.is_(None))
            .order_by(Territory.geo_code)
        ).all()
        random = Random(known)
        numbers = range(known, count)
        now = datetime.now(UTC).replace(microsecond=0)
        rows = [_event(number, towns[number % len(towns)], edition.id, now, random) for number in numbers]
        session.execute(sa.insert(table_of(Event)), rows)
        ids = dict(session.execute(sa.select(Event.slug, Event.id)).all())
        mine = [ids[row["slug"]] for row in rows]
        session.execute(
            sa.insert(table_of(Session)), [_sitting(number, random, builders.DAY_J) for number in mine]
        )
        session.execute(sa.insert(table_of(EventDetails)), [_details(number, random) for number in mine])
        touch_public()
        refresh_statistics()


def _text(random: Random, length: int) -> str:
    return " ".join(random.choices(_WORDS, k=length))


def _event(number: int, town: Any, edition_id: int, now: datetime, random: Random) -> dict[str, Any]:
    # A name now and then, as real texts have: most words of a vocabulary are said once.
    name = "".join(random.choices("bcdfglmnprstv", k=3)) + random.choice("aeiou") + str(number)
    return {
        "uid": f"{number:08d}-trouver@pavois",
        "slug": f"activite-{number}",
        "kind": EventKind.ACTIVITY,
        "edition_id": edition_id,
        "territory_id": town.id,
        "title": f"{_text(random, 5)} à {town.name}".capitalize(),
        "description": f"{_text(random, 50)}. Animé par {name}.",
        "place": f"Bibliothèque {_text(random, 1)}, {number % 900}, rue Principale",
        "is_indoors": False,
        "time_zone": town.time_zone,
        "opening": random.choice([Opening.PUBLIC, Opening.PUBLIC, Opening.RESERVED]),
        "state": EventState.PLANNED,
        "state_reason": "",
        "is_published": True,
        "is_private": False,
        "sequence": 0,
        "created_at": now,
        "updated_at": now,
    }


def _sitting(event_id: int, random: Random, day: date) -> dict[str, Any]:
    starts_at = datetime.combine(
        day + timedelta(days=random.randint(-10, 20)), time(random.randint(13, 23)), UTC
    )
    return {
        "event_id": event_id,
        "position": 0,
        "sequence": 0,
        "state_reason": "",
        "starts_on": starts_at.date(),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
    }


def _details(event_id: int, random: Random) -> dict[str, Any]:
    def some(values: Any, most: int) -> list[str]:
        return sorted(random.sample([str(value) for value in values], random.randint(0, most)))

    return {
        "event_id": event_id,
        "organizer_name": f"CPE {_text(random, 2)}",
        "activity_type": random.choice(list(ACTIVITY_TYPES)),
        "format": random.choice(list(Format)),
        "online_url": "",
        "is_online_url_public": True,
        "audiences": some(Audience, 3),
        "themes": some(Theme, 3),
        "accessibility": some(Accessibility, 3),
        "languages": some(SpokenLanguage, 1),
        "cost": random.choice(list(Cost)),
        "price": "",
        "registration": "",
        "rain_plan": "",
        "hashtags": "",
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "",
        "is_contact_public": False,
        "source_url": "",
    }
