"""A claim as its reviewer sees it: photos side by side with the shots wanted, reasons, and what looks alike.

A picture that looks alike is shown only where the reviewer's own brand has it; of another's nothing is said but that it was
seen before. No other partner is named either way.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.text import Text
from workflows.domain.claims import decision_wording as wording
from workflows.domain.claims.reviewing import ClaimReview
from workflows.domain.evidence import findings
from workflows.domain.evidence.records import EvidencePhoto

Facts = Sequence[tuple[Text, Text]]
_ALIKE = frozenset({"seen_before", "seen_before_exactly"})
_SEEN_BEFORE = Text(en="Seen before", zh="以前出现过")
_SEEN_HERE = Text(en="Sent for this claim on {day}", zh="{day} 在本次活动中提交过")
_SEEN_ELSEWHERE = Text(en="Sent for another store or promotion on {day}", zh="{day} 在其他门店或活动中提交过")


def proof_of(opened: ClaimReview, facts: Facts) -> dict[str, Any]:
    """All of it, texts in both languages; facts are the answers to the brand's own questions as people read them."""
    claim, promotion = opened.claim, opened.promotion
    return {
        "store": opened.store.name,
        "partner": opened.partner.name,
        "promotion": promotion.title_text,
        "sent_at": _moment(claim.sent_at),
        "sent_by": opened.names.get(claim.sent_by or ""),
        "round": claim.round,
        "place": {"text": place_text(opened)},
        "code": code_of(opened),
        "amount": wording.money(claim.amount or 0, promotion.currency),
        "score": claim.score,
        "held": claim.is_held,
        "reasons": [_reason(one) for one in claim.reasons if not one.get("photo")],
        "shots": [_shot(opened, shot) for shot in promotion.shots],
        "facts": [[label, value] for label, value in facts],
        "decisions": _decisions(opened),
    }


def place_text(opened: ClaimReview) -> Text:
    """How far from the store the person said to be."""
    distance = opened.claim.distance_m
    if distance is None:
        return Text(en="Place not known", zh="位置未知")
    if distance < 1_000:
        return Text(en="{metres} m from the store", zh="距门店 {metres} 米").format(metres=distance)
    return Text(en="{km} km from the store", zh="距门店 {km} 公里").format(km=f"{distance / 1_000:.1f}")


def code_of(opened: ClaimReview) -> str | None:
    """The codes that must stand in the photos, as they are written; None where none was drawn."""
    codes = sorted({photo.challenge for photo in _standing(opened) if photo.challenge})
    return " / ".join(codes) or None


def _standing(opened: ClaimReview) -> Iterator[EvidencePhoto]:
    """The photos that the proof consists of now."""
    kept = {photo for ids in opened.claim.photos.values() for photo in ids}
    yield from (photo for photo in opened.photos if photo.public_id in kept)


def _shot(opened: ClaimReview, shot: Mapping[str, Any]) -> dict[str, Any]:
    by_id = {photo.public_id: photo for photo in opened.photos}
    sent = [by_id[photo] for photo in opened.claim.photos.get(shot["key"], ()) if photo in by_id]
    return {
        "key": shot["key"],
        "text": Text.from_json(shot["text"]),
        "wanted": _wanted(shot["min"], shot["max"]),
        "example": shot.get("example"),
        "photos": [_photo(opened, photo) for photo in sent],
    }


def _wanted(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _photo(opened: ClaimReview, photo: EvidencePhoto) -> dict[str, Any]:
    reasons = [one for one in opened.claim.reasons if one.get("photo") in {photo.key, photo.public_id}]
    return {
        "photo": photo.key,
        "captured_at": _moment(photo.captured_at),
        "code": photo.challenge,
        "reasons": [_reason(one) for one in reasons],
        "alike": [_alike(opened, one) for one in reasons if one["code"] in _ALIKE],
    }


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    code = reason["code"]
    return {"code": code, "level": findings.of(code).level, "text": findings.says(code, reason.get("facts", {}))}


def _alike(opened: ClaimReview, reason: Mapping[str, Any]) -> dict[str, Any]:
    photo = opened.alike.get(reason.get("facts", {}).get("photo"))
    if photo is None:
        return {"photo": None, "text": _SEEN_BEFORE}
    said = _SEEN_HERE if photo.subject_id == opened.claim.public_id else _SEEN_ELSEWHERE
    day = photo.recorded_at.astimezone(ZoneInfo(opened.store.time_zone)).date()
    return {"photo": photo.key, "text": said.format(day=day)}


def _decisions(opened: ClaimReview) -> list[dict[str, Any]]:
    return [
        {"text": wording.decision_text(opened.promotion, one, opened.names.get(one.by)), "at": _moment(one.at)}
        for one in opened.decisions
    ]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
