"""Publishing a promotion, changing it, and withdrawing it: what the brand does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config import clock, database
from config.ids import new_id
from workflows.domain import tasks
from workflows.domain.access import Actor, require
from workflows.domain.documents import own_ref, require_edited
from workflows.domain.errors import Conflict
from workflows.domain.promotions import announcing, signing, taking_part, wording
from workflows.domain.promotions.promotion_document import FactsReader, PromotionDocument, read_promotion
from workflows.domain.promotions.records import (
    ASKED,
    JOINED,
    WITHDRAWN,
    Promotion,
    promotion_by_ref,
    promotions_of,
)
from workflows.domain.promotions.standing import OpenPromotion, document_of, held, opened
from workflows.domain.promotions.taking_part import Change, Saved


@dataclass(frozen=True)
class Requested:
    """What a PUT of a promotion did, or its withdrawal."""

    opened: OpenPromotion
    is_new: bool
    is_changed: bool


def put_promotion(
    actor: Actor, ref: str, fields: Mapping[str, Any], read_facts: FactsReader, version: int | None = None
) -> Requested:
    """Publish a promotion under `ref`, or change it; the same content changes nothing.

    version is the one the caller edited, where it says so. Proofs are asked for by the caller (`claims.publishing`). Raises
    Invalid with every fault, Conflict for a withdrawn promotion, StaleVersion, Forbidden.
    """
    require(actor, "promotions:write")
    own_ref(ref)
    with database.transaction():
        database.serialise("promotion-ref", actor.brand_id, ref)
        found = promotions_of(actor).where(Promotion.ref == ref).first()
        if found is None:
            document = read_promotion(actor, fields, read_facts, None)
            require_edited(version, None)
            return _create(actor, ref, document)
        standing = held(actor, found.public_id)
        require_edited(version, standing.promotion.version)
        return _replace(actor, standing, read_promotion(actor, fields, read_facts, document_of(standing)))


def withdraw_promotion(actor: Actor, ref: str) -> Requested:
    """Ask no more, of anybody; withdrawing twice changes nothing. Raises NotFound, Forbidden."""
    require(actor, "promotions:write")
    with database.transaction():
        standing = held(actor, promotion_by_ref(actor, ref).public_id)
        promotion = standing.promotion
        if promotion.state == WITHDRAWN:
            return Requested(standing, is_new=False, is_changed=False)
        promotion.state, promotion.version, promotion.updated_at = WITHDRAWN, promotion.version + 1, clock.now()
        promotion.save()
        signers = [one for one in standing.participants if one.participation.state in {ASKED, JOINED}]
        announcing.close_tasks(promotion, [one.participation for one in signers], tasks.CANCELLED)
        taking_part.outdate(promotion)
        announcing.withdrawn(actor.name_for_audit, standing, signers)
        return Requested(standing, is_new=False, is_changed=True)


def _create(actor: Actor, ref: str, document: PromotionDocument) -> Requested:
    now = clock.now()
    promotion = Promotion(public_id=new_id("prm"), brand=actor.brand_id, ref=ref, created_at=now, updated_at=now)
    _fill(promotion, document)
    promotion.save(force_insert=True)
    saved = taking_part.save_participants(promotion, document.participants, None, Change())
    made = opened(promotion)
    announcing.published(actor.name_for_audit, made)
    signing.ask(made, dict.fromkeys(saved.asked, ()))
    return Requested(made, is_new=True, is_changed=True)


def _replace(actor: Actor, standing: OpenPromotion, document: PromotionDocument) -> Requested:
    before, promotion = document_of(standing), standing.promotion
    changed = _differences(before.content, document.content)
    if not changed:
        return Requested(standing, is_new=False, is_changed=False)
    if promotion.state == WITHDRAWN:
        raise Conflict("promotion_withdrawn")
    terms = [name for name in before.terms if name in changed]
    told = changed & {"title", "due", "sign_by"}
    _fill(promotion, document)
    promotion.version, promotion.updated_at = promotion.version + 1, clock.now()
    promotion.save()
    saved = taking_part.save_participants(promotion, document.participants, standing, Change(terms, told))
    now = opened(promotion)
    announcing.published(actor.name_for_audit, now, changed)
    _ask_anew(standing, now, saved, terms)
    return Requested(now, is_new=False, is_changed=True)


def _ask_anew(before: OpenPromotion, now: OpenPromotion, saved: Saved, terms: Sequence[str]) -> None:
    """End what stood open with those who are asked anew or left out, and say what is new to each."""
    stood = {one.partner.id: one.participation for one in before.participants}
    announcing.close_tasks(now.promotion, [one.participation for one in saved.left_out], tasks.CANCELLED)
    announcing.left_out(now.promotion, saved.left_out)
    news = {
        partner: wording.news(now.promotion, terms, added, stood[partner].state == JOINED) if partner in stood else ()
        for partner, added in saved.asked.items()
    }
    signing.ask(now, news)


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def _fill(promotion: Promotion, document: PromotionDocument) -> None:
    pays, budget = document.pays, document.budget
    promotion.title, promotion.policy = document.title.to_json(), document.policy.to_json()
    promotion.starts_on, promotion.ends_on = document.starts_on, document.ends_on
    promotion.sign_by, promotion.due_at = document.sign_by, document.due_at
    promotion.shots = [shot.to_json() for shot in document.shots]
    promotion.facts = list(document.facts)
    promotion.pays = {"kind": pays.kind, "amount": pays.amount, "fact": pays.fact}
    promotion.budget = {"per_partner": budget.per_partner, "per_store": budget.per_store}
    promotion.currency, promotion.radius_m = pays.currency, document.radius_m
    promotion.second_above, promotion.audit_percent = document.second_above, document.audit_percent
