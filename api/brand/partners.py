"""A brand's partners: suppliers, distributors, stores, agencies, and the brand itself as `self`."""

from typing import Any

from marshmallow import fields, validate

from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.schemas import PartnerPutSchema, PartnerSchema
from api.door import Door
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.showing import show
from workflows.domain import organisations
from workflows.domain.access import PARTNER_KINDS
from workflows.domain.organisations import Organisation

blueprint = Door("partners", __name__, url_prefix="/api/v1/brand", description="Partners of the brand")


class PartnersQuery(PageQuery):
    """Which partners."""

    kind = fields.String(load_default=None, validate=validate.OneOf(PARTNER_KINDS, error="choice_unknown"))


@blueprint.get("/partners")
@blueprint.arguments(PartnersQuery, location="query")
@blueprint.response(200, page_schema(PartnerSchema))
@scopes("partners:read")
def list_partners(arguments: dict[str, Any]) -> Page:
    """List partners"""
    query = organisations.partners_of(actor())
    if arguments["kind"]:
        query = query.where(Organisation.kind == arguments["kind"])
    return page(query, Organisation.id, arguments, lambda found: [_document(one) for one in found])


@blueprint.get("/partners/<ref:ref>")
@blueprint.response(200, PartnerSchema)
@scopes("partners:read")
def get_partner(ref: str) -> Answer:
    """One partner"""
    document = _document(organisations.partner(actor(), ref))
    return document, 200, version_headers(document)


@blueprint.put("/partners/<ref:ref>")
@blueprint.document(PartnerPutSchema)
@blueprint.response(200, PartnerSchema)
@blueprint.alt_response(201, schema=PartnerSchema, success=True)
@scopes("partners:write")
def put_partner(ref: str) -> Answer:
    """Create or replace a partner"""
    put = organisations.put_partner(actor(), ref, object_body(), edited_version())
    return put_answer(_document(put.record), put.is_new)


def _document(partner: Organisation) -> dict[str, Any]:
    return show("partner", organisations.partner_document(partner))
