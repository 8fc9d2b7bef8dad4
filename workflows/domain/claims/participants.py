"""Who takes part in a promotion, who has not signed yet, and how the proof of each store stands."""

from collections.abc import Iterable, Sequence
from typing import Any

import peewee

from workflows.domain import people
from workflows.domain.claims.records import Claim
from workflows.domain.organisations import Organisation
from workflows.domain.promotions import announcing
from workflows.domain.promotions.records import ASKED, LEFT_OUT, Participation, Promotion, Site
from workflows.domain.promotions.standing import sites_of


def participants_of(promotion: Promotion, state: str | None = None) -> "peewee.ModelSelect[Participation]":
    """Those who take part in a promotion that the actor may see; of one state, where it is named."""
    query = Participation.select(Participation, Organisation).join(Organisation)
    query = query.where(Participation.promotion == promotion.id, Participation.state != LEFT_OUT)
    return query.where(Participation.state == state) if state else query


def participant_documents(promotion: Promotion, found: Sequence[Participation]) -> list[dict[str, Any]]:
    """Participants as the brand reads them, in three statements however many there are."""
    sites = sites_of(promotion, [one.id for one in found])
    claims = _claims([site.id for of_one in sites.values() for site in of_one])
    signers = people.refs_of({one.signed_by for one in found if one.signed_by})
    return [
        {
            "id": one.public_id,
            "partner": one.organisation.ref,
            "state": one.state,
            "reason": one.reason,
            "reason_text": one.reason_text,
            "signed_by": signers.get(one.signed_by or ""),
            "signed_at": one.signed_at,
            "sign_until": announcing.until(promotion) if one.state == ASKED else None,
            "stores": [_store(site, claims.get(site.id)) for site in sites.get(one.id, ())],
            "version": one.version,
        }
        for one in found
    ]


def _claims(sites: Iterable[int]) -> dict[int, Claim]:
    query = Claim.select(Claim.site, Claim.public_id, Claim.state).where(Claim.site.in_(list(sites)))
    return {claim.site_id: claim for claim in query}


def _store(site: Site, claim: Claim | None) -> dict[str, Any]:
    return {
        "store": site.organisation.ref,
        "chosen": site.is_chosen,
        "claim": None if claim is None else {"id": claim.public_id, "state": claim.state},
    }
