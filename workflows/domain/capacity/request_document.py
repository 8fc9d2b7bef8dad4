"""Reads a capacity request as a brand's system sends it, and names every fault at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from config import clock
from workflows.domain import organisations, products
from workflows.domain.access import Actor
from workflows.domain.capacity import months
from workflows.domain.capacity.records import OpenRequest
from workflows.domain.documents import Faults
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product

MOST_ITEMS = 100
MOST_MONTHS = 12
_MOST_CELLS = 600  # what a phone can show and a person can read through
_MOST_MONTHS_AHEAD = 24
_LONGEST_NOTE = 500
_LAST_DAY = 31
_KEYS = frozenset({"supplier", "items", "first_month", "months", "due_date", "recurs_on_day", "note"})


@dataclass(frozen=True)
class RequestDocument:
    """A clean request; first_month None stands for the month in which it is asked."""

    supplier: Organisation
    products: tuple[Product, ...]
    first_month: date | None
    months: int
    due_date: date
    recurs_on_day: int | None
    note: str

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two requests the same."""
        return (*self.asked_when, self.supplier.id, self.skus, self.months, self.recurs_on_day, self.note)

    @property
    def asked_when(self) -> tuple[date | None, date]:
        """From which month on it asks, and until when it waits for the answer, as the brand put them."""
        return (self.first_month, self.due_date)

    @property
    def skus(self) -> tuple[str, ...]:
        """The products in the brand's order."""
        return tuple(product.sku for product in self.products)


def document_of(opened: OpenRequest) -> RequestDocument:
    """What the brand put, read back from what is stored."""
    request = opened.request
    return RequestDocument(
        opened.supplier,
        tuple(opened.products),
        request.first_month,
        request.months,
        request.due_date,
        request.recurs_on_day,
        request.note,
    )


def read_request(actor: Actor, fields: Mapping[str, Any], known: RequestDocument | None) -> RequestDocument:
    """The clean document. Raises Invalid with every fault.

    known is what stands already: its month and its date may have passed since.
    """
    faults = Faults()
    faults.only((), fields, _KEYS)
    supplier = organisations.read_supplier(actor, faults, fields.get("supplier"))
    found = _items(actor, faults, fields.get("items"))
    first = faults.read(("first_month",), fields.get("first_month"), months.read, is_optional=True)
    count = faults.whole(("months",), fields.get("months"), 1, MOST_MONTHS)
    due = faults.date(("due_date",), fields.get("due_date"))
    day = faults.whole(("recurs_on_day",), fields.get("recurs_on_day"), 1, _LAST_DAY, is_optional=True)
    note = faults.text(("note",), fields.get("note"), longest=_LONGEST_NOTE, is_optional=True, has_lines=True)
    _refuse_past(faults, supplier, first, due, known)
    if found and count and len(found) * count > _MOST_CELLS:
        faults.add(("items",), "too_many_figures", most=_MOST_CELLS)
    faults.raise_if_any()
    if supplier is None or count is None or due is None:
        raise AssertionError("a missing supplier, number of months or date is a fault")
    return RequestDocument(supplier, found, first, count, due, day, note or "")


def _items(actor: Actor, faults: Faults, raw: object) -> tuple[Product, ...]:
    rows: object = [] if raw is None else raw
    if not isinstance(rows, list):
        faults.add(("items",), "list_expected")
        return ()
    if not 1 <= len(rows) <= MOST_ITEMS:
        code = "list_too_short" if not rows else "list_too_long"
        faults.add(("items",), code, least=1, most=MOST_ITEMS)
        return ()
    known = products.by_sku(actor.brand_id, {sku for sku in rows if isinstance(sku, str)})
    found: dict[str, Product] = {}
    for place, one in enumerate(rows):
        sku = faults.ref(("items", place), one)
        if sku is None:
            continue
        if sku not in known:
            faults.add(("items", place), "sku_unknown", sku=sku)
        elif sku in found:
            faults.add(("items", place), "sku_twice", sku=sku)
        else:
            found[sku] = known[sku]
    return tuple(found.values())


def _refuse_past(
    faults: Faults, supplier: Organisation | None, first: date | None, due: date | None, known: RequestDocument | None
) -> None:
    """Nobody plans a month that is over at the supplier's place, nor answers before today."""
    if supplier is None:
        return
    today = clock.today(supplier.time_zone)
    now = months.of(today)
    known_first, known_due = known.asked_when if known else (None, None)
    if first is not None and first != known_first and not now <= first <= months.plus(now, _MOST_MONTHS_AHEAD):
        latest = months.plus(now, _MOST_MONTHS_AHEAD)
        faults.add(("first_month",), "month_out_of_range", earliest=months.text(now), latest=months.text(latest))
    if due is not None and due != known_due and due < today:
        faults.add(("due_date",), "date_past", today=today.isoformat())
