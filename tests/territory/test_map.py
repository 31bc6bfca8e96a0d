import csv
import gzip
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from flask import Flask, get_template_attribute

from campaign.territory.map import (
    BORDERS_FILE,
    NORTH,
    SOUTH,
    WIDTH,
    Map,
    MapPoint,
    north_map,
    region_map,
    south_map,
)

DIRECTORY = BORDERS_FILE.with_name("municipalites.csv")
REGIONS = [f"{number:02}" for number in range(1, 18)]
QUEBEC = MapPoint("23027", "Québec", 46.8139, -71.2080, is_confirmed=True, url="/municipalites/23027")
ISLES = MapPoint("01023", "Les Îles-de-la-Madeleine", 47.3761, -61.8681, is_confirmed=False)
BLANC_SABLON = MapPoint("98005", "Blanc-Sablon", 51.4211, -57.1311, is_confirmed=False)
FERMONT = MapPoint("97035", "Fermont", 52.7893, -67.0837, is_confirmed=True)
NUMBER = re.compile(r"-?\d+")


def local_municipalities() -> list[tuple[str, MapPoint]]:
    """Region and point of the 1,098; two out of five confirmed."""
    with DIRECTORY.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["is_local"] == "1"]
    return [
        (
            row["region_code"],
            MapPoint(
                row["geo_code"],
                row["name"],
                float(row["latitude"]),
                float(row["longitude"]),
                is_confirmed=index % 5 < 2,
            ),
        )
        for index, row in enumerate(rows)
    ]


def in_region(code: str) -> list[MapPoint]:
    return [point for region, point in local_municipalities() if region == code]


def draw(app: Flask, view: Map, title: str = "Titre", description: str = "Description") -> str:
    with app.test_request_context():
        return str(get_template_attribute("components/map.html", "province_map")(view, title, description))


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html.strip())  # noqa: S314 -- our own template's output


def vertices(path: str) -> set[tuple[int, int]]:
    """Absolute vertices of « M1 2l3 4 »."""
    numbers = [int(number) for number in NUMBER.findall(path)]
    x = y = 0
    places = set()
    for step_x, step_y in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + step_x, y + step_y
        places.add((x, y))
    return places


def test_the_south_shows_the_ends_of_the_inhabited_country():
    view = south_map([QUEBEC, ISLES, BLANC_SABLON, FERMONT])

    assert {mark.place.code for mark in view.marks} == {"23027", "01023", "98005"}
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= view.outline.height for mark in view.marks)


def test_every_local_municipality_is_in_the_south_or_in_the_north_but_not_in_both():
    points = [point for _, point in local_municipalities()]
    south = {mark.place.code for mark in south_map(points).marks}
    north = {mark.place.code for mark in north_map(points).marks}

    assert len(points) == 1098
    assert south | north == {point.code for point in points}
    assert south & north == set()
    assert {"97035", "97040"} <= north, "Fermont et Schefferville"


@pytest.mark.parametrize("code", REGIONS)
def test_a_region_shows_each_of_its_municipalities(code):
    points = in_region(code)

    view = region_map(code, points)

    assert {mark.place.code for mark in view.marks} == {point.code for point in points}
    assert view.outline.focus.startswith("M")
    assert 0.5 < view.outline.height / view.outline.width <= 0.91


def test_a_code_without_region_is_refused():
    with pytest.raises(KeyError):
        region_map("18", [])


def test_places_keep_their_bearings():
    montreal = MapPoint("66023", "Montréal", 45.5089, -73.5617, is_confirmed=False)
    marks = {mark.place.code: mark for mark in south_map([QUEBEC, montreal, BLANC_SABLON]).marks}

    assert marks["66023"].x < marks["23027"].x < marks["98005"].x
    assert marks["66023"].y > marks["23027"].y > marks["98005"].y


def test_a_kilometre_is_a_kilometre_in_the_drawing():
    """Québec to Montréal is 233 km as the crow flies."""
    montreal = MapPoint("66023", "Montréal", 45.5089, -73.5617, is_confirmed=False)
    marks = {mark.place.code: mark for mark in south_map([QUEBEC, montreal]).marks}
    one, other = marks["66023"], marks["23027"]
    units_per_kilometre = WIDTH / (SOUTH.right - SOUTH.left)

    apart = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5 / units_per_kilometre

    assert apart == pytest.approx(233, abs=2)


def test_confirmed_and_silent_places_are_two_paths_of_different_form(app):
    svg = draw(app, south_map([QUEBEC, ISLES]))
    circles = re.findall(r'<circle class="([^"]+)" r="(\d+)"', svg)

    assert circles[0][0] == "map__mark"
    assert circles[1][0] == "map__mark map__mark--confirmed"
    assert int(circles[1][1]) > int(circles[0][1])


def test_the_path_of_the_confirmed_passes_by_each_of_them_and_by_no_other():
    view = south_map([point for _, point in local_municipalities()])

    assert vertices(view.confirmed_path) == {(mark.x, mark.y) for mark in view.confirmed}
    assert vertices(view.pending_path) == {(mark.x, mark.y) for mark in view.pending}


def test_marks_are_drawn_from_north_to_south():
    view = south_map([point for _, point in local_municipalities()])

    assert all(above.y <= below.y for above, below in pairwise(view.marks))


def test_the_drawing_names_and_describes_itself(app):
    svg = parsed(draw(app, south_map([QUEBEC]), "Les « drapeaux »", "1 municipalité sur 1 098"))[0]
    identified = {element.get("id"): element.text for element in svg.iter() if element.get("id")}

    assert svg.get("role") == "img"
    assert identified[svg.get("aria-labelledby")] == "Les « drapeaux »"
    assert identified[svg.get("aria-describedby")] == "1 municipalité sur 1 098"


def test_a_drawing_without_addresses_has_no_link_and_a_region_with_addresses_links_each_place(app):
    linked = [
        MapPoint(p.code, p.name, p.latitude, p.longitude, True, f"/municipalites/{p.code}")
        for p in in_region("11")
    ]
    svg = parsed(draw(app, region_map("11", linked)))[0]
    links = [element for element in svg.iter() if element.tag.endswith("a")]

    assert "<a " not in draw(app, region_map("11", in_region("11")))
    assert "<a " not in draw(app, south_map(linked)), "a thousand links help nobody"
    assert {link.get("href") for link in links} == {point.url for point in linked}
    assert svg.get("role") == "group", "an image hides its links from those who cannot see it"
    assert all(link[0].tag.endswith("title") and link[0].text for link in links)


def test_the_drawing_obeys_the_strict_policy(app):
    for view in (south_map([QUEBEC]), region_map("11", in_region("11"))):
        assert not re.search(r"style=|<style|<script|\son\w+=|https?:", draw(app, view))


def test_names_written_on_a_region_are_those_of_its_mrc_and_lie_inside_the_drawing():
    view = region_map("11", in_region("11"))
    written = {"".join(text for _, text in label.lines) for label in view.labels}

    assert {"Avignon", "Bonaventure", "La Haute-Gaspésie"} <= written
    assert all(
        0 < label.x < WIDTH and 0 < y < view.outline.height for label in view.labels for y, _ in label.lines
    )


def test_names_keep_their_place_when_a_municipality_confirms():
    points = in_region("01")
    confirmed = [MapPoint(p.code, p.name, p.latitude, p.longitude, not p.is_confirmed) for p in points]

    assert region_map("01", points).labels == region_map("01", confirmed).labels


def test_the_whole_home_map_weighs_less_than_ten_kilobytes_compressed(app):
    svg = draw(app, south_map([point for _, point in local_municipalities()]))

    assert len(gzip.compress(svg.encode())) < 10_000


def test_the_north_goes_up_to_ivujivik():
    ivujivik = MapPoint("99140", "Ivujivik", 62.4170, -77.9253, is_confirmed=True)

    (mark,) = north_map([QUEBEC, ivujivik]).marks

    assert mark.place == ivujivik
    assert NORTH.top < SOUTH.top


def test_a_view_without_places_is_still_a_map(app):
    view = south_map([])

    assert view.marks == ()
    assert (view.confirmed_path, view.pending_path) == ("", "")
    assert parsed(draw(app, view)) is not None
