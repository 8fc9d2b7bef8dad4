"""Where the people of a proof were at the time, by the photos they took for other claims: nobody is at two places at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from workflows.domain.claims.records import Claim
from workflows.domain.evidence import places
from workflows.domain.evidence.records import EvidencePhoto

LOOKED_BACK: Final = timedelta(hours=24)
FASTEST_M_S: Final = 100
"""360 km/h: a fast train's, and more than a flight's from door to door."""
FAR_M: Final = 3_000
"""Less may be a phone that lost its place for a moment."""
TWO_PLACES_S: Final = 30
NEIGHBOURS_M: Final = 300
"""So near to each other two stores may be that one is in both within seconds: the same street, the same mall."""
_MOST: Final = 300


@dataclass(frozen=True)
class Sighting:
    """One photo of somebody: when it was taken, of which site, and where, by the phone and by the site."""

    photo: EvidencePhoto
    at: datetime
    site_organisation: int
    place: places.Place | None
    site_place: places.Place | None


def at_one_place(subject_id: str, other_id: str) -> bool:
    """Are two claims, by their ids, of the same store?"""
    query = Claim.select(Claim.site_organisation).where(Claim.public_id.in_([subject_id, other_id]))
    stores = [row.site_organisation_id for row in query]
    return len(stores) == 2 and stores[0] == stores[1]


def reasons(claim: Claim, photos: Sequence[EvidencePhoto]) -> Iterator[dict[str, Any]]:
    """That the person of one of these photos was elsewhere at the time, or too far away to have come from there."""
    own = _sightings(photos, {claim.public_id: claim})
    for person in sorted({photo.person for photo in photos}):
        mine = [one for one in own if one.photo.person == person]
        others = _elsewhere(person, claim, [one.at for one in mine])
        pairs = [(one, other) for one in mine for other in others]
        yield from _first(_two_places(*pair) for pair in pairs)
        yield from _first(_too_fast(*pair) for pair in pairs)


def _first(found: Iterable[dict[str, Any] | None]) -> Iterator[dict[str, Any]]:
    one = next((reason for reason in found if reason), None)
    if one is not None:
        yield one


def _two_places(one: Sighting, other: Sighting) -> dict[str, Any] | None:
    seconds = abs((one.at - other.at).total_seconds())
    if one.site_organisation == other.site_organisation or seconds > TWO_PLACES_S:
        return None
    if one.site_place and other.site_place and places.distance_m(one.site_place, other.site_place) <= NEIGHBOURS_M:
        return None
    return {"code": "two_places", "photo": one.photo.key, "facts": {"seconds": round(seconds)}}


def _too_fast(one: Sighting, other: Sighting) -> dict[str, Any] | None:
    if one.place is None or other.place is None:
        return None
    unsure_m = places.accuracy_m(one.place) + places.accuracy_m(other.place)
    apart_m = places.distance_m(one.place, other.place) - unsure_m
    seconds = max(1.0, abs((one.at - other.at).total_seconds()))
    if apart_m < FAR_M or apart_m / seconds <= FASTEST_M_S:
        return None
    facts = {"km": round(apart_m / 1_000), "minutes": max(1, round(seconds / 60))}
    return {"code": "impossible_travel", "photo": one.photo.key, "facts": facts}


def _elsewhere(person: str, claim: Claim, moments: Sequence[datetime]) -> list[Sighting]:
    """What the person took for other claims around these moments. A photo taken offline arrives up to days later."""
    if not moments:
        return []
    query = EvidencePhoto.select().where(
        EvidencePhoto.person == person,
        EvidencePhoto.recorded_at >= min(moments) - LOOKED_BACK,
        EvidencePhoto.subject_kind == claim.subject.kind,
        EvidencePhoto.subject_id != claim.public_id,
    )
    photos = list(query.order_by(EvidencePhoto.recorded_at.desc()).limit(_MOST))
    claims = Claim.select().where(Claim.public_id.in_({photo.subject_id for photo in photos}))
    return _sightings(photos, {other.public_id: other for other in claims})


def _sightings(photos: Sequence[EvidencePhoto], claims: Mapping[str, Claim]) -> list[Sighting]:
    return [_sighting(photo, claims[photo.subject_id]) for photo in photos if photo.subject_id in claims]


def _sighting(photo: EvidencePhoto, claim: Claim) -> Sighting:
    taken = min(photo.captured_at or photo.recorded_at, photo.recorded_at)
    place = photo.place or claim.place
    return Sighting(photo, taken, claim.site_organisation_id, place, claim.site.place)
