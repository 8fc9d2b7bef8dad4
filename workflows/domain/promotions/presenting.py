"""A promotion as a document for the brand's systems."""

from collections.abc import Iterable, Mapping
from typing import Any

import peewee

from workflows.domain import amounts
from workflows.domain.promotions.paying import budget_of, pay_of
from workflows.domain.promotions.records import (
    ASKED,
    DECLINED,
    JOINED,
    NOT_NEEDED,
    Participation,
    Promotion,
    Site,
)
from workflows.domain.promotions.shots import shots_of
from workflows.domain.promotions.standing import OpenPromotion, Participant

_COUNTED = (ASKED, JOINED, DECLINED, NOT_NEEDED)


def promotion_document(opened: OpenPromotion) -> dict[str, Any]:
    """A promotion with everybody who takes part."""
    counts = dict.fromkeys(_COUNTED, 0)
    for one in opened.participants:
        counts[one.participation.state] += 1
    participants = [_participant(one) for one in opened.participants]
    return {**_document(opened.promotion, counts), "participants": participants}


def promotion_documents(promotions: Iterable[Promotion]) -> list[dict[str, Any]]:
    """Promotions as a list shows them: how many take part, not who; one statement more, however many there are."""
    found = list(promotions)
    counts = _counts([one.id for one in found])
    return [_document(one, counts[one.id]) for one in found]


def _counts(promotions: list[int]) -> dict[int, dict[str, int]]:
    counts = {one: dict.fromkeys(_COUNTED, 0) for one in promotions}
    rows = Participation.select(Participation.promotion, Participation.state, peewee.fn.COUNT(Participation.id))
    rows = rows.where(Participation.promotion.in_(promotions), Participation.state.in_(_COUNTED))
    counted: Any = rows.group_by(Participation.promotion, Participation.state).tuples()
    for promotion, state, count in counted:
        counts[promotion][state] = count
    return counts


def _document(promotion: Promotion, counts: Mapping[str, int]) -> dict[str, Any]:
    pays, currency = pay_of(promotion), promotion.currency
    above = promotion.second_above
    second = None if above is None else {"amount": amounts.amount_text(above, currency), "currency": currency}
    return {
        "id": promotion.public_id,
        "ref": promotion.ref,
        "title": promotion.title,
        "policy": promotion.policy,
        "starts_on": promotion.starts_on.isoformat(),
        "ends_on": promotion.ends_on.isoformat(),
        "sign_by": promotion.sign_by,
        "due_at": promotion.due_at,
        "shots": [shot.to_json() for shot in shots_of(promotion)],
        "facts": promotion.facts,
        "pays": pays.to_json(),
        "budget": budget_of(promotion).to_json(currency),
        "radius_m": promotion.radius_m,
        "second_reviewer_above": second,
        "audit_percent": promotion.audit_percent,
        "state": promotion.state,
        "signatures": dict(counts),
        "version": promotion.version,
        "created_at": promotion.created_at,
        "updated_at": promotion.updated_at,
    }


def _participant(one: Participant) -> dict[str, Any]:
    if not one.has_stores:
        return {"partner": one.partner.ref, "stores": [], **_where(one.sites[0])}
    stores = [{"store": site.organisation.ref, **_where(site)} for site in one.sites]
    return {"partner": one.partner.ref, "stores": stores, "place": None, "proved_by": None}


def _where(site: Site) -> dict[str, Any]:
    own = site.prover_id == site.organisation_id
    return {"place": site.place, "proved_by": None if own else site.prover.ref}
