"""A brand's claims: what was proved where, what was found of it, and what became of it."""

from typing import Any

from api.auth import actor, scopes
from api.brand.answers import Answer, page, version_headers
from api.brand.claim_schemas import ClaimSchema, ClaimsQuery, WholeClaimSchema
from api.door import Door
from api.paging import Page, page_schema
from api.showing import show, show_all
from workflows.domain.audit import views
from workflows.domain.claims import presenting, records
from workflows.domain.claims.records import Claim

blueprint = Door("claims", __name__, url_prefix="/api/v1/brand", description="Proofs of promotions")


@blueprint.get("/claims")
@blueprint.arguments(ClaimsQuery, location="query")
@blueprint.response(200, page_schema(ClaimSchema))
@scopes("claims:read")
def list_claims(arguments: dict[str, Any]) -> Page:
    """List claims"""
    query = presenting.with_parties(records.claims_of(actor()))
    query = presenting.filtered(query, arguments["state"], arguments["promotion"], arguments["partner"])
    return page(query, Claim.id, arguments, _documents)


@blueprint.get("/claims/<ref:claim>")
@blueprint.response(200, WholeClaimSchema)
@scopes("claims:read")
def get_claim(claim: str) -> Answer:
    """One claim with its photos and every decision on it"""
    one = presenting.whole(actor(), claim)
    views.seen(actor(), [(records.SUBJECT_KIND, one.claim.public_id)])
    shown = show("claim", presenting.whole_document(one))
    return shown, 200, version_headers(shown)


def _documents(found: Any) -> list[dict[str, Any]]:
    views.seen(actor(), [(records.SUBJECT_KIND, claim.public_id) for claim in found])
    return show_all("claim", [presenting.document(one) for one in presenting.listed(found)])
