"""A sample subject for each kind of flow: for pictures, checks and the terminal, never stored."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from config import clock
from workflows.domain.capacity import records as capacity
from workflows.domain.capacity.records import CapacityItem, CapacityRequest, OpenRequest
from workflows.domain.claims import proofs
from workflows.domain.claims.announcing import FLOW as REVIEW
from workflows.domain.claims.proofs import OpenClaim
from workflows.domain.claims.records import IN_REVIEW, Claim
from workflows.domain.claims.reviewing import ClaimReview
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product
from workflows.domain.promotions.joining import Part
from workflows.domain.promotions.records import PARTICIPATION_KIND, Participation, Promotion, Site
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.announcing import APPROVAL, REPORT
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    SUBJECT_KIND,
    OpenOrder,
    OrderLine,
    PurchaseOrder,
)
from workflows.engine.flow import Flow

_ZONE = "Asia/Shanghai"


def sample_for(flow: Flow) -> object:
    """A subject as the flow's conversations are about. Raises LookupError for a kind that has none."""
    made = _OF_FLOWS.get(flow.key) or _OF_SUBJECTS.get(flow.subject)
    if made is None:
        raise LookupError(f"no sample of a {flow.subject}")
    return made()


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
    supplier = _supplier()
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
            product=product,
            quantity=500_000,
            unit="pcs",
            price=15_000,
            due_date=due,
        )
        for number, product in enumerate(_products(), start=1)
    ]
    return OpenOrder(order, lines, supplier, _brand())


def _capacity() -> OpenRequest:
    """Three months of two products, one of them reported before."""
    month = date(2026, 12, 1)  # the columns of the drawn table are called by their months
    now = clock.now()
    request = CapacityRequest(
        id=1,
        public_id="cpr_sample",
        brand=1,
        ref="CAP-1",
        supplier=_supplier(),
        months=3,
        asked_month=month,
        round_month=month,
        due_date=clock.today(_ZONE) + timedelta(days=5),
        due_at=now + timedelta(days=5),
        answer_days=5,
    )
    figures = {one.isoformat(): 500_000 for one in request.asked}
    known = {"figures": figures, "at": (now - timedelta(days=30)).isoformat()}
    items = [
        CapacityItem(id=number, request=request, product=product, place=number, prefill=prefill)
        for number, (product, prefill) in enumerate(zip(_products(), (known, {}), strict=True), start=1)
    ]
    return OpenRequest(request, items, _supplier(), _brand())


def _part() -> Part:
    """A distributor's part in a promotion, with two stores to choose from."""
    distributor = Organisation(id=2, public_id="org_sample", brand=1, ref="D-1", name="康源商贸", time_zone=_ZONE)
    participation = Participation(id=1, public_id="ptc_sample", organisation=distributor)
    stores = [Organisation(id=3, ref="ST-1", name="好邻居"), Organisation(id=4, ref="ST-2", name="观前街超市")]
    sites = [Site(id=number, organisation=store, prover=store) for number, store in enumerate(stores, start=1)]
    return Part(participation, _promotion(), distributor, _brand(), sites)


def _proof() -> OpenClaim:
    """A promotion's proof at one store."""
    promotion = _promotion()
    store = Organisation(id=3, public_id="org_store", brand=1, ref="ST-1", kind="store", name="好邻居", time_zone=_ZONE)
    claim = Claim(id=1, public_id="clm_sample", brand=1, promotion=promotion, due_at=promotion.due_at)
    return OpenClaim(claim, promotion, store, _brand())


def _promotion() -> Promotion:
    """A promotion of two shots and one question of the brand's own."""
    now, today = clock.now(), clock.today(_ZONE)
    return Promotion(
        id=1,
        public_id="prm_sample",
        brand=1,
        ref="PROMO-1",
        title={"en": "Autumn display", "zh": "秋季陈列"},
        policy={"en": "Build the display at the door and keep it full.", "zh": "在门口完成陈列，并保持货品充足。"},
        pays={"kind": "per_store", "amount": 400_00},
        budget={},
        currency="CNY",
        starts_on=today,
        ends_on=today + timedelta(days=30),
        due_at=now + timedelta(days=31),
        shots=[
            {"key": "shelf", "text": {"en": "The shelf", "zh": "货架"}, "min": 2, "max": 3, "album": False},
            {"key": "poster", "text": {"en": "The poster", "zh": "海报"}, "min": 1, "max": 1, "album": False},
        ],
        facts=[
            {
                "step": "fact_cartons",
                "kind": "quantity",
                "text": {"en": "How many cartons stand there?", "zh": "现场陈列多少箱？"},
                "constraints": {"unit": {"en": "cartons", "zh": "箱"}, "max": "500"},
            }
        ],
    )


def _reviewed() -> ClaimReview:
    """The same, sent, and waiting for its reviewer."""
    opened = _proof()
    claim, promotion = opened.claim, opened.promotion
    promotion.currency = "CNY"
    claim.state, claim.round, claim.sent_at, claim.amount = IN_REVIEW, 1, clock.now(), 200_00
    return ClaimReview(claim, promotion, _supplier(), opened.store, opened.store)


def _products() -> list[Product]:
    named = (("BOX-500", "瓦楞纸箱 Carton"), ("TAPE-60", "封箱胶带 Tape"))
    return [
        Product(id=number, sku=sku, name=name, unit="pcs", packs=[])
        for number, (sku, name) in enumerate(named, start=1)
    ]


def _brand() -> Organisation:
    return Organisation(
        id=1, brand=1, ref="self", kind="brand", name="联禾食品 Lianhe Foods", time_zone=_ZONE, language="zh"
    )


def _supplier() -> Organisation:
    return Organisation(
        id=2,
        public_id="org_sample",
        brand=1,
        ref="S-1",
        kind="supplier",
        name="恒丰包装厂",
        time_zone=_ZONE,
        language="zh",
    )


_OF_FLOWS: Mapping[str, Callable[[], object]] = {
    APPROVAL: lambda: _proposed(_order()),
    REPORT: lambda: _confirmed(_order()),
    REVIEW: _reviewed,
    proofs.FLOW: _proof,
}
_OF_SUBJECTS: Mapping[str, Callable[[], object]] = {
    PARTICIPATION_KIND: _part,
    SUBJECT_KIND: _order,
    capacity.SUBJECT_KIND: _capacity,
    "organisation": _supplier,
}
