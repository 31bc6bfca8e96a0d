"""What most tests start from: an edition, a town's answers, a registration, a filled form."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns import services as editions
from campaign.campaigns.models import Edition
from campaign.db import db, transaction
from campaign.participations import links, services
from campaign.participations.details import ParticipationDetails, Person
from campaign.participations.models import Channel, Mode, Participation
from campaign.participations.services import MUNICIPALITY_BY_FORM, MUNICIPALITY_BY_LINK, Author
from campaign.territory.models import Territory

NOW = datetime(2027, 9, 1, 14, tzinfo=UTC)
DAY_J = date(2027, 11, 15)
TEAM = Author(name="Jeanne", channel=Channel.TEAM, is_team=True)

HEBERTVILLE = "93022"
SAINT_AUGUSTIN_OF_THE_COAST = "98012"
"""Atlantic time all year."""
SAINT_AUGUSTIN_OF_THE_LAKE = "92005"
"""Eastern time."""
MONTREAL = "66023"
MONTREAL_BOROUGHS = ("66023-09", "66023-01")
MRC_OF_MASKOUTAINS = "540"

MANON = Person(
    first_name="Manon",
    last_name="Tremblay",
    role="Directrice générale",
    email="manon@exemple.quebec",
    phone="4185550123",
    extension="12",
)


def edition() -> Edition:
    """The 12th one, 15 to 21 November 2027, opened the first time it is asked for."""
    return campaigns.find_current_edition() or editions.open_edition(12, DAY_J, theme="Grandir")


def territory(geo_code: str = HEBERTVILLE) -> Territory:
    """That place of the packaged directory, with what letters and papers say of it."""
    return db.session.scalars(
        sa.select(Territory)
        .where(Territory.geo_code == geo_code)
        .options(joinedload(Territory.mrc), joinedload(Territory.region), joinedload(Territory.parent))
    ).one()


def details(**changes: Any) -> ParticipationDetails:
    """A public flag raising on day J at 10 h, without a kit."""
    usual = ParticipationDetails(
        modes=(Mode.FLAG,),
        flag_on=DAY_J,
        flag_time=time(10),
        lowered_on=date(2027, 11, 21),
        place="Hôtel de ville",
        contact=MANON,
    )
    return replace(usual, **changes)


def register(
    geo_code: str = HEBERTVILLE,
    answers: ParticipationDetails | None = None,
    *,
    author: Author = MUNICIPALITY_BY_FORM,
    now: datetime = NOW,
    **options: Any,
) -> Participation:
    """« Inscrite (à confirmer) »"""
    return services.register(
        edition(), territory(geo_code), answers or details(), author=author, now=now, **options
    )


def confirm(
    geo_code: str = HEBERTVILLE, answers: ParticipationDetails | None = None, **options: Any
) -> Participation:
    """« Confirmée »"""
    participation = register(geo_code, answers, **options)
    services.confirm(participation, author=MUNICIPALITY_BY_LINK, now=options.get("now", NOW))
    db.session.flush()
    return participation


# --- through HTTP: the database is filled, committed, and left ---------------------------------------


def open_edition(app: Flask) -> None:
    """The 12th edition, open."""
    with app.app_context(), transaction():
        edition()


def personal_link(app: Flask, geo_code: str = HEBERTVILLE, *, now: datetime | None = None) -> str:
    """The address of a new personal link of that municipality."""
    with app.app_context(), transaction():
        return f"/p/{links.issue(edition(), territory(geo_code), now=now or clock.now())}"


def confirmed(
    app: Flask, geo_code: str = HEBERTVILLE, answers: ParticipationDetails | None = None, **options: Any
) -> str:
    """A municipality that takes part; gives the address of its personal link."""
    now = options.pop("now", None) or clock.now()
    with app.app_context(), transaction():
        confirm(geo_code, answers, now=now, **options)
    return personal_link(app, geo_code, now=now)


SHORTEST: Mapping[str, str] = {
    "place": "Hôtel de ville",
    "first_name": "Manon",
    "last_name": "Tremblay",
    "email": "manon@exemple.quebec",
    "authority": "1",
}
"""What a person types or ticks in the shortest case; the rest of the form is already filled."""
