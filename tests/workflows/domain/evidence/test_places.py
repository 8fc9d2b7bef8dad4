"""How far a phone was from a store, on whichever map each of them is told."""

import itertools

import pytest

from workflows.domain.evidence import places
from workflows.domain.evidence.places import Point, distance_m, gcj02_of, point_of

# Pairs that other implementations of the shift publish: the same spot on WGS-84 and on GCJ-02.
KNOWN = {
    "Shanghai": ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    "Shenzhen": ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    "Beijing": ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
}
ELSEWHERE = {
    "Tokyo": (35.6812, 139.7671),
    "Seoul": (37.5665, 126.9780),
    "Taipei": (25.0330, 121.5654),
    "Hanoi": (21.0278, 105.8342),
    "Paris": (48.8566, 2.3522),
    "Sydney": (-33.8688, 151.2093),
}


def place(degrees: tuple[float, float], system: str = "wgs84") -> dict[str, str]:
    latitude, longitude = degrees
    return {"latitude": f"{latitude:.9f}", "longitude": f"{longitude:.9f}", "system": system}


@pytest.mark.parametrize("city", KNOWN)
class TestTheTwoMaps:
    def test_a_store_on_the_one_and_a_phone_on_the_other_are_at_one_spot(self, city: str) -> None:
        """Shown red without the conversion: the same numbers read on one map are some 500 m apart."""
        wgs, gcj = KNOWN[city]
        assert distance_m(place(wgs), place(gcj, "gcj02")) <= 1
        assert 400 < distance_m(place(wgs), place(gcj)) < 800

    def test_the_shift_is_the_published_one(self, city: str) -> None:
        wgs, gcj = KNOWN[city]
        drawn = gcj02_of(Point(*wgs))
        assert distance_m(place((drawn.latitude, drawn.longitude)), place(gcj)) <= 1


def test_there_and_back_is_the_same_spot_all_over_the_mainland() -> None:
    for latitude, longitude in itertools.product(range(22, 48, 2), range(98, 123, 3)):
        spot = Point(latitude + 0.31, longitude + 0.17)
        drawn = gcj02_of(spot)
        back = point_of({"latitude": drawn.latitude, "longitude": drawn.longitude, "system": "gcj02"})
        assert back.latitude == pytest.approx(spot.latitude, abs=1e-6)
        assert back.longitude == pytest.approx(spot.longitude, abs=1e-6)


@pytest.mark.parametrize("city", ELSEWHERE)
def test_outside_the_mainland_nothing_is_moved(city: str) -> None:
    spot = ELSEWHERE[city]
    assert distance_m(place(spot, "gcj02"), place(spot)) == 0


def test_a_phone_beside_the_store_is_not_half_a_city_away() -> None:
    store = place((31.2304, 121.4737))
    drawn = gcj02_of(Point(31.2304, 121.4737))
    phone = {"latitude": drawn.latitude, "longitude": drawn.longitude, "accuracy_m": 20, "system": "gcj02"}
    assert distance_m(phone, store) == 0


def test_distances_are_those_of_the_globe() -> None:
    shanghai, beijing = place((31.2304, 121.4737)), place((39.9042, 116.4074))
    assert distance_m(shanghai, beijing) == pytest.approx(1_068_000, rel=0.005)
    assert distance_m(place((0.0, 0.0)), place((0.0, 180.0))) == pytest.approx(20_015_000, rel=0.001)
    assert distance_m(place((0.0, 179.9999)), place((0.0, -179.9999))) == 22


def test_a_place_that_does_not_say_how_exact_it_is_counts_as_one_indoors() -> None:
    assert places.accuracy_m(place((31.2, 121.4))) == places.ASSUMED_ACCURACY_M
    assert places.accuracy_m({**place((31.2, 121.4)), "accuracy_m": 12.2}) == 13
