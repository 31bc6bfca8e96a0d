"""Borders as arcs that neighbours share: cut, thinned for both at once, joined, clipped, written as SVG.

Thinning polygon by polygon would open gaps and overlaps along every common border. An arc belongs to both of
its sides, so that whatever is dropped is dropped for both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import inf

Point = tuple[float, float]
Line = Sequence[Point]


@dataclass(frozen=True)
class Box:
    """An upright rectangle of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def contains(self, point: Point) -> bool:
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom

    def grown(self, margin: float) -> "Box":
        return self.spread(margin, margin)

    def spread(self, sideways: float, upright: float) -> "Box":
        return Box(self.left - sideways, self.top - upright, self.right + sideways, self.bottom + upright)

    def proportioned(self, flattest: float, tallest: float) -> "Box":
        """The smallest box around this one, on its centre, with a height over width between two limits."""
        width, height = self.right - self.left, self.bottom - self.top
        return self.spread(
            max(0.0, height / tallest - width) / 2,
            max(0.0, width * flattest - height) / 2,
        )

    @classmethod
    def around(cls, points: Iterable[Point]) -> "Box":
        abscissas, ordinates = zip(*points, strict=True)
        return cls(min(abscissas), min(ordinates), max(abscissas), max(ordinates))


@dataclass(frozen=True)
class Arc:
    """A stretch of border between two junctions, or a whole shore. One owner at the edge, two inside."""

    points: tuple[Point, ...]
    owners: frozenset[str]
    weights: tuple[float, ...]
    """What each point adds: the area of the triangle lost when it goes; infinite at both ends."""

    def thinned(self, tolerance: float) -> Line:
        """The points worth at least an area; nothing of a closed shore left with less than a triangle."""
        kept = [point for point, weight in zip(self.points, self.weights, strict=True) if weight >= tolerance]
        if kept[0] == kept[-1] and len(kept) < 4:
            return ()
        return kept


def cut_arcs(rings: Mapping[str, Iterable[Line]], place: Callable[[Point], Point]) -> list[Arc]:
    """The arcs of a tiling given as closed rings by owner; `place` projects each point, after cutting."""
    owners: dict[frozenset[Point], set[str]] = defaultdict(set)
    for owner, lines in rings.items():
        for line in lines:
            for start, end in pairwise(line):
                if start != end:
                    owners[frozenset((start, end))].add(owner)
    neighbours: dict[Point, list[Point]] = defaultdict(list)
    for segment in owners:
        start, end = segment
        neighbours[start].append(end)
        neighbours[end].append(start)

    arcs = []
    for line in _walk(neighbours, owners):
        points = tuple(place(point) for point in line)
        arcs.append(Arc(points, frozenset(owners[frozenset(line[:2])]), tuple(_weigh(points))))
    return arcs


def _walk(
    neighbours: Mapping[Point, Sequence[Point]], owners: Mapping[frozenset[Point], set[str]]
) -> Iterator[list[Point]]:
    """Every segment once, in lines that stop at junctions; then the closed lines that have none."""

    def is_junction(point: Point) -> bool:
        around = neighbours[point]
        return (
            len(around) != 2 or owners[frozenset((point, around[0]))] != owners[frozenset((point, around[1]))]
        )

    junctions = [point for point in neighbours if is_junction(point)]
    stops = set(junctions)
    walked: set[frozenset[Point]] = set()
    for origin in [*junctions, *neighbours]:
        for step in neighbours[origin]:
            if frozenset((origin, step)) in walked:
                continue
            line = [origin, step]
            walked.add(frozenset(line))
            while line[-1] not in stops and line[-1] != origin:
                before, here = line[-2:]
                first, second = neighbours[here]
                line.append(second if first == before else first)
                walked.add(frozenset(line[-2:]))
            yield line


def _weigh(points: Line) -> list[float]:
    """Visvalingam and Whyatt's effective areas: what each point costs when the cheapest goes first."""
    weights = [inf] * len(points)
    before = list(range(-1, len(points) - 1))
    after = list(range(1, len(points) + 1))

    def cost(index: int) -> float:
        return triangle_area(points[before[index]], points[index], points[after[index]])

    current = {index: cost(index) for index in range(1, len(points) - 1)}
    heap = [(area, index) for index, area in current.items()]
    heapify(heap)
    highest = 0.0
    while heap:
        area, index = heappop(heap)
        if current.get(index) != area:
            continue
        weights[index] = highest = max(highest, area)
        del current[index]
        left, right = before[index], after[index]
        after[left], before[right] = right, left
        for neighbour in (left, right):
            if neighbour in current:
                current[neighbour] = cost(neighbour)
                heappush(heap, (current[neighbour], neighbour))
    return weights


def triangle_area(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def join_rings(lines: Iterable[Line]) -> list[Line]:
    """The closed rings that lines make end to end. Where four ends meet, any pairing fills the same shape."""
    ends: dict[Point, list[Line]] = defaultdict(list)
    rings: list[Line] = []
    waiting: list[Line] = []
    for line in lines:
        if len(line) < 2:
            continue
        if line[0] == line[-1]:
            rings.append(line)
            continue
        waiting.append(line)
        ends[line[0]].append(line)
        ends[line[-1]].append(line)
    used: set[int] = set()
    for line in waiting:
        if id(line) in used:
            continue
        used.add(id(line))
        ring = list(line)
        while ring[-1] != ring[0]:
            follower = next((each for each in ends[ring[-1]] if id(each) not in used), None)
            if follower is None:
                raise ValueError("these lines leave a ring open")
            used.add(id(follower))
            ring.extend(follower[1:] if follower[0] == ring[-1] else follower[-2::-1])
        rings.append(ring)
    return rings


def inside_stretches(rings: Iterable[Line], ordinate: float) -> list[tuple[float, float]]:
    """Where a horizontal line is inside closed rings, counted even-odd."""
    crossings = sorted(
        start[0] + (ordinate - start[1]) / (end[1] - start[1]) * (end[0] - start[0])
        for ring in rings
        for start, end in pairwise(ring)
        if (start[1] <= ordinate) != (end[1] <= ordinate)
    )
    return list(zip(crossings[::2], crossings[1::2], strict=True))


def clip_ring(ring: Line, box: Box) -> Line:
    """The part of a filled ring inside a box (Sutherland and Hodgman), closed along the sides that cut it."""
    sides: tuple[tuple[int, float, int], ...] = (
        (0, box.left, 1),
        (0, box.right, -1),
        (1, box.top, 1),
        (1, box.bottom, -1),
    )
    for axis, limit, sign in sides:
        inside: list[Point] = []
        previous = ring[-1] if ring else (0.0, 0.0)
        for point in ring:
            depth, previous_depth = (point[axis] - limit) * sign, (previous[axis] - limit) * sign
            if (depth >= 0) != (previous_depth >= 0):
                share = previous_depth / (previous_depth - depth)
                crossing = previous[1 - axis] + share * (point[1 - axis] - previous[1 - axis])
                inside.append((limit, crossing) if axis == 0 else (crossing, limit))
            if depth >= 0:
                inside.append(point)
            previous = point
        ring = inside
    return ring


def clip_line(line: Line, box: Box) -> list[Line]:
    """The stretches of a line that touch a box, each kept to its first point outside."""
    stretches: list[list[Point]] = []
    is_open = False
    for start, end in pairwise(line):
        around = Box.around((start, end))
        if (
            around.right < box.left
            or around.left > box.right
            or around.bottom < box.top
            or around.top > box.bottom
        ):
            is_open = False
        elif is_open:
            stretches[-1].append(end)
        else:
            stretches.append([start, end])
            is_open = True
    return list(stretches)


def ring_path(rings: Iterable[Line]) -> str:
    """SVG path data of filled rings: whole units, relative steps, nothing that has no area left."""
    texts = []
    for ring in rings:
        steps = _steps(ring)
        if steps and steps[0] == steps[-1]:
            steps.pop()
        if len(steps) >= 3:
            texts.append(_relative(steps) + "z")
    return "".join(texts)


def line_path(lines: Iterable[Line]) -> str:
    """SVG path data of open lines: whole units, relative steps."""
    return "".join(_relative(steps) for steps in map(_steps, lines) if len(steps) >= 2)


def vertex_path(points: Iterable[tuple[int, int]]) -> str:
    """SVG path data that passes by every point once, for marks drawn at the vertices of an invisible line."""
    steps = list(points)
    return _relative(steps) if steps else ""


def _steps(line: Line) -> list[tuple[int, int]]:
    """Rounded points without repetition nor a point halfway along a straight stretch."""
    steps: list[tuple[int, int]] = []
    for x, y in line:
        step = (round(x), round(y))
        if steps and steps[-1] == step:
            continue
        if len(steps) >= 2 and triangle_area(steps[-2], steps[-1], step) == 0:
            steps.pop()
            if steps[-1] == step:
                continue
        steps.append(step)
    return steps


def _relative(steps: Sequence[tuple[int, int]]) -> str:
    """« M12 34l1-2 3 4 »: a minus sign separates by itself."""
    (x, y), *others = steps
    start = f"M{x} {y}"
    moves: list[int] = []
    for next_x, next_y in others:
        moves += (next_x - x, next_y - y)
        x, y = next_x, next_y
    return f"{start}l{' '.join(map(str, moves)).replace(' -', '-')}" if moves else start
