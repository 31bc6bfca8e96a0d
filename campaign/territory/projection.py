"""The Lambert conformal conic projection, and the one Québec draws its maps in (EPSG:32198).

Forward formulas of EPSG Guidance Note 7-2 (method 9802) and of Snyder, « Map Projections: A Working Manual »,
chapter 15, on the ellipsoid: a map of Québec from the sphere would be twenty kilometres off in the North.
"""

from dataclasses import dataclass
from functools import cached_property
from math import cos, log, pi, pow, radians, sin, sqrt, tan


@dataclass(frozen=True)
class Ellipsoid:
    """The figure of the Earth a map is computed on; lengths in metres."""

    semi_major_axis: float
    eccentricity_squared: float

    @classmethod
    def from_flattening(cls, semi_major_axis: float, inverse_flattening: float) -> "Ellipsoid":
        flattening = 1 / inverse_flattening
        return cls(semi_major_axis, flattening * (2 - flattening))


GRS80 = Ellipsoid.from_flattening(6_378_137.0, 298.257222101)


@dataclass(frozen=True)
class LambertConformalConic:
    """A cone that cuts the ellipsoid along two parallels. Degrees in, the ellipsoid's unit out."""

    ellipsoid: Ellipsoid
    first_parallel: float
    second_parallel: float
    origin_latitude: float
    origin_longitude: float

    def forward(self, latitude: float, longitude: float) -> tuple[float, float]:
        """East and north of the origin; longitudes are counted from its meridian the short way round."""
        radius = self._radius(radians(latitude))
        angle = self._cone * radians((longitude - self.origin_longitude + 180) % 360 - 180)
        return radius * sin(angle), self._origin_radius - radius * cos(angle)

    def scale(self, latitude: float) -> float:
        """By how much the map lengthens the ground at this latitude, the same in every direction."""
        phi = radians(latitude)
        return self._cone * self._radius(phi) / (self.ellipsoid.semi_major_axis * self._parallel_radius(phi))

    @cached_property
    def _cone(self) -> float:
        first, second = radians(self.first_parallel), radians(self.second_parallel)
        return log(self._parallel_radius(first) / self._parallel_radius(second)) / log(
            self._isometric(first) / self._isometric(second)
        )

    @cached_property
    def _factor(self) -> float:
        first = radians(self.first_parallel)
        return self._parallel_radius(first) / (self._cone * pow(self._isometric(first), self._cone))

    @cached_property
    def _origin_radius(self) -> float:
        return self._radius(radians(self.origin_latitude))

    def _radius(self, phi: float) -> float:
        """From the apex of the cone to a parallel (Snyder's rho)."""
        return self.ellipsoid.semi_major_axis * self._factor * pow(self._isometric(phi), self._cone)

    def _parallel_radius(self, phi: float) -> float:
        """Of the circle of latitude itself, for a semi-major axis of one (Snyder's m)."""
        return cos(phi) / sqrt(1 - self.ellipsoid.eccentricity_squared * sin(phi) ** 2)

    def _isometric(self, phi: float) -> float:
        """Snyder's t: the isometric colatitude, which makes the projection conformal."""
        eccentricity = sqrt(self.ellipsoid.eccentricity_squared)
        flattened = eccentricity * sin(phi)
        return tan(pi / 4 - phi / 2) / pow((1 - flattened) / (1 + flattened), eccentricity / 2)


QUEBEC_LAMBERT = LambertConformalConic(
    GRS80, first_parallel=60, second_parallel=46, origin_latitude=44, origin_longitude=-68.5
)
