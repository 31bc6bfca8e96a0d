from math import cos, hypot, isclose, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.territory.projection import GRS80, QUEBEC_LAMBERT, Ellipsoid, LambertConformalConic

CLARKE_1866_ECCENTRICITY_SQUARED = 0.00676866
latitudes = st.floats(44.5, 63)
longitudes = st.floats(-80, -57)


def ground_steps(latitude: float) -> tuple[float, float]:
    """Metres on the ellipsoid for one radian to the north, and for one radian to the east."""
    squared = GRS80.eccentricity_squared
    phi = radians(latitude)
    root = sqrt(1 - squared * sin(phi) ** 2)
    return GRS80.semi_major_axis * (1 - squared) / root**3, GRS80.semi_major_axis * cos(phi) / root


def map_steps(latitude: float, longitude: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The same two radians on the map, as vectors, by central differences."""
    step = 1e-5

    def difference(ahead: tuple[float, float], behind: tuple[float, float]) -> tuple[float, float]:
        return (ahead[0] - behind[0]) / radians(2 * step), (ahead[1] - behind[1]) / radians(2 * step)

    forward = QUEBEC_LAMBERT.forward
    north = difference(forward(latitude + step, longitude), forward(latitude - step, longitude))
    east = difference(forward(latitude, longitude + step), forward(latitude, longitude - step))
    return north, east


def test_forward_gives_the_worked_example_of_epsg_guidance_note_7_2():
    """Texas South Central, in US survey feet, with its false origin of 2,000,000 ft."""
    texas = LambertConformalConic(
        Ellipsoid(20_925_832.16, CLARKE_1866_ECCENTRICITY_SQUARED),
        first_parallel=28 + 23 / 60,
        second_parallel=30 + 17 / 60,
        origin_latitude=27 + 50 / 60,
        origin_longitude=-99,
    )

    east, north = texas.forward(28.5, -96)

    assert (round(east + 2_000_000, 2), round(north, 2)) == (2_963_503.91, 254_759.80)


def test_forward_gives_the_worked_example_of_snyder():
    """« Map Projections: A Working Manual », page 296."""
    states = LambertConformalConic(
        Ellipsoid(6_378_206.4, CLARKE_1866_ECCENTRICITY_SQUARED),
        first_parallel=33,
        second_parallel=45,
        origin_latitude=23,
        origin_longitude=-96,
    )

    east, north = states.forward(35, -75)

    assert (round(east, 1), round(north, 1)) == (1_894_410.9, 1_564_649.5)
    assert round(states.scale(35), 7) == 0.9970171


@pytest.mark.parametrize(
    ("latitude", "longitude", "east", "north"),
    [
        (44, -68.5, 0, 0),
        (44.99, -79.76, -886_251.0296, 180_252.9126),
        (44.99, -57.1, 897_177.3418, 181_997.4619),
    ],
)
def test_quebec_lambert_gives_the_bounds_published_for_epsg_32198(latitude, longitude, east, north):
    assert QUEBEC_LAMBERT.forward(latitude, longitude) == pytest.approx((east, north), abs=0.001)


@given(latitudes, longitudes)
def test_angles_are_kept_everywhere(latitude, longitude):
    north, east = map_steps(latitude, longitude)
    ground_north, ground_east = ground_steps(latitude)

    assert isclose(hypot(*north) / ground_north, QUEBEC_LAMBERT.scale(latitude), rel_tol=1e-6)
    assert isclose(hypot(*east) / ground_east, QUEBEC_LAMBERT.scale(latitude), rel_tol=1e-6)
    assert abs(north[0] * east[0] + north[1] * east[1]) < 1e-6 * hypot(*north) * hypot(*east)


@pytest.mark.parametrize("parallel", [46, 60])
def test_lengths_are_true_on_the_two_standard_parallels(parallel):
    assert isclose(QUEBEC_LAMBERT.scale(parallel), 1, rel_tol=1e-12)


@given(st.floats(46.01, 59.99))
def test_the_map_shrinks_between_the_parallels_by_less_than_one_per_cent(latitude):
    assert 0.99 < QUEBEC_LAMBERT.scale(latitude) < 1


@given(latitudes, st.floats(0, 11))
def test_the_two_sides_of_the_central_meridian_mirror_each_other(latitude, away):
    east, north = QUEBEC_LAMBERT.forward(latitude, -68.5 + away)

    assert QUEBEC_LAMBERT.forward(latitude, -68.5 - away) == pytest.approx((-east, north), abs=1e-6)


def test_a_longitude_counted_from_the_other_side_is_the_same_place():
    assert QUEBEC_LAMBERT.forward(47, 291.5 - 10) == pytest.approx(QUEBEC_LAMBERT.forward(47, -78.5))
