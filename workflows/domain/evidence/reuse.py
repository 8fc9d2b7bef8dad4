"""Was this picture used before, anywhere: the same bytes, or nearly the same look?

All brands and partners are searched; a finding names the other photo for those who may see both, and says of its owner only
whether it is the same brand's. Sending a photo of a claim again is no reuse as long as the claim was not sent with it.

Two photos may be checked at the same moment. Each is stored before it is searched for, so at least one of them sees the other;
of two that both could see, the one that came later is named.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from workflows.domain.evidence import likeness
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.records import RECEIVED, Challenge, EvidencePhoto

EXACTLY, NEARLY = "seen_before_exactly", "seen_before"
ONE_PLACE_BITS: Final = 3
"""Photos of one shelf, taken for two promotions, are honestly alike: there only what is hardly another picture at all counts."""
_MOST: Final = 50

AtOnePlace: TypeAlias = Callable[[str, str], bool]
"""Are two subjects, by their ids, about the same place? Who knows the subjects says."""


def same_bytes(photo: EvidencePhoto) -> list[dict[str, Any]]:
    """The finding that exactly these bytes came before, if they did. The caller has serialised by the bytes' hash."""
    query = EvidencePhoto.select().where(EvidencePhoto.sha256 == photo.sha256, EvidencePhoto.id != photo.id)
    others = [other for other in query.order_by(EvidencePhoto.id).limit(_MOST) if _is_reuse(photo, other)]
    named = [other for other in others if not _comes_to_blame(photo, other)]
    return _found(EXACTLY, photo, named)


def same_look(photo: EvidencePhoto, prints: Iterable[Print], at_one_place: AtOnePlace) -> list[dict[str, Any]]:
    """The finding that a photo of something else looks nearly the same, if one does. The photo's own prints are kept already."""
    near = likeness.alike(prints, but=photo.id)[:_MOST]
    rows = EvidencePhoto.select().where(EvidencePhoto.id.in_([one.photo for one in near]))
    bits = {one.photo: one.bits for one in near}
    others = [
        other
        for other in rows
        if other.subject_id != photo.subject_id
        and other.sha256 != photo.sha256
        and not _is_blamed(photo, other, NEARLY)
        and (bits[other.id] <= ONE_PLACE_BITS or not at_one_place(photo.subject_id, other.subject_id))
    ]
    return _found(NEARLY, photo, sorted(others, key=lambda other: bits[other.id]))


def _is_reuse(photo: EvidencePhoto, other: EvidencePhoto) -> bool:
    """Within one claim, only what a proof was sent with before is used again; a photo that was replaced is not."""
    if other.subject_id != photo.subject_id:
        return True
    if other.conversation == photo.conversation or not other.challenge:
        return False
    return bool(
        Challenge.select()
        .where(
            Challenge.subject_id == other.subject_id,
            Challenge.code == other.challenge,
            Challenge.used_at >= other.recorded_at,
        )
        .exists()
    )


def _comes_to_blame(photo: EvidencePhoto, other: EvidencePhoto) -> bool:
    """Came the other one later, and is or will it be named itself? Its check waits for ours: the bytes' hash is serialised."""
    return (other.id > photo.id and other.state == RECEIVED) or _is_blamed(photo, other, EXACTLY)


def _is_blamed(photo: EvidencePhoto, other: EvidencePhoto, code: str) -> bool:
    """Came the other one later, and was it named for that?"""
    return other.id > photo.id and any(found["code"] == code for found in other.findings)


def _found(code: str, photo: EvidencePhoto, others: Sequence[EvidencePhoto]) -> list[dict[str, Any]]:
    """Of several, the first that the photo's own reviewers may see."""
    if not others:
        return []
    other = next((one for one in others if one.brand == photo.brand), others[0])
    return [{"code": code, "facts": {"photo": other.key, "same_brand": other.brand == photo.brand}}]
