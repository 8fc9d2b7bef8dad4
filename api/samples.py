"""A sample subject for each kind of flow: for pictures, checks and the terminal, never stored."""

from datetime import timedelta

from config import clock
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product
from workflows.domain.purchasing.announcing import APPROVAL, REPORT
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    SUBJECT_KIND,
    OpenOrder,
    OrderLine,
    Promise,
    PurchaseOrder,
)
from workflows.engine.flow import Flow

_ZONE = "Asia/Shanghai"


def sample_for(flow: Flow) -> object:
    """A subject as the flow's conversations are about. Raises LookupError for a kind that has none."""
    if flow.key == APPROVAL:
        return _proposed(_order())
    if flow.key == REPORT:
        return _confirmed(_order())
    if flow.subject == SUBJECT_KIND:
        return _order()
    raise LookupError(f"no sample of a {flow.subject}")


def _proposed(opened: OpenOrder) -> OpenOrder:
    """The same, its first line proposed in two deliveries, its second rejected."""
    due = opened.lines[0].due_date
    halves = (Promise(300_000, due), Promise(150_000, due + timedelta(days=7)))
    for line, promises, why in zip(opened.lines, (halves, ()), (["short", "late"], ["rejected"]), strict=True):
        line.state, line.why, line.reason = CHANGE_PROPOSED, why, "capacity"
        line.deliveries = [promise.to_json() for promise in promises]
    return OpenOrder(opened.order, opened.lines, opened.supplier, opened.brand)


def _confirmed(opened: OpenOrder) -> OpenOrder:
    """The same, confirmed as it was ordered."""
    for line in opened.lines:
        line.state, line.deliveries = CONFIRMED, [line.ordered.to_json()]
    return opened


def _order() -> OpenOrder:
    """An order of two lines, due in two weeks."""
    now = clock.now()
    due = clock.today(_ZONE) + timedelta(days=14)
    brand = Organisation(
        id=1, brand=1, ref="self", kind="brand", name="联禾食品 Lianhe Foods", time_zone=_ZONE, language="zh"
    )
    supplier = Organisation(
        id=2, brand=1, ref="S-1", kind="supplier", name="恒丰包装厂", time_zone=_ZONE, language="zh"
    )
    order = PurchaseOrder(
        id=1,
        public_id="po_sample",
        brand=1,
        ref="PO-1",
        supplier=supplier,
        currency="CNY",
        amount=1_500_00,
        first_due_date=due,
        answer_due_at=now + timedelta(days=2),
        placed_at=now,
        updated_at=now,
    )
    lines = [
        OrderLine(
            id=number,
            order=order,
            line=10 * number,
            product=Product(id=number, sku=sku, name=name, unit="pcs", packs=[]),
            quantity=500_000,
            unit="pcs",
            price=15_000,
            due_date=due,
        )
        for number, (sku, name) in enumerate((("BOX-500", "瓦楞纸箱 Carton"), ("TAPE-60", "封箱胶带 Tape")), start=1)
    ]
    return OpenOrder(order, lines, supplier, brand)
