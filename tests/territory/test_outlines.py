from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.territory.outlines import (
    Box,
    clip_line,
    clip_ring,
    cut_arcs,
    inside_stretches,
    join_rings,
    line_path,
    ring_path,
    triangle_area,
    vertex_path,
)

WEST = [(0, 0), (4, 0), (4, 2), (5, 3), (4, 4), (0, 4), (0, 0)]
EAST = [(4, 0), (9, 0), (9, 4), (4, 4), (5, 3), (4, 2), (4, 0)]
ISLE = [(20, 20), (21, 20), (20, 21), (20, 20)]
units = st.integers(-50, 50)
points = st.tuples(units, units)


def same_place(point):
    return point


def area(ring):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]]))) / 2


def comb(heights):
    """A ring with a flat base and one tooth for each height."""
    teeth = [(float(index), float(height)) for index, height in enumerate(heights)]
    return [(0.0, 0.0), *teeth, (float(len(heights) - 1), 0.0), (0.0, 0.0)]


def test_a_common_border_is_one_arc_with_two_owners():
    arcs = cut_arcs({"west": [WEST], "east": [EAST], "isle": [ISLE]}, same_place)

    assert sorted((sorted(arc.owners), len(arc.points)) for arc in arcs) == [
        (["east"], 4),
        (["east", "west"], 4),
        (["isle"], 4),
        (["west"], 4),
    ]


def test_joining_the_arcs_of_one_owner_gives_its_ring_back():
    arcs = cut_arcs({"west": [WEST], "east": [EAST]}, same_place)

    (ring,) = join_rings(arc.points for arc in arcs if "west" in arc.owners)

    assert {frozenset(pair) for pair in pairwise(ring)} == {frozenset(pair) for pair in pairwise(WEST)}


def test_joining_the_outer_arcs_gives_the_union():
    arcs = cut_arcs({"west": [WEST], "east": [EAST], "isle": [ISLE]}, same_place)

    rings = join_rings(arc.points for arc in arcs if len(arc.owners) == 1)

    assert sorted(map(area, rings)) == [0.5, 36]


def test_lines_that_leave_a_ring_open_are_refused():
    with pytest.raises(ValueError, match="open"):
        join_rings([[(0, 0), (1, 0), (1, 1)]])


@given(st.floats(0, 40))
def test_neighbours_stay_joined_whatever_is_thinned(tolerance):
    arcs = cut_arcs({"west": [WEST], "east": [EAST]}, same_place)
    thinned = {arc.owners: arc.thinned(tolerance) for arc in arcs}

    def drawn(owner):
        return sum(area(ring) for ring in join_rings(line for own, line in thinned.items() if owner in own))

    union = sum(area(ring) for ring in join_rings(line for own, line in thinned.items() if len(own) == 1))

    assert drawn("west") + drawn("east") == union


@given(st.lists(st.integers(1, 30), min_size=3, max_size=25), st.floats(0, 200))
def test_thinning_more_never_brings_a_point_back(heights, tolerance):
    (arc,) = cut_arcs({"comb": [comb(heights)]}, same_place)

    assert set(arc.thinned(tolerance * 2 + 1)) <= set(arc.thinned(tolerance))


def test_thinning_keeps_both_ends_and_drops_the_least_bend_first():
    line = [(0.0, 0.0), (1.0, 0.1), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]
    (arc,) = (
        arc
        for arc in cut_arcs(
            {"a": [[*line, (0.0, -9.0), line[0]]], "b": [[*line, (0.0, 9.0), line[0]]]}, same_place
        )
        if len(arc.owners) == 2
    )

    assert sorted(arc.thinned(0.2)) == [(0.0, 0.0), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]
    assert sorted(arc.thinned(1000)) == [(0.0, 0.0), (4.0, 0.0)]


def test_a_shore_too_small_for_the_scale_disappears():
    (arc,) = cut_arcs({"isle": [ISLE]}, same_place)

    assert arc.thinned(10) == ()


@given(st.lists(points, min_size=3, max_size=12), points, points)
def test_a_clipped_ring_stays_in_its_box(ring, corner, opposite):
    box = Box(
        min(corner[0], opposite[0]), min(corner[1], opposite[1]),
        max(corner[0], opposite[0]), max(corner[1], opposite[1]),
    )  # fmt: skip

    assert all(box.grown(1e-9).contains(point) for point in clip_ring(ring, box))


def test_clipping_keeps_what_is_inside_and_cuts_at_the_sides():
    square = [(-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5)]

    assert area(clip_ring(square, Box(0, 0, 100, 100))) == 25
    assert clip_ring(square, Box(50, 50, 60, 60)) == []


def test_a_clipped_line_keeps_each_stretch_to_its_first_point_outside():
    line = [(0, 0), (50, 0), (90, 0), (90, 90), (5, 90), (5, 5)]

    assert clip_line(line, Box(-10, -10, 20, 20)) == [[(0, 0), (50, 0)], [(5, 90), (5, 5)]]


def test_a_proportioned_box_grows_about_its_centre():
    assert Box(0, 0, 10, 1).proportioned(0.5, 1) == Box(0, -2, 10, 3)
    assert Box(0, 0, 1, 10).proportioned(0.5, 1) == Box(-4.5, 0, 5.5, 10)
    assert Box(0, 0, 10, 8).proportioned(0.5, 1) == Box(0, 0, 10, 8)


def test_inside_stretches_skip_the_holes():
    hole = [(2, 1), (3, 1), (3, 3), (2, 3), (2, 1)]

    assert inside_stretches([WEST, hole], 2.5) == [(0, 2), (3, 4.5)]
    assert inside_stretches([WEST], 9) == []


def test_paths_are_whole_relative_and_short():
    assert ring_path([WEST]) == "M0 0l4 0 0 2 1 1-1 1-4 0z"
    assert line_path([[(0.2, 0.4), (0.4, 0.4), (10.6, 0)], [(7, 7)]]) == "M0 0l11 0"
    assert vertex_path([(3, 4), (1, 9)]) == "M3 4l-2 5"
    assert vertex_path([]) == ""


def test_a_path_drops_points_halfway_along_a_straight_stretch_and_rings_without_area():
    assert line_path([[(0, 0), (5, 5), (10, 10), (10, 0)]]) == "M0 0l10 10 0-10"
    assert ring_path([[(0, 0), (9, 0), (18, 0), (0, 0)], []]) == ""


def test_triangle_area_does_not_depend_on_the_way_round():
    assert triangle_area((0, 0), (4, 0), (0, 2)) == triangle_area((0, 0), (0, 2), (4, 0)) == 4
