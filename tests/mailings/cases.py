"""Cases to judge: a town that was invited and has not answered, unless a test says otherwise."""

from dataclasses import replace
from typing import Any

from campaign.mailings.audiences import AddressFacts, Answers, Case, Place
from campaign.participations.models import State
from campaign.territory.models import TerritoryKind

HEBERTVILLE = Place(
    id=1,
    geo_code="93022",
    name="Hébertville",
    designation_name="Municipalité",
    de_form=None,
    a_form=None,
    region_code="02",
    region_name="Saguenay–Lac-Saint-Jean",
    mrc_code="930",
    mrc_name="Lac-Saint-Jean-Est",
    kind=TerritoryKind.MUNICIPALITY,
    time_zone="America/Toronto",
)
ESCOUMINS = replace(
    HEBERTVILLE, id=2, geo_code="95005", name="Les Escoumins", region_code="09", mrc_code="950", mrc_name=""
)
BLANC_SABLON = replace(
    HEBERTVILLE, id=3, geo_code="98005", name="Blanc-Sablon", time_zone="America/Blanc-Sablon"
)


def case(place: Place | None = HEBERTVILLE, **changes: Any) -> Case:
    """`state`, other answers and facts of the address may be given by their names."""
    answers = {name: changes.pop(name) for name in list(changes) if name in Answers.__dataclass_fields__}
    facts = {name: changes.pop(name) for name in list(changes) if name in AddressFacts.__dataclass_fields__}
    usual = Case(
        email=f"{place.geo_code}@exemple.quebec" if place else "info@exemple.quebec",
        place=place,
        answers=Answers(**{"state": State.INVITED, **answers}),
        facts=AddressFacts(**facts),
    )
    return replace(usual, **changes)
