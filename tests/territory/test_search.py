"""What people find when they type a name."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import Revision, db, transaction
from campaign.territory import queries
from campaign.territory.directory import PACKAGED_DIRECTORY, import_directory
from campaign.territory.models import Territory, TerritoryKind
from campaign.territory.names import fold, search_words
from campaign.territory.search import (
    SearchIndex,
    SearchName,
    Standing,
    begins_within_one_edit,
    current_index,
    search,
    search_names,
)
from tests.databases import Templates
from tests.territory import packaged


@pytest.fixture(scope="module")
def index(sqlite_templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """The index of the packaged directory, made once: it no longer needs the database."""
    folder = tmp_path_factory.mktemp("search")
    with sqlite_templates.copy("directory") as database:
        settings = Settings(
            database_url=database.url,
            secret_key="a made-up secret, long enough for tests",
            instance_dir=folder,
            upload_dir=folder,
            is_testing=True,
        )
        with create_app(settings).app_context():
            yield current_index()
            db.engine.dispose()


def codes(index: SearchIndex, typed: str, limit: int = 10) -> list[str]:
    return [suggestion.geo_code for suggestion in index.search(typed, limit).suggestions]


def labels(index: SearchIndex, typed: str, limit: int = 10) -> list[str]:
    return [suggestion.label for suggestion in index.search(typed, limit).suggestions]


def test_people_find_what_they_type(index: SearchIndex) -> None:
    expected = {
        "Malbaie": "15013",
        "st-louis du ha ha": "13080",
        "ile d'anticosti": "98020",
        "ANCIENNE LORETTE": "23057",
        "l isle-verte": "12043",
        "dollard des ormeaux": "66142",
        "ville de varennes": "59020",
        "municipalité des méchins": "08005",
        "sacré-cœur": "95010",
        "ville-marie": "85025",
        "montreal": "66023",
        "inukjuak": "99085",
        "listuguj": "06804",
        "le granit": "300",
        "lancienne lorette": "23057",
        "saintlouisduhaha": "13080",
        "bedford canton": "46040",
        "saint sebastien granit": "30085",
    }

    assert {typed: codes(index, typed)[0] for typed in expected} == expected


def test_homonyms_come_first_with_what_tells_them_apart(index: SearchIndex) -> None:
    assert labels(index, "st augustin", 2) == [
        "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)",
        "Saint-Augustin (paroisse, MRC Maria-Chapdelaine)",
    ]
    assert codes(index, "st augustin", 2) == ["98012", "92005"]


@pytest.mark.parametrize("typed", ["saint antoine", "st-antoine", "St Antoine", "Saint-Antoine"])
def test_a_name_that_exists_no_more_alone_shows_those_that_begin_with_it(
    index: SearchIndex, typed: str
) -> None:
    assert labels(index, typed) == [
        "Saint-Antoine-de-l’Isle-aux-Grues (paroisse, MRC Montmagny)",
        "Saint-Antoine-de-Tilly (municipalité, MRC Lotbinière)",
        "Saint-Antoine-sur-Richelieu (municipalité, MRC La Vallée-du-Richelieu)",
        "Saint-Jérôme (ville, MRC La Rivière-du-Nord), ancienne municipalité de Saint-Antoine",
    ]


def test_a_former_name_leads_to_the_city_then_to_its_borough(index: SearchIndex) -> None:
    assert labels(index, "Chicoutimi") == [
        "Saguenay (ville, Saguenay–Lac-Saint-Jean), ancienne municipalité de Chicoutimi",
        "Chicoutimi (arrondissement, Saguenay)",
    ]
    assert codes(index, "hull") == ["81017"]
    assert labels(index, "asbestos") == ["Val-des-Sources (ville, MRC Les Sources), autrefois Asbestos"]
    assert labels(index, "hebertville station") == [
        "Hébertville (municipalité, MRC Lac-Saint-Jean-Est), ancienne municipalité d’Hébertville-Station"
    ]


@pytest.mark.parametrize(
    ("former", "city"),
    [
        ("Jonquière", "94068"),
        ("Sainte-Foy", "23027"),
        ("Beauport", "23027"),
        ("Charlesbourg", "23027"),
        ("Aylmer", "81017"),
        ("Lachine", "66023"),
        ("Verdun", "66023"),
        ("Outremont", "66023"),
        ("Cap-de-la-Madeleine", "37067"),
        ("Trois-Rivières-Ouest", "37067"),
        ("Grand-Mère", "36033"),
        ("Rock Forest", "43027"),
        ("Fleurimont", "43027"),
        ("Le Gardeur", "60013"),
        ("Bic", "10043"),
        ("Le Bic", "10043"),
        ("Iberville", "56083"),
        ("Saint-Guy", "13062"),
    ],
)
def test_families_find_the_city_by_the_name_they_use(index: SearchIndex, former: str, city: str) -> None:
    assert codes(index, former, 1) == [city]


def test_an_article_typed_is_believed_first_and_forgiven_after(index: SearchIndex) -> None:
    assert codes(index, "la baie", 2) == ["94068", "94068-03"]
    assert "96020" in codes(index, "la baie")
    assert codes(index, "le cèdres") == codes(index, "les cedres") == ["71050"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("natane", "08053"),
        ("saint-felisien", "91042"),
        ("trosi-rivieres", "37067"),
        ("rimousky", "10043"),
        ("varenes", "59020"),
        ("drumondville", "49058"),
        ("gaspée", "03005"),
    ],
)
def test_one_slip_of_the_finger_is_forgiven(index: SearchIndex, typed: str, found: str) -> None:
    assert found in codes(index, typed)


def test_nothing_is_found_for_too_little_or_for_nothing_known(index: SearchIndex) -> None:
    for typed in ("", " ", "m", "é", "-!'", "xyzzyx", "a" * 500):
        assert index.search(typed).total == 0


def test_unnamed_and_past_territories_are_not_offered(index: SearchIndex) -> None:
    assert index.search("toponyme").total == 0
    assert "13060" not in codes(index, "lac des aigles")
    assert codes(index, "lac des aigles", 1) == ["13062"]


def test_the_total_says_how_many_there_are_beyond_the_limit(index: SearchIndex) -> None:
    result = index.search("saint", 10)

    assert len(result.suggestions) == 10
    assert result.total > 250


def test_every_entity_is_found_by_its_own_name(index: SearchIndex) -> None:
    named = [row for row in packaged.entities() if row["name"] != "Toponyme à venir"]

    lost = [row["name"] for row in named if row["geo_code"] not in codes(index, row["name"])]

    assert len(named) == 1273
    assert lost == []


def test_a_municipality_is_among_the_first_for_its_whole_name_unaccented(index: SearchIndex) -> None:
    towns = [row for row in packaged.entities() if row["is_local"] == "1"]

    late = [row["name"] for row in towns if row["geo_code"] not in codes(index, fold(row["name"]), 3)]

    assert late == []


@pytest.mark.usefixtures("directory")
def test_a_search_costs_one_query_whatever_it_finds(app: Flask) -> None:
    with app.app_context():
        current_index()
        statements: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *row: statements.append(row[2]))
        search("saint")
        of_many = len(statements)
        search("hull")

    assert (of_many, len(statements) - of_many) == (1, 1)


@pytest.mark.usefixtures("directory")
def test_a_change_of_the_directory_is_found_at_once(app: Flask) -> None:
    now = datetime(2027, 1, 5, 12, tzinfo=UTC)
    renamed = PACKAGED_DIRECTORY.read_bytes().replace(b"59020,Varennes,", b"59020,Zigzagville,")
    with app.app_context():
        before = search("zigzag").total
        with transaction():
            import_directory(renamed, now=now)
        after = search("zigzag").suggestions

    assert before == 0
    assert [suggestion.geo_code for suggestion in after] == ["59020"]


def test_without_an_import_the_index_follows_the_rows(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(Revision))
        town = Territory(
            geo_code="99999",
            kind=TerritoryKind.MUNICIPALITY,
            name="Quelquepart",
            time_zone="America/Toronto",
            sort_key="quelquepart",
        )
        session.add(town)
        session.flush()

        assert [found.geo_code for found in search("quelquepart").suggestions] == ["99999"]


def _index_of(names: Sequence[str]) -> SearchIndex:
    return SearchIndex(
        SearchName(f"{number:05}", name, name, name, search_words(name), Standing.PLACE)
        for number, name in enumerate(names)
    )


letters = st.text(alphabet="abcdeé -'", min_size=2, max_size=12)


@given(st.lists(letters, min_size=1, max_size=8), letters)
def test_what_begins_like_the_query_is_always_found(names: list[str], typed: str) -> None:
    words = search_words(typed)
    found = codes(_index_of(names), typed, limit=20)

    expected = {
        f"{number:05}"
        for number, name in enumerate(names)
        if len(words) >= 2 and search_words(name).startswith(words)
    }
    assert expected <= set(found)


@given(st.text(alphabet="abc", min_size=5, max_size=10), st.data())
def test_one_edit_is_recognised_wherever_it_is(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcz"))
    typed = data.draw(
        st.sampled_from(
            [
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            ]
        )
    )

    assert begins_within_one_edit(name + " et la suite", typed)


@given(st.text(alphabet="abcd", max_size=6), st.text(alphabet="abcd", min_size=1, max_size=6))
def test_what_is_recognised_is_really_one_edit_away(text: str, typed: str) -> None:
    within_one = any(_distance(text[:end], typed) <= 1 for end in range(len(text) + 1))

    assert not begins_within_one_edit(text, typed) or within_one


@cache
def _distance(one: str, other: str) -> int:
    """Damerau-Levenshtein (neighbours swapped), straight from its definition."""
    if not one or not other:
        return len(one) + len(other)
    best = min(
        _distance(one[1:], other[1:]) + (one[0] != other[0]),
        _distance(one[1:], other) + 1,
        _distance(one, other[1:]) + 1,
    )
    if one[:2] == other[:2][::-1] and len(one) > 1:
        best = min(best, _distance(one[2:], other[2:]) + 1)
    return best


@pytest.mark.usefixtures("directory")
def test_each_name_of_the_index_tells_its_territory(app: Flask) -> None:
    with app.app_context():
        names = list(search_names(queries.list_named(), queries.list_aliases()))

    assert {name.standing for name in names} == set(Standing)
    assert all(name.label.startswith(name.title) for name in names)
