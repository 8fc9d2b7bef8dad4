"""A brand's purchase orders: placed by PUT under the brand's own reference, answered by the supplier on the phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Response
from marshmallow import fields, validate

from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.schemas import CancelSchema, OrderPutSchema, OrderSchema
from api.door import Door, largest_body
from api.idempotency import keyed
from api.order_history import MovePageSchema, page_for
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.showing import show_order
from api.writing import json_response, rfc3339
from config import clock
from workflows.domain.audit import views
from workflows.domain.purchasing import listing, orders, placing, presenting
from workflows.domain.purchasing.listing import OrderFilters
from workflows.domain.purchasing.orders import OpenOrder, PurchaseOrder

_LARGEST_ORDER = 8 * 1024 * 1024  # 10,000 lines with room for generous JSON
_STATES = ("placed", "confirmed", "partly_confirmed", "change_proposed", "rejected", "cancelled")

blueprint = Door("purchase-orders", __name__, url_prefix="/api/v1/brand", description="Purchase orders of the brand")


class OrdersQuery(PageQuery):
    """Which orders."""

    state = fields.String(load_default=None, validate=validate.OneOf(_STATES, error="choice_unknown"))
    supplier = fields.String(load_default=None, validate=validate.Length(max=64, error="too_long longest={max}"))
    due_before = fields.Date(load_default=None, metadata={"description": "Something is due before this day."})
    late = fields.Boolean(
        load_default=None, metadata={"description": "Overdue, promised late, or not answered in time."}
    )


@blueprint.get("/purchase-orders")
@blueprint.arguments(OrdersQuery, location="query")
@blueprint.response(200, page_schema(OrderSchema))
@scopes("orders:read")
def list_orders(arguments: dict[str, Any]) -> Page:
    """List purchase orders

    A page holds at most as many lines as the largest order may have, so it may end before `limit`; `next` goes on.
    """
    filters = OrderFilters(arguments["state"], arguments["supplier"], arguments["due_before"], arguments["late"])
    query = listing.filtered(orders.orders_of(actor()), filters, clock.today(actor().time_zone))
    return page(query, PurchaseOrder.id, arguments, _seen, listing.opened_page, lambda opened: opened.order)


@blueprint.get("/purchase-orders/<ref:ref>")
@blueprint.response(200, OrderSchema)
@scopes("orders:read")
def get_order(ref: str) -> Response:
    """One purchase order"""
    found = orders.order_by_ref(actor(), ref)
    views.seen(actor(), [(orders.SUBJECT_KIND, found.public_id)])
    return _answered(_read(found))


@blueprint.put("/purchase-orders/<ref:ref>")
@blueprint.document(OrderPutSchema)
@blueprint.response(200, OrderSchema)
@blueprint.alt_response(201, schema=OrderSchema, success=True)
@scopes("orders:write")
@largest_body(_LARGEST_ORDER)
def put_order(ref: str) -> Response:
    """Place or replace a purchase order"""
    placed = placing.place_order(actor(), ref, object_body(), edited_version())
    opened = placed.opened or orders.open_order(placed.order)
    return _answered(put_answer(_documents([opened])[0], placed.is_new))


@blueprint.post("/purchase-orders/<ref:ref>/cancel")
@blueprint.arguments(CancelSchema)
@blueprint.response(200, OrderSchema)
@scopes("orders:write")
@keyed
def cancel_order(asked: dict[str, Any], ref: str) -> Response:
    """Withdraw a purchase order"""
    return _answered(_read(placing.cancel_order(actor(), ref, asked["reason"])))


@blueprint.get("/purchase-orders/<ref:ref>/history")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, MovePageSchema)
@scopes("orders:read")
def get_history(asked: dict[str, Any], ref: str) -> Page:
    """The exchange about an order, oldest first"""
    return page_for(orders.order_by_ref(actor(), ref), asked)


def _read(order: PurchaseOrder) -> Answer:
    document = _documents([orders.open_order(order)])[0]
    return document, 200, version_headers(document)


def _answered(answer: Answer) -> Response:
    # Written as `OrderSchema` describes it, without going through it: an order may have 10,000 lines (a test compares).
    document, status, headers = answer
    response = json_response({name: _plain(value) for name, value in document.items()}, status)
    response.headers.extend(headers)
    return response


def _plain(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value


def _seen(found: Sequence[OpenOrder]) -> list[dict[str, Any]]:
    views.seen(actor(), [(orders.SUBJECT_KIND, one.order.public_id) for one in found])
    return _documents(found)


def _documents(found: Sequence[OpenOrder]) -> list[dict[str, Any]]:
    return [show_order(document) for document in presenting.order_documents(found)]
