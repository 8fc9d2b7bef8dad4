"""How far a proof can be believed: what is odd about it, and how odd that is together. It rejects nothing; a person does.

What a photo shows by itself was found when it was checked. Here it is held against its claim: whose it is, its one-time code, the
promotion's days, the place, and what else its person took at the time. The weights are those of `evidence.findings.FINDINGS`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from workflows.domain.claims import routes
from workflows.domain.claims.records import Claim
from workflows.domain.evidence import challenges, findings, places, reuse
from workflows.domain.evidence.records import ALBUM, RECEIVED, Challenge, EvidencePhoto
from workflows.domain.promotions.records import Promotion, Site

PLACE_UNKNOWN_FROM_M: Final = 2_000
"""A place that is less exact than this says nothing: it would reach into any fence."""
OFFLINE_FOR: Final = timedelta(hours=72)
"""So long may photos wait for a signal."""
CLOCK_TOLERANCE: Final = timedelta(minutes=10)
BURST_COUNT: Final = 5
BURST_S: Final = 5

Reason = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What is odd about a proof: reasons are `{"code", "photo"?, "facts"}`, photo being the server's key of one.

    score is 0, nothing, to 100. distance_m is how far from its place the proof was sent, None where that is unknown.
    """

    score: int
    is_held: bool
    reasons: list[Reason]
    distance_m: int | None = None

    @property
    def may_pay_by_itself(self) -> bool:
        """Is there nothing that a person must see?"""
        return findings.may_pay_by_itself([reason["code"] for reason in self.reasons])


def score(claim: Claim, promotion: Promotion, site: Site, photos: Sequence[EvidencePhoto]) -> Verdict:
    """Everything that is odd about the proof as it stands; `photos` are those that it names, as far as they are there."""
    shots = _shots(claim, photos)
    reasons = [
        *_missing(claim, photos),
        *(reason for shot, photo in shots for reason in _of_photo(claim, promotion, site, shot, photo)),
        *_twice(photos),
        *_of_places(claim, promotion, site, photos),
        *_burst(photos),
        *routes.reasons(claim, photos),
    ]
    codes = [reason["code"] for reason in reasons]
    return Verdict(findings.points(codes), findings.is_held(codes), reasons, _distance(claim, site, photos))


def photos_of(claim: Claim) -> list[EvidencePhoto]:
    """The photos that the claim names, as far as they came for it, in the order they came."""
    named = [photo_id for shot in claim.photos.values() for photo_id in shot]
    query = EvidencePhoto.select().where(
        EvidencePhoto.brand == claim.brand,
        EvidencePhoto.organisation == claim.prover_id,
        EvidencePhoto.public_id.in_(named),
    )
    return list(query.order_by(EvidencePhoto.id))


def taken_at(photo: EvidencePhoto) -> datetime:
    """When it was taken, as far as that can be believed: not after it arrived."""
    captured_at: datetime | None = photo.captured_at
    recorded_at: datetime = photo.recorded_at
    return min(captured_at or recorded_at, recorded_at)


def _reason(code: str, photo: EvidencePhoto | None = None, **facts: Any) -> Reason:
    about = {} if photo is None else {"photo": photo.key}
    return {"code": code, **about, "facts": facts}


def _shots(claim: Claim, photos: Sequence[EvidencePhoto]) -> list[tuple[str, EvidencePhoto]]:
    by_id = {photo.public_id: photo for photo in photos}
    return [(shot, by_id[name]) for shot, names in claim.photos.items() for name in names if name in by_id]


def _missing(claim: Claim, photos: Sequence[EvidencePhoto]) -> Iterator[Reason]:
    known = {photo.public_id for photo in photos}
    for name in sorted({name for names in claim.photos.values() for name in names} - known):
        yield _reason("wrong_owner", id=name)


def _of_photo(claim: Claim, promotion: Promotion, site: Site, shot: str, photo: EvidencePhoto) -> Iterator[Reason]:
    if photo.subject_id != claim.public_id:
        yield _reason("wrong_owner", photo)
    if photo.state == RECEIVED:
        yield _reason("unchecked", photo)
    for found in photo.findings:
        yield {"code": found["code"], "photo": photo.key, "facts": found["facts"]}
    yield from _of_code(photo)
    yield from _of_time(promotion, site, photo)
    yield from _of_shot(promotion, shot, photo)


def _of_code(photo: EvidencePhoto) -> Iterator[Reason]:
    wrong = challenges.standing(photo)
    if wrong is not None:
        yield _reason(wrong, photo)
        return
    issued_at = _issued_at(photo)
    if issued_at is not None and taken_at(photo) < issued_at - CLOCK_TOLERANCE:
        yield _reason("taken_before_code", photo, minutes=_minutes(issued_at - taken_at(photo)))


def _issued_at(photo: EvidencePhoto) -> datetime | None:
    query = Challenge.select(Challenge.issued_at).where(
        Challenge.subject_id == photo.subject_id,
        Challenge.code == photo.challenge,
        Challenge.person == photo.person,
        Challenge.device == photo.device,
    )
    found = query.order_by(Challenge.id.desc()).first()
    return None if found is None else found.issued_at


def _of_time(promotion: Promotion, site: Site, photo: EvidencePhoto) -> Iterator[Reason]:
    """The days are the place's own. What the phone says counts within what we saw: its clock may be off by a little."""
    taken, arrived = taken_at(photo), photo.recorded_at
    day = _day(taken, site)
    if not promotion.starts_on <= day <= promotion.ends_on:
        facts = {"first": promotion.starts_on, "last": promotion.ends_on, "day": day}
        yield _reason("outside_window", photo, **{name: at.isoformat() for name, at in facts.items()})
    if arrived - taken > OFFLINE_FOR:
        yield _reason("late_capture", photo, hours=_minutes(arrived - taken) // 60)
    if photo.captured_at is not None and photo.captured_at - arrived > CLOCK_TOLERANCE:
        yield _reason("clock_off", photo, minutes=_minutes(photo.captured_at - arrived))


def _day(at: datetime, site: Site) -> date:
    return at.astimezone(ZoneInfo(site.organisation.time_zone)).date()


def _of_shot(promotion: Promotion, key: str, photo: EvidencePhoto) -> Iterator[Reason]:
    wanted: Mapping[str, Any] = next((shot for shot in promotion.shots if shot["key"] == key), {})
    if photo.source == ALBUM:
        yield _reason("album" if wanted.get("album") else "album_not_allowed", photo)
    is_small = (photo.width or 0) * (photo.height or 0) < (wanted.get("min_pixels") or 0)
    if photo.width and is_small and not any(found["code"] == "too_small" for found in photo.findings):
        yield _reason("too_small", photo)


def _twice(photos: Sequence[EvidencePhoto]) -> Iterator[Reason]:
    """One picture cannot show two shots."""
    first: dict[str, EvidencePhoto] = {}
    for photo in photos:
        other = first.setdefault(photo.sha256, photo)
        if other is not photo:
            yield {"code": reuse.EXACTLY, "photo": photo.key, "facts": {"photo": other.key, "same_brand": True}}


def _of_places(claim: Claim, promotion: Promotion, site: Site, photos: Sequence[EvidencePhoto]) -> Iterator[Reason]:
    told = list(_told_places(claim, photos))
    if not told:
        yield _reason("place_refused")
    elif site.place is None:
        yield _reason("site_unknown")
    else:
        for photo, place in told:
            yield from _of_place(photo, place, site.place, promotion.radius_m)


def _of_place(photo: EvidencePhoto | None, told: places.Place, wanted: places.Place, radius_m: int) -> Iterator[Reason]:
    accuracy_m = places.accuracy_m(told)
    distance_m = places.distance_m(told, wanted)
    if accuracy_m >= PLACE_UNKNOWN_FROM_M:
        yield _reason("place_unknown", photo, accuracy_m=accuracy_m)
    elif distance_m - accuracy_m > radius_m:
        yield _reason("place_far", photo, distance_m=distance_m, radius_m=radius_m)


def _told_places(claim: Claim, photos: Iterable[EvidencePhoto]) -> Iterator[tuple[EvidencePhoto | None, places.Place]]:
    if claim.place is not None:
        yield None, claim.place
    yield from ((photo, photo.place) for photo in photos if photo.place is not None)


def _distance(claim: Claim, site: Site, photos: Sequence[EvidencePhoto]) -> int | None:
    told = next((place for _photo, place in _told_places(claim, photos)), None)
    return None if told is None or site.place is None else places.distance_m(told, site.place)


def _burst(photos: Sequence[EvidencePhoto]) -> Iterator[Reason]:
    """So many within so few seconds: nobody looked at what they took."""
    by_person: dict[str, list[datetime]] = defaultdict(list)
    for photo in photos:
        if photo.captured_at is not None:
            by_person[photo.person].append(taken_at(photo))
    for moments in by_person.values():
        moments.sort()
        for first, last in zip(moments, moments[BURST_COUNT - 1 :], strict=False):
            if (last - first).total_seconds() <= BURST_S:
                yield _reason("burst", count=BURST_COUNT, seconds=BURST_S)
                return


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)
