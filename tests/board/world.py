"""A small Québec for the team’s pages: two regions, five territories, an edition, and answers to give."""

from datetime import UTC, date, datetime, time

from campaign.campaigns.models import Edition
from campaign.campaigns.services import open_edition, set_organization
from campaign.db import db
from campaign.participations import services
from campaign.participations.details import ParticipationDetails, Person
from campaign.participations.models import Channel, Mode, Participation
from campaign.participations.services import Author
from campaign.territory.models import Mrc, Region, Territory, TerritoryKind
from campaign.territory.names import sort_key
from campaign.territory.queries import get_territory

NOW = datetime(2027, 10, 4, 14, tzinfo=UTC)
TEAM = Author(name="Jeanne", channel=Channel.PHONE, is_team=True)
CLERK = Author(name="La municipalité", channel=Channel.LINK)

SAYABEC, RIMOUSKI, PERCE, BAIE_COMEAU, COMMUNITY = "07105", "10043", "02005", "96020", "C-001"

_TERRITORIES = (
    (SAYABEC, "Sayabec", "01", "070"),
    (RIMOUSKI, "Rimouski", "01", "100"),
    (PERCE, "L’Isle-Verte", "01", "100"),
    (BAIE_COMEAU, "Baie-Comeau", "09", "960"),
)


def open_world() -> Edition:
    """The places and the 12th edition; the caller commits."""
    db.session.add_all([Region(code="01", name="Bas-Saint-Laurent"), Region(code="09", name="Côte-Nord")])
    db.session.flush()
    db.session.add_all(
        [
            Mrc(code="070", name="La Matapédia", kind="MRC", region_code="01"),
            Mrc(code="100", name="Rimouski-Neigette", kind="MRC", region_code="01"),
            Mrc(code="960", name="Manicouagan", kind="MRC", region_code="09"),
        ]
    )
    db.session.flush()
    db.session.add_all(_territory(*told) for told in _TERRITORIES)
    db.session.add(
        Territory(
            geo_code=COMMUNITY,
            kind=TerritoryKind.COMMUNITY,
            name="Communauté sans région",
            time_zone="America/Toronto",
            sort_key=sort_key("Communauté sans région"),
        )
    )
    set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")
    return open_edition(12, date(2027, 11, 15))


def _territory(code: str, name: str, region: str, mrc: str) -> Territory:
    return Territory(
        geo_code=code,
        kind=TerritoryKind.MUNICIPALITY,
        name=name,
        designation="M",
        designation_name="Municipalité",
        is_local=True,
        region_code=region,
        mrc_code=mrc,
        mrc_kind="MRC",
        email=f"info@{code}.exemple.quebec",
        time_zone="America/Toronto",
        sort_key=sort_key(name),
    )


def details(**changes: object) -> ParticipationDetails:
    """The shortest registration: a flag on day J, and somebody to call."""
    told: dict[str, object] = {
        "modes": (Mode.FLAG,),
        "flag_on": date(2027, 11, 15),
        "flag_time": time(10),
        "place": "Hôtel de ville",
        "contact": Person(
            first_name="Manon",
            last_name="Tremblay",
            role="Greffière",
            email="manon@exemple.quebec",
            phone="4185550123",
            extension="12",
        ),
    }
    return ParticipationDetails(**(told | changes))  # type: ignore[arg-type]  # a builder takes any answer


def register(
    edition: Edition,
    geo_code: str,
    *,
    is_confirmed: bool = True,
    now: datetime = NOW,
    needs_review: bool = False,
    **changes: object,
) -> Participation:
    """That municipality takes part."""
    participation = services.register(
        edition,
        get_territory(geo_code),
        details(**changes),
        author=CLERK,
        now=now,
        needs_review=needs_review,
    )
    if is_confirmed:
        services.confirm(participation, author=CLERK, now=now)
    db.session.flush()
    return participation
