"""The pictures that show how a shot should look: put by the brand, seen by everybody whom the promotion is shown to."""

import hashlib
import re

from config import clock, database
from workflows.domain.access import Actor, require
from workflows.domain.errors import Conflict, NotFound
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.promotions import announcing
from workflows.domain.promotions.records import SUBJECT_KIND, WITHDRAWN, Promotion, promotion_by_ref, promotions_of
from workflows.domain.promotions.shots import shots_of
from workflows.domain.promotions.standing import OpenPromotion, held, opened

_KEY = re.compile(r"img_[0-9A-Z]{26}")


def promotion_with_shot(actor: Actor, ref: str, shot: str) -> Promotion:
    """The promotion whose shot is to be shown. Raises NotFound, Conflict for a withdrawn one, Forbidden."""
    require(actor, "promotions:write")
    promotion = promotion_by_ref(actor, ref)
    if shot not in {one.key for one in shots_of(promotion)}:
        raise NotFound
    if promotion.state == WITHDRAWN:
        raise Conflict("promotion_withdrawn")
    return promotion


def photo_id(promotion: Promotion, shot: str, sha256: str) -> str:
    """Under which id an example arrives: the same bytes for the same shot are the same picture."""
    return f"pho_{hashlib.sha256(f'{promotion.public_id} {shot} {sha256}'.encode()).hexdigest()[:40]}"


def show_example(actor: Actor, ref: str, shot: str, picture: str) -> tuple[OpenPromotion, bool]:
    """Let a picture (`img_…`) stand for a shot; the promotion as it stands, and whether that changed it."""
    with database.transaction():
        standing = held(actor, promotion_with_shot(actor, ref, shot).public_id)
        promotion = standing.promotion
        shots = [{**kept, "example": picture} if kept["key"] == shot else kept for kept in promotion.shots]
        if shots == promotion.shots:
            return standing, False
        promotion.shots = shots
        promotion.version, promotion.updated_at = promotion.version + 1, clock.now()
        promotion.save()
        now = opened(promotion)
        announcing.published(actor.name_for_audit, now, {"shots"})
        return now, True


def example_with_key(actor: Actor, key: str) -> EvidencePhoto | None:
    """The example picture with our own id, of a promotion that the actor sees."""
    if not _KEY.fullmatch(key):
        return None
    seen = promotions_of(actor).select(Promotion.public_id)
    query = EvidencePhoto.select().where(EvidencePhoto.brand == actor.brand_id, EvidencePhoto.key == key)
    found: EvidencePhoto | None = query.where(
        EvidencePhoto.subject_kind == SUBJECT_KIND, EvidencePhoto.subject_id.in_(seen)
    ).first()
    return found
