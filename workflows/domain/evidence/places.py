"""Places on earth, how far they are from each other, and the two maps they are told on.

A place is `{"latitude", "longitude", "system", "accuracy_m"?}`, degrees as numbers or as text. Phones and most of the world
measure on WGS-84. Maps sold in mainland China are drawn on GCJ-02, which moves every point by 100 to 700 m: a point of the one
beside a store of the other would put honest people outside every fence. There is no published inverse; the shift hardly
changes within its own length, so a few rounds of taking it away again are exact to centimetres.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WGS84, GCJ02 = "wgs84", "gcj02"
Place = Mapping[str, Any]

ASSUMED_ACCURACY_M: Final = 100
"""What a place that does not say how exact it is counts as: what a phone indoors is good for."""

_EARTH_M: Final = 6_371_008.8  # mean radius, IUGG
_AXIS_M: Final = 6_378_245.0  # Krasovsky 1940, on which GCJ-02 is computed
_ECCENTRICITY: Final = 0.006_693_421_622_965_943_23
_ROUNDS: Final = 6
# South, west, north, east of where maps are drawn on GCJ-02, by the rectangles that are in common use, and what of them is not
# the mainland's. Within some kilometres of a border this is a guess.
_SHIFTED: Final = (
    (42.8899, 79.4462, 49.2204, 96.33),
    (39.3742, 109.6872, 54.1415, 135.0002),
    (29.5297, 73.1246, 42.8899, 124.143255),
    (26.7186, 82.9684, 29.5297, 97.0352),
    (20.414096, 97.0253, 29.5297, 124.367395),
    (17.871542, 107.975793, 20.414096, 111.744104),
)
_NOT_SHIFTED: Final = (
    (21.785006, 119.921265, 25.398623, 122.497559),
    (20.0988, 101.8652, 22.284, 106.665),
    (20.4878, 106.4525, 21.5422, 108.051),
    (50.3257, 109.0323, 55.8175, 119.127),
    (49.5574, 127.4568, 55.8175, 137.0227),
    (42.5692, 131.2662, 44.8922, 137.0227),
)


@dataclass(frozen=True)
class Point:
    """Degrees on WGS-84, north and east positive."""

    latitude: float
    longitude: float


def distance_m(one: Place, other: Place) -> int:
    """How far two places are from each other over the ground, in whole metres, whichever maps they are told on."""
    return round(_haversine_m(point_of(one), point_of(other)))


def accuracy_m(place: Place) -> int:
    """How far the phone says it may be off, in metres."""
    told = place.get("accuracy_m")
    return ASSUMED_ACCURACY_M if told is None else math.ceil(float(told))


def point_of(place: Place) -> Point:
    """The place on WGS-84."""
    told = Point(float(place["latitude"]), float(place["longitude"]))
    return _unshifted(told) if place.get("system", WGS84) == GCJ02 else told


def gcj02_of(point: Point) -> Point:
    """Where a map on GCJ-02 draws the point; outside mainland China where it is."""
    if not _is_shifted(point):
        return point
    north, east = _shift(point)
    return Point(point.latitude + north, point.longitude + east)


def _unshifted(drawn: Point) -> Point:
    if not _is_shifted(drawn):
        return drawn
    found = drawn
    for _ in range(_ROUNDS):
        north, east = _shift(found)
        found = Point(drawn.latitude - north, drawn.longitude - east)
    return found


def _haversine_m(one: Point, other: Point) -> float:
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    up, along = (north - south) / 2, math.radians(other.longitude - one.longitude) / 2
    chord = math.sin(up) ** 2 + math.cos(south) * math.cos(north) * math.sin(along) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, chord)))


def _is_shifted(point: Point) -> bool:
    return any(_is_in(point, box) for box in _SHIFTED) and not any(_is_in(point, box) for box in _NOT_SHIFTED)


def _is_in(point: Point, box: tuple[float, float, float, float]) -> bool:
    south, west, north, east = box
    return south <= point.latitude <= north and west <= point.longitude <= east


def _shift(point: Point) -> tuple[float, float]:
    """How many degrees further north and east GCJ-02 draws a point: two polynomials with sines of several lengths."""
    x, y = point.longitude - 105.0, point.latitude - 35.0
    ripple = _waves(x, (20.0, 6.0), (20.0, 2.0))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north_m += ripple + _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east_m += ripple + _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    latitude = math.radians(point.latitude)
    bend = 1 - _ECCENTRICITY * math.sin(latitude) ** 2
    north = math.degrees(north_m / (_AXIS_M * (1 - _ECCENTRICITY) / (bend * math.sqrt(bend))))
    return north, math.degrees(east_m / (_AXIS_M / math.sqrt(bend) * math.cos(latitude)))


def _waves(along: float, *waves: tuple[float, float]) -> float:
    """The sum of sines, each (height, turns per two degrees), two thirds of it."""
    return sum(height * math.sin(along * turns * math.pi) for height, turns in waves) * 2 / 3
