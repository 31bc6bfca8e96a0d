"""The map of Québec as plain values: paths and points that a template draws as SVG, in three kinds of views.

The borders come from `data/mrc.geojson`, which a process reads once, in about 0.1 s; the paths of each view
are made once, in some twenty milliseconds. After that a map costs its points only. All views are drawn 2,000
units wide, so that one style sheet sizes the marks of all of them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from math import inf
from pathlib import Path
from typing import Any, Self

from campaign.territory.outlines import (
    Arc,
    Box,
    Line,
    Point,
    clip_line,
    clip_ring,
    cut_arcs,
    inside_stretches,
    join_rings,
    line_path,
    ring_path,
    vertex_path,
)
from campaign.territory.projection import QUEBEC_LAMBERT

BORDERS_FILE = Path(__file__).parent / "data" / "mrc.geojson"
WIDTH = 2_000
SOUTH = Box(-875, -925, 835, -85)
"""The inhabited south, in kilometres from 44° N 68.5° W: Témiscamingue to Blanc-Sablon and to the Îles."""
NORTH = Box(-800, -2130, 420, -880)
"""From the 51st parallel to Ivujivik."""
REGION_MARGIN, LEAST_MARGIN = 0.05, 7
"""Left free around a region: a share of its larger side, and in any case some kilometres, because places on
islands and river banks lie up to six kilometres outside the simplified shore."""
FLATTEST, TALLEST = 0.55, 0.9
"""Height over width of a region's view: a page never gets a ribbon nor a tower."""
DETAIL = 1.0
"""Square units below which a bend of a border is not drawn."""
LINE_HEIGHT, LETTER_WIDTH = 36, 16
"""Of the names of MRC, in units, for the `font-size` of 31 that the style sheet gives them."""
MARK_RADIUS = 10
"""What a name keeps clear of, in units."""
LABEL_ROWS = 24
"""Heights tried for a name."""
MOST_TOUCHED, TOUCHED_COST, SECOND_LINE_COST = 1, 400, 60
"""Marks that a name may touch, and how far, in units, it moves to touch none or to stay in one line."""


@dataclass(frozen=True)
class MapPoint:
    """A place to mark."""

    code: str
    name: str
    latitude: float
    longitude: float
    is_confirmed: bool
    url: str | None = None


@dataclass(frozen=True)
class Mark:
    """A place where it falls in the drawing."""

    x: int
    y: int
    place: MapPoint


@dataclass(frozen=True)
class Label:
    """The name of an MRC, in one or two lines centred on a free spot: the ordinate and the text of each."""

    x: int
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Outline:
    """What a view shows whoever takes part: path data, in units."""

    width: int
    height: int
    land: str
    regions: str
    """The borders between regions, each drawn once."""
    focus: str = ""
    """The region looked at; empty when the view is the province."""
    mrcs: str = ""
    """The borders between the MRC of that region."""


@dataclass(frozen=True)
class Map:
    """One view with its places; `key` makes the identifiers of its drawing unique in a page."""

    key: str
    outline: Outline
    marks: tuple[Mark, ...]
    confirmed_codes: frozenset[str]
    labels: tuple[Label, ...] = ()

    def marking(self, codes: Iterable[str]) -> Self:
        """The same view, where these places and no others are confirmed: nothing else is drawn again."""
        return replace(self, confirmed_codes=frozenset(codes))

    @property
    def confirmed(self) -> tuple[Mark, ...]:
        codes = self.confirmed_codes
        return tuple(mark for mark in self.marks if mark.place.code in codes)

    @property
    def pending(self) -> tuple[Mark, ...]:
        codes = self.confirmed_codes
        return tuple(mark for mark in self.marks if mark.place.code not in codes)

    @property
    def is_linked(self) -> bool:
        """Whether places can be opened from the drawing: close up, when every one of them has an address."""
        return bool(self.outline.focus) and all(mark.place.url for mark in self.marks)

    @cached_property
    def confirmed_path(self) -> str:
        """Every confirmed place as a vertex of one path, for a template that draws no link."""
        return vertex_path((mark.x, mark.y) for mark in self.confirmed)

    @cached_property
    def pending_path(self) -> str:
        return vertex_path((mark.x, mark.y) for mark in self.pending)


def read_borders() -> None:
    """Do ahead what the first map would wait for, and what takes memory only while it is done."""
    _province(SOUTH)
    _province(NORTH)


def south_map(points: Sequence[MapPoint]) -> Map:
    """The inhabited south; places further north are left to `north_map`."""
    return Map("sud", _province(SOUTH), _marks(points, SOUTH), _confirmed_codes(points))


def north_map(points: Sequence[MapPoint]) -> Map:
    """What `south_map` cuts off: Fermont, Schefferville, Eeyou Istchee, Nunavik."""
    marks = _marks([each for each in points if _is_north(each)], NORTH)
    return Map("nord", _province(NORTH), marks, _confirmed_codes(points))


def region_map(region_code: str, points: Sequence[MapPoint]) -> Map:
    """One region close up, with its MRC. Raises KeyError for a code that no region has."""
    box = _region_box(region_code)
    marks = _marks(points, box)
    labels = _labels(region_code, tuple((mark.x, mark.y) for mark in marks))
    return Map(f"region-{region_code}", _region(region_code), marks, _confirmed_codes(points), labels)


def _confirmed_codes(points: Iterable[MapPoint]) -> frozenset[str]:
    return frozenset(point.code for point in points if point.is_confirmed)


def _is_north(point: MapPoint) -> bool:
    return not SOUTH.contains(_place((point.longitude, point.latitude)))


@lru_cache(maxsize=4096)
def _place(position: Point) -> Point:
    """Longitude and latitude to kilometres, downwards as screens count."""
    longitude, latitude = position
    east, north = QUEBEC_LAMBERT.forward(latitude, longitude)
    return east / 1000, -north / 1000


def _in_units(point: Point, box: Box) -> Point:
    scale = WIDTH / (box.right - box.left)
    return (point[0] - box.left) * scale, (point[1] - box.top) * scale


def _marks(points: Iterable[MapPoint], box: Box) -> tuple[Mark, ...]:
    """The places inside a view, from north to south: each halo lies over its northern neighbour."""
    placed = ((_place((each.longitude, each.latitude)), each) for each in points)
    units = ((_in_units(position, box), each) for position, each in placed if box.contains(position))
    marks = [Mark(round(x), round(y), each) for (x, y), each in units]
    return tuple(sorted(marks, key=lambda mark: (mark.y, mark.x, mark.place.code)))


@dataclass(frozen=True)
class _Mrc:
    name: str
    region_code: str


@dataclass(frozen=True)
class _Borders:
    """Every arc of the province, in kilometres, and what the codes of their owners mean."""

    mrcs: dict[str, _Mrc]
    arcs: tuple[Arc, ...]

    def regions(self, arc: Arc) -> set[str]:
        return {self.mrcs[code].region_code for code in arc.owners}


@cache
def _borders() -> _Borders:
    features = json.loads(BORDERS_FILE.read_text(encoding="utf-8"))["features"]
    mrcs, rings = {}, {}
    for feature in features:
        properties = feature["properties"]
        mrcs[properties["code"]] = _Mrc(properties["name"].replace("'", "’"), properties["region_code"])
        rings[properties["code"]] = list(_rings(feature["geometry"]))
    return _Borders(mrcs, tuple(cut_arcs(rings, _place)))


def _rings(geometry: Any) -> Iterator[Line]:
    """Every ring of a GeoJSON polygon or multipolygon."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        for ring in polygon:
            yield [(longitude, latitude) for longitude, latitude in ring]


@dataclass(frozen=True)
class _Pen:
    """Draws arcs inside a view, thinned to what its scale can show."""

    box: Box

    def fill(self, arcs: Iterable[Arc]) -> str:
        return ring_path(clip_ring(ring, self._paper) for ring in self.rings(arcs))

    def stroke(self, arcs: Iterable[Arc]) -> str:
        return line_path(stretch for arc in arcs for stretch in clip_line(self._thin(arc), self._paper))

    def rings(self, arcs: Iterable[Arc]) -> list[Line]:
        return join_rings(self._thin(arc) for arc in arcs)

    @property
    def height(self) -> int:
        return round(_in_units((0, self.box.bottom), self.box)[1])

    @property
    def _paper(self) -> Box:
        """A little larger than the view, so that the cuts and their strokes stay out of sight."""
        return Box(0, 0, WIDTH, self.height).grown(20)

    def _thin(self, arc: Arc) -> Line:
        units_per_kilometre = WIDTH / (self.box.right - self.box.left)
        return [_in_units(point, self.box) for point in arc.thinned(DETAIL / units_per_kilometre**2)]


@cache
def _province(box: Box) -> Outline:
    borders, pen = _borders(), _Pen(box)
    return Outline(
        WIDTH,
        pen.height,
        land=pen.fill(arc for arc in borders.arcs if len(arc.owners) == 1),
        regions=pen.stroke(arc for arc in borders.arcs if len(borders.regions(arc)) == 2),
    )


@cache
def _region_box(region_code: str) -> Box:
    borders = _borders()
    if region_code not in {mrc.region_code for mrc in borders.mrcs.values()}:
        raise KeyError(region_code)
    inside = Box.around(
        point for arc in borders.arcs if region_code in borders.regions(arc) for point in arc.points
    )
    margin = max(LEAST_MARGIN, REGION_MARGIN * max(inside.right - inside.left, inside.bottom - inside.top))
    return inside.grown(margin).proportioned(FLATTEST, TALLEST)


@cache
def _region(region_code: str) -> Outline:
    borders, pen = _borders(), _Pen(_region_box(region_code))
    return Outline(
        WIDTH,
        pen.height,
        land=pen.fill(arc for arc in borders.arcs if len(arc.owners) == 1),
        regions=pen.stroke(arc for arc in borders.arcs if len(borders.regions(arc)) == 2),
        focus=pen.fill(arc for arc in borders.arcs if _is_edge(borders.regions(arc), arc, region_code)),
        mrcs=pen.stroke(
            arc for arc in borders.arcs if len(arc.owners) == 2 and borders.regions(arc) == {region_code}
        ),
    )


def _is_edge(regions: set[str], arc: Arc, region_code: str) -> bool:
    """A border of the region: a shore of its own, or shared with another region."""
    return region_code in regions and (len(arc.owners) == 1 or len(regions) == 2)


@lru_cache(maxsize=64)
def _labels(region_code: str, marks: tuple[tuple[int, int], ...]) -> tuple[Label, ...]:
    """The names that fit inside their MRC; kept, because they move only when places do."""
    borders, pen = _borders(), _Pen(_region_box(region_code))
    labels = []
    for code, mrc in borders.mrcs.items():
        if mrc.region_code == region_code:
            rings = pen.rings(arc for arc in borders.arcs if code in arc.owners)
            labels.append(_label(mrc.name, rings, marks))
    return tuple(label for label in labels if label)


def _label(name: str, rings: Sequence[Line], marks: Sequence[tuple[int, int]]) -> Label | None:
    """Where a name in one line or two is best read; nowhere if that is over marks: the table says it too."""
    best = inf
    label = None
    for lines in _settings(name):
        for distance, x, y in _spots(rings, _half_width(lines), len(lines) * LINE_HEIGHT / 2):
            touched = _touched(x, y, lines, marks)
            cost = distance + TOUCHED_COST * touched + SECOND_LINE_COST * len(lines)
            if cost < best and touched <= MOST_TOUCHED:
                best = cost
                label = Label(round(x), tuple(zip(_baselines(y, len(lines)), lines, strict=True)))
    return label


def _baselines(middle: float, count: int) -> Iterator[int]:
    """Where letters stand so that a block of lines is centred on an ordinate."""
    first = middle - (count - 1) * LINE_HEIGHT / 2 + LINE_HEIGHT * 0.3
    return (round(first + LINE_HEIGHT * index) for index in range(count))


def _settings(name: str) -> Iterator[tuple[str, ...]]:
    """The name whole, then cut in two at the space or hyphen nearest to its middle."""
    yield (name,)
    cuts = [index + 1 for index, letter in enumerate(name) if letter in " -–"]
    if cuts:
        cut = min(cuts, key=lambda index: abs(2 * index - len(name)))
        yield name[:cut].rstrip(" "), name[cut:]


def _half_width(lines: Sequence[str]) -> float:
    return max(map(len, lines)) * LETTER_WIDTH / 2


def _touched(x: float, y: float, lines: Sequence[str], marks: Iterable[tuple[int, int]]) -> int:
    box = Box(x, y, x, y).spread(_half_width(lines) + MARK_RADIUS, len(lines) * LINE_HEIGHT / 2 + MARK_RADIUS)
    return sum(1 for mark in marks if box.contains(mark))


def _spots(
    rings: Sequence[Line], half_width: float, half_height: float
) -> Iterator[tuple[float, float, float]]:
    """Centres of rectangles that lie inside the rings, each after how far it is from the middle."""
    around = Box.around(point for ring in rings for point in ring)
    middle = (around.top + around.bottom) / 2
    for row in range(1, LABEL_ROWS):
        y = around.top + (around.bottom - around.top) * row / LABEL_ROWS
        for left, right in _common(rings, (y - half_height, y, y + half_height)):
            room = right - left - 2 * half_width
            if room > 0:
                for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95):
                    yield abs(y - middle) + abs(share - 0.5) * room, left + half_width + room * share, y


def _common(rings: Sequence[Line], rows: Iterable[float]) -> list[tuple[float, float]]:
    """The stretches of abscissas that are inside on every row."""
    stretches: list[tuple[float, float]] | None = None
    for row in rows:
        inside = inside_stretches(rings, row)
        if stretches is None:
            stretches = inside
        else:
            stretches = [
                (max(left, start), min(right, end))
                for left, right in stretches
                for start, end in inside
                if max(left, start) < min(right, end)
            ]
    return stretches or []
