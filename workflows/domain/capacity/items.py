"""What a request asks about, filled in with what was reported before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from workflows.domain.capacity import months
from workflows.domain.capacity.records import CapacityItem, CapacityPlan, CapacityRequest
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product

_MONTHS_REMEMBERED = 12


def save_items(
    request: CapacityRequest, supplier: Organisation, products: Sequence[Product], is_answered: bool = False
) -> None:
    """Keep what is asked about, with what is known of it now; what an answer left open stays open where it is corrected."""
    known = _known(supplier, products, request.asked[0])
    CapacityItem.delete().where(CapacityItem.request == request.id).execute()
    rows = [
        (request.id, product.id, place, _prefill(product, known.get(product.id, []), request.asked, is_answered))
        for place, product in enumerate(products)
    ]
    fields = [CapacityItem.request, CapacityItem.product, CapacityItem.place, CapacityItem.prefill]
    CapacityItem.insert_many(rows, fields=fields).execute()


def _known(supplier: Organisation, products: Sequence[Product], first: date) -> Mapping[int, list[CapacityPlan]]:
    """The supplier's plans for these products by product, in the order of months; older than a year helps nobody."""
    query = CapacityPlan.select().where(
        CapacityPlan.supplier == supplier.id,
        CapacityPlan.product.in_([product.id for product in products]),
        CapacityPlan.month >= months.plus(first, -_MONTHS_REMEMBERED),
    )
    found: dict[int, list[CapacityPlan]] = {}
    for plan in query.order_by(CapacityPlan.month):
        found.setdefault(plan.product_id, []).append(plan)
    return found


def _prefill(
    product: Product, plans: Iterable[CapacityPlan], asked: Iterable[date], is_answered: bool
) -> dict[str, Any]:
    """For each month what was said of it, else of the last month before it; nothing in a unit the product no longer has."""
    said = [plan for plan in plans if plan.unit == product.unit]
    before = {month: [plan for plan in said if plan.month <= month] for month in asked}
    used = {month: found[-1] for month, found in before.items() if found}
    if is_answered:
        used = {month: plan for month, plan in used.items() if plan.month == month}
    if not used:
        return {"unit": product.unit}
    at = max(plan.reported_at for plan in used.values())
    return {
        "unit": product.unit,
        "figures": {month.isoformat(): plan.quantity for month, plan in used.items()},
        "at": at.isoformat(),
    }
