"""Claims as documents: for the brand's systems, and in words for the people of whoever is paid, proves, or owns the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import peewee

from config.text import Text
from workflows.domain import amounts
from workflows.domain.access import Actor
from workflows.domain.claims.decisions import OTHER, REASONS
from workflows.domain.claims.records import (
    APPROVED,
    CHECKING,
    IN_REVIEW,
    REDO,
    REJECTED,
    SECOND_REVIEW,
    TO_PROVE,
    WITHDRAWN,
    Claim,
    ClaimDecision,
    ClaimQuery,
    SettlementLine,
    claims_of,
)
from workflows.domain.errors import NotFound
from workflows.domain.evidence import findings
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion
from workflows.domain.purchasing.presenting import money

STATES: Mapping[str, Text] = {
    TO_PROVE: Text(en="Photos wanted by {due}", zh="请在 {due} 前拍照提交"),
    CHECKING: Text(en="Sent, being checked", zh="已提交，检查中"),
    IN_REVIEW: Text(en="Sent, with the brand's reviewer", zh="已提交，品牌方审核中"),
    SECOND_REVIEW: Text(en="Approved once, a second person looks at it", zh="初审通过，复审中"),
    REDO: Text(en="Some photos are wanted again", zh="部分照片需要重拍"),
    APPROVED: Text(en="Approved", zh="已通过"),
    REJECTED: Text(en="Rejected", zh="未通过"),
    WITHDRAWN: Text(en="No longer wanted", zh="品牌方已取消"),
}
PAID = Text(en="Approved and paid", zh="已通过，已付款")
_TOLD = (CHECKING, IN_REVIEW, SECOND_REVIEW, REDO, REJECTED)
"""The states in which what was found odd still matters to those who sent it."""


@dataclass(frozen=True)
class Listed:
    """A claim with what a list shows of it; said are the decisions that stand behind its state, newest last."""

    claim: Claim
    paid_on: date | None = None
    said: Sequence[ClaimDecision] = ()
    photos: Mapping[str, EvidencePhoto] = field(default_factory=dict)


def with_parties(query: ClaimQuery) -> ClaimQuery:
    """The same claims with their promotion and organisations, in the same statement."""
    partner, store, prover = (Organisation.alias() for _ in range(3))
    joined = query.select(Claim, Promotion, partner, store, prover).join(Promotion)
    for other, name in ((partner, "partner"), (store, "site_organisation"), (prover, "prover")):
        joined = joined.switch(Claim).join(other, on=(getattr(Claim, name) == other.id), attr=name)
    return joined


def listed(claims: Iterable[Claim], has_photos: bool = False) -> list[Listed]:
    """Claims with what was decided and paid, in three statements at most however many they are."""
    found = list(claims)
    ids = [claim.id for claim in found]
    paid, said = _paid(ids), _decisions(ids)
    photos = _photos(found) if has_photos else {}
    return [Listed(claim, paid.get(claim.id), said.get(claim.id, ()), photos) for claim in found]


def whole(actor: Actor, public_id: str) -> Listed:
    """The actor's claim with its photos and decisions. Raises NotFound."""
    found = with_parties(claims_of(actor)).where(Claim.public_id == public_id).first()
    if found is None:
        raise NotFound
    return listed([found], has_photos=True)[0]


def filtered(query: ClaimQuery, state: str | None, promotion: str | None, partner: str | None) -> ClaimQuery:
    """Narrow a list of claims by state and by the brand's references; None asks for all."""
    if state:
        query = query.where(Claim.state == state)
    if promotion:
        query = query.where(Claim.promotion.in_(Promotion.select(Promotion.id).where(Promotion.ref == promotion)))
    if partner:
        query = query.where(Claim.partner.in_(Organisation.select(Organisation.id).where(Organisation.ref == partner)))
    return query


def document(one: Listed) -> dict[str, Any]:
    """A claim as the brand's systems read it."""
    claim = one.claim
    return {
        "id": claim.public_id,
        "promotion": claim.promotion.ref,
        "partner": claim.partner.ref,
        "store": claim.site_organisation.ref,
        "prover": claim.prover.ref,
        "state": claim.state,
        "version": claim.version,
        "round": claim.round,
        "score": claim.score,
        "held": claim.is_held,
        "audited": claim.is_audited,
        "distance_m": claim.distance_m,
        "reasons": [_reason(reason) for reason in claim.reasons],
        "facts": claim.facts,
        "redo": claim.redo,
        "units": None if claim.units is None else amounts.quantity_text(claim.units),
        **_money_of(claim),
        "paid_on": one.paid_on.isoformat() if one.paid_on else None,
        "sent_at": claim.sent_at,
        "decided_at": claim.decided_at,
        "due_at": claim.due_at,
        "created_at": claim.created_at,
        "updated_at": claim.updated_at,
    }


def whole_document(one: Listed) -> dict[str, Any]:
    """The same with its photos by shot and every decision on it."""
    photos = {shot: [_photo(one, name) for name in names] for shot, names in one.claim.photos.items()}
    return {**document(one), "photos": photos, "decisions": [_decision(one, said) for said in one.said]}


def words(actor: Actor, one: Listed, language: str) -> dict[str, Any]:
    """A claim as its people read it, in one language; its money only where it is their own."""
    claim = one.claim
    is_own = claim.partner_id == actor.organisation_id
    amount = claim.approved_amount if claim.state == APPROVED else claim.amount
    return {
        "id": claim.public_id,
        "promotion": claim.promotion.title_text.in_language(language),
        "store": claim.site_organisation.name,
        "state": claim.state,
        "state_text": _state_text(one).in_language(language),
        "amount": None if amount is None or not is_own else money(amount, claim.promotion.currency),
        "paid_on": one.paid_on.isoformat() if one.paid_on and is_own else None,
        "reasons": [text.in_language(language) for text in _told(one)],
        "updated_at": claim.updated_at,
    }


def _state_text(one: Listed) -> Text:
    claim = one.claim
    if claim.state == APPROVED and one.paid_on:
        return PAID
    due = claim.due_at.astimezone(ZoneInfo(claim.site_organisation.time_zone)).date()
    return STATES[claim.state].format(due=due.isoformat())


def _told(one: Listed) -> list[Text]:
    """What those who sent it should know: the reviewer's word, then what was found, each once."""
    if one.claim.state not in _TOLD:
        return []
    word = _word(one.said[-1]) if one.said and one.claim.state in (REDO, REJECTED) else []
    found = [findings.sentence(reason["code"], reason.get("facts", {})) for reason in one.claim.reasons]
    return list(dict.fromkeys([*word, *found]))


def _word(said: ClaimDecision) -> list[Text]:
    known = REASONS.get(said.reason or "")
    own = [Text(en=said.text, zh=said.text)] if said.text else []
    return [*([known.text] if known and said.reason != OTHER else []), *own]


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    text = findings.says(reason["code"], reason.get("facts", {}))
    return {"code": reason["code"], "photo": reason.get("photo"), "text": text.to_json()}


def _money_of(claim: Claim) -> dict[str, str | None]:
    currency = claim.promotion.currency
    named = {"amount": claim.amount, "approved_amount": claim.approved_amount}
    said = {name: None if minor is None else amounts.amount_text(minor, currency) for name, minor in named.items()}
    return {**said, "currency": currency}


def _photo(one: Listed, name: str) -> dict[str, Any]:
    photo = one.photos.get(name)
    if photo is None:
        return {"id": None, "sha256": None, "captured_at": None, "recorded_at": None, "source": None, "state": None}
    names = ("sha256", "captured_at", "recorded_at", "source", "state")
    return {"id": photo.key, **{fact: getattr(photo, fact) for fact in names}}


def _decision(one: Listed, said: ClaimDecision) -> dict[str, Any]:
    currency = one.claim.promotion.currency
    return {
        "id": said.public_id,
        "kind": said.kind,
        "round": said.round,
        "by": said.by,
        "reason": said.reason,
        "text": said.text,
        "shots": said.shots,
        "code_visible": said.code_visible,
        "amount": None if said.amount is None else amounts.amount_text(said.amount, currency),
        "at": said.at,
    }


def _paid(ids: Sequence[int]) -> dict[int, date]:
    """When each was paid, as the brand's books say; what was taken back since is not paid."""
    later = SettlementLine.alias("later")
    is_reversed = peewee.fn.EXISTS(later.select(later.id).where(later.reverses == SettlementLine.id))
    rows = SettlementLine.select(SettlementLine.claim, SettlementLine.paid_on).where(
        SettlementLine.claim.in_(ids),
        SettlementLine.reverses.is_null(),
        SettlementLine.paid_on.is_null(is_null=False),
        ~is_reversed,
    )
    return {row.claim_id: row.paid_on for row in rows if row.paid_on}


def _decisions(ids: Sequence[int]) -> dict[int, list[ClaimDecision]]:
    found: dict[int, list[ClaimDecision]] = {}
    query = ClaimDecision.select().where(ClaimDecision.claim.in_(ids))
    for row in query.order_by(ClaimDecision.claim, ClaimDecision.seq):
        found.setdefault(row.claim_id, []).append(row)
    return found


def _photos(claims: Sequence[Claim]) -> dict[str, EvidencePhoto]:
    named = [claim.public_id for claim in claims]
    rows = EvidencePhoto.select().where(EvidencePhoto.subject_id.in_(named))
    return {photo.public_id: photo for photo in rows}
