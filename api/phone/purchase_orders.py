"""Purchase orders on a phone: what has happened to one so far."""

from typing import Any

from api.auth import actor, roles
from api.door import Door
from api.order_history import MovePageSchema, page_for
from api.paging import Page, PageQuery
from workflows.domain.purchasing import orders

_READERS = ("supplier:owner", "supplier:clerk", "brand:buyer", "brand:admin")

blueprint = Door(
    "phone-purchase-orders", __name__, url_prefix="/api/v1/phone/purchase-orders", description="An order's history"
)


@blueprint.get("/<ref:order>/history")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, MovePageSchema)
@roles(*_READERS)
def get_history_of_order(asked: dict[str, Any], order: str) -> Page:
    """The exchange about an order, oldest first"""
    return page_for(orders.order_by_id(actor(), order), asked)
