"""A brand's purchase orders: placed by PUT under the brand's own reference, answered by the supplier on the phone."""

from collections.abc import Sequence
from typing import Any

from flask import request
from marshmallow import fields, validate

from api.auth import actor, scopes
from api.brand.answers import Answer, edited_version, page, put_answer, version_headers
from api.brand.schemas import CancelSchema, OrderPutSchema, OrderSchema
from api.door import Door
from api.idempotency import keyed
from api.paging import Page, PageQuery, page_schema
from api.parsing import object_body
from api.showing import show_order
from config import clock
from workflows.domain.purchasing import orders, placing, presenting
from workflows.domain.purchasing.orders import OpenOrder, OrderFilters, PurchaseOrder

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
    """List purchase orders"""
    filters = OrderFilters(arguments["state"], arguments["supplier"], arguments["due_before"], arguments["late"])
    query = orders.filtered(orders.orders_of(actor()), filters, clock.today(actor().time_zone))
    return page(query, PurchaseOrder.id, arguments, _documents, orders.opened, lambda opened: opened.order)


@blueprint.get("/purchase-orders/<ref:ref>")
@blueprint.response(200, OrderSchema)
@scopes("orders:read")
def get_order(ref: str) -> Answer:
    """One purchase order"""
    document = _document(orders.order_by_ref(actor(), ref))
    return document, 200, version_headers(document)


@blueprint.put("/purchase-orders/<ref:ref>")
@blueprint.document(OrderPutSchema)
@blueprint.response(200, OrderSchema)
@blueprint.alt_response(201, schema=OrderSchema, success=True)
@scopes("orders:write")
def put_order(ref: str) -> Answer:
    """Place or replace a purchase order"""
    request.max_content_length = _LARGEST_ORDER
    placed = placing.place_order(actor(), ref, object_body(), edited_version())
    return put_answer(_document(placed.order), placed.is_new)


@blueprint.post("/purchase-orders/<ref:ref>/cancel")
@blueprint.arguments(CancelSchema)
@blueprint.response(200, OrderSchema)
@scopes("orders:write")
@keyed
def cancel_order(asked: dict[str, Any], ref: str) -> Answer:
    """Withdraw a purchase order"""
    document = _document(placing.cancel_order(actor(), ref, asked["reason"]))
    return document, 200, version_headers(document)


def _document(order: PurchaseOrder) -> dict[str, Any]:
    return _documents([orders.open_order(order)])[0]


def _documents(found: Sequence[OpenOrder]) -> list[dict[str, Any]]:
    return [show_order(document) for document in presenting.order_documents(found)]
