"""Reading the known list."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.db import db
from campaign.errors import NotFound
from campaign.territory import queries
from campaign.territory.names import label_for
from campaign.territory.zones import zone_of

pytestmark = pytest.mark.usefixtures("directory", "session")


def test_a_territory_comes_with_what_its_label_needs() -> None:
    assert label_for(queries.get_territory("98012")) == (
        "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)"
    )
    assert label_for(queries.get_territory("65005")) == "Laval (ville, Laval)"
    assert label_for(queries.get_territory("66023-17")) == "Verdun (arrondissement, Montréal)"


def test_a_unique_name_stands_alone_where_asked_and_a_homonym_never() -> None:
    assert label_for(queries.get_territory("59020"), unless_unique=True) == "Varennes"
    assert label_for(queries.get_territory("92005"), unless_unique=True) == (
        "Saint-Augustin (paroisse, MRC Maria-Chapdelaine)"
    )


def test_an_unknown_code_is_not_found_with_advice() -> None:
    with pytest.raises(NotFound, match="cherchez la municipalité par son nom"):
        queries.get_territory("00000")
    assert queries.find_territory("00000") is None


def test_regions_and_mrcs() -> None:
    assert [region.code for region in queries.list_regions()] == [f"{code:02}" for code in range(1, 18)]
    assert len(queries.list_mrcs()) == 104
    assert {mrc.region_code for mrc in queries.list_mrcs("05")} == {"05"}


def test_local_municipalities_by_region_add_up() -> None:
    by_region = queries.list_local_by_region()

    assert sum(len(towns) for _, towns in by_region) == queries.count_local() == 1098
    assert {region.code: len(towns) for region, towns in by_region} == queries.count_local_by_region()
    assert queries.count_local("13") == 1
    assert len(queries.list_local(region_code="05")) == 117
    assert len(queries.list_local(mrc_code="300")) == 19


def test_local_municipalities_are_in_the_order_of_the_ministry_on_any_database() -> None:
    names = [town.name for town in queries.list_local()]

    def rank(name: str) -> int:
        return names.index(name)

    assert rank("La Visitation-de-Yamaska") < rank("Labelle") < rank("Lac-Édouard") < rank("Lachute")
    assert rank("Lac-Mégantic") < rank("L’Ancienne-Lorette") < rank("Landrienne")
    assert names == [town.name for town in sorted(queries.list_local(), key=lambda town: town.sort_key)]


def test_each_row_has_its_zone() -> None:
    wrong = [
        town.name for town in queries.list_named() if town.time_zone != zone_of(town.geo_code, town.mrc_code)
    ]

    assert wrong == []


def test_a_long_list_costs_as_many_queries_as_a_short_one(session: Session) -> None:
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    labels = [label_for(town) for town in queries.list_local(mrc_code="010")]
    for_few = len(statements)
    session.expunge_all()
    labels += [label_for(town) for town in queries.list_local()]

    assert len(labels) == 1100
    assert for_few == len(statements) - for_few == 1
