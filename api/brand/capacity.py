"""A brand's capacity requests, and what its suppliers say they can make against what is ordered."""

from datetime import date
from typing import Any

from api import paging
from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.capacity_schemas import (
    CapacityQuery,
    CapacityRequestPutSchema,
    CapacityRequestSchema,
    CapacitySchema,
    RequestsQuery,
)
from api.door import Door
from api.paging import Page, page_schema
from api.parsing import object_body
from api.showing import show, show_all
from workflows.domain.capacity import asking, overview, presenting, records, requesting
from workflows.domain.capacity.overview import Place
from workflows.domain.capacity.records import CapacityRequest, OpenRequest
from workflows.domain.errors import DomainError

blueprint = Door("capacity", __name__, url_prefix="/api/v1/brand", description="What suppliers can make")


@blueprint.get("/capacity-requests")
@blueprint.arguments(RequestsQuery, location="query")
@blueprint.response(200, page_schema(CapacityRequestSchema))
@scopes("capacity:read")
def list_requests(arguments: dict[str, Any]) -> Page:
    """List capacity requests"""
    query = records.filtered(records.requests_of(actor()), arguments["state"], arguments["supplier"])
    return page(query, CapacityRequest.id, arguments, lambda found: [_document(one) for one in records.opened(found)])


@blueprint.get("/capacity-requests/<ref:ref>")
@blueprint.response(200, CapacityRequestSchema)
@scopes("capacity:read")
def get_request(ref: str) -> Answer:
    """One capacity request"""
    return _read(records.opened([records.request_by_ref(actor(), ref)])[0])


@blueprint.put("/capacity-requests/<ref:ref>")
@blueprint.document(CapacityRequestPutSchema)
@blueprint.response(200, CapacityRequestSchema)
@blueprint.alt_response(201, schema=CapacityRequestSchema, success=True)
@scopes("capacity:write")
def put_request(ref: str) -> Answer:
    """Ask a supplier for its capacity, or change what is asked"""
    put = requesting.put_request(actor(), ref, object_body(), edited_version())
    return put_answer(_document(put.opened), put.is_new)


@blueprint.delete("/capacity-requests/<ref:ref>")
@blueprint.response(200, CapacityRequestSchema)
@scopes("capacity:write")
def withdraw_request(ref: str) -> Answer:
    """Ask no more, now and in the months to come"""
    return _read(requesting.withdraw_request(actor(), ref))


@blueprint.get("/capacity")
@blueprint.arguments(CapacityQuery, location="query")
@blueprint.response(200, page_schema(CapacitySchema))
@scopes("capacity:read")
def get_capacity(arguments: dict[str, Any]) -> Page:
    """Plan, load, open orders and the gap by supplier, product and month"""
    filters = asking.filters_of(actor(), arguments)
    found = overview.overview(actor(), filters, _place(arguments["after"]), arguments["limit"])
    following = paging.cursor([*found.next[:2], found.next.month.isoformat(), found.next.unit]) if found.next else None
    return Page(show_all("capacity", overview.documents(found)), following)


def _place(after: str | None) -> Place | None:
    place = paging.place(after, (int, int, str, str))
    if place is None:
        return None
    try:
        return Place(place[0], place[1], date.fromisoformat(place[2]), place[3])
    except ValueError:
        raise DomainError("cursor_malformed") from None


def _read(opened: OpenRequest) -> Answer:
    document = _document(opened)
    return document, 200, version_headers(document)


def _document(opened: OpenRequest) -> dict[str, Any]:
    return show("capacity_request", presenting.request_document(opened))
