"""Claims on a phone: what became of the proofs an organisation is paid for, sent, or is the store of, in words."""

from typing import Any

from api import paging
from api.auth import actor, roles
from api.door import Door
from api.paging import Page, PageQuery, page_schema
from api.phone.schemas import PhoneClaimSchema
from api.problems import language_of_request
from api.showing import show_all
from workflows.domain.access import ROLES_OF_KIND
from workflows.domain.audit import views
from workflows.domain.claims import presenting, records
from workflows.domain.claims.records import Claim

_KINDS = ("distributor", "store", "agency")
_READERS = tuple(f"{kind}:{role}" for kind in _KINDS for role in ROLES_OF_KIND[kind])

blueprint = Door("phone-claims", __name__, url_prefix="/api/v1/phone", description="What became of one's proofs")


@blueprint.get("/claims")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(PhoneClaimSchema))
@roles(*_READERS)
def list_own_claims(asked: dict[str, Any]) -> Page:
    """The organisation's claims, newest first"""
    place = paging.place(asked["after"], (int,))
    query = presenting.with_parties(records.claims_of(actor()))
    query = query.where(Claim.id < place[0]) if place else query
    found = list(query.order_by(Claim.id.desc()).limit(asked["limit"] + 1))
    page = paging.page_of(found, asked["limit"], lambda claim: (claim.id,))
    return Page(_words(page.items), page.next)


def _words(claims: list[Claim]) -> list[dict[str, Any]]:
    language = language_of_request()
    views.seen(actor(), [(records.SUBJECT_KIND, claim.public_id) for claim in claims])
    return show_all("claim", [presenting.words(actor(), one, language) for one in presenting.listed(claims)])
