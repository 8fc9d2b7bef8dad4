"""Reads a purchase order as a brand's system sends it, and names every fault at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from config import clock
from workflows.domain import amounts, organisations, people, products
from workflows.domain.access import Actor
from workflows.domain.documents import Faults
from workflows.domain.organisations import Organisation
from workflows.domain.products import Product

MOST_LINES = 10_000
_LARGEST_LINE_NUMBER = 999_999
_LONGEST_NOTE = 2_000
_ORDER_KEYS = frozenset({"supplier", "buyer", "currency", "lines", "note"})
_LINE_KEYS = frozenset({"line", "sku", "quantity", "unit", "price", "due_date"})


@dataclass(frozen=True)
class LineDocument:
    """One clean line: quantity in thousandths, price in 1/10,000.

    sent is what the brand's system said (quantity, due date) where something else has been agreed since.
    """

    line: int
    product: Product
    quantity: int
    unit: str
    price: int
    due_date: date
    sent: tuple[int, date] | tuple[None, None] = (None, None)

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two lines the same."""
        return (self.product.id, self.quantity, self.unit, self.price, self.due_date)


@dataclass(frozen=True)
class OrderDocument:
    """A clean order, its lines by their numbers in order."""

    supplier: Organisation
    buyer: str | None
    currency: str
    note: str
    lines: tuple[LineDocument, ...]

    @property
    def amount(self) -> int:
        """The order's total in minor units, each line rounded once."""
        return sum(amounts.line_amount(line.quantity, line.price, self.currency) for line in self.lines)

    @property
    def first_due_date(self) -> date:
        """The earliest day anything of it is due."""
        return min(line.due_date for line in self.lines)


def read_order(actor: Actor, fields: Mapping[str, Any], known_dates: Mapping[int, Collection[date]]) -> OrderDocument:
    """The clean document. Raises Invalid with every fault, line by line.

    known_dates are the dates of lines that stand already: a line may keep a date that has passed since.
    """
    faults = Faults()
    faults.only((), fields, _ORDER_KEYS)
    supplier = organisations.read_supplier(actor, faults, fields.get("supplier"))
    buyer = _buyer(actor, faults, fields.get("buyer"))
    currency = faults.currency(("currency",), fields.get("currency"))
    note = faults.text(("note",), fields.get("note"), longest=_LONGEST_NOTE, is_optional=True, has_lines=True)
    rows = faults.rows(("lines",), fields.get("lines"), most=MOST_LINES, least=1)
    lines = _Lines(actor, faults, rows, known_dates).read()
    if not faults.found:
        _refuse_too_large(faults, lines, str(currency))
    faults.raise_if_any()
    if supplier is None or currency is None:
        raise AssertionError("a missing supplier or currency is a fault")
    return OrderDocument(supplier, buyer, currency, note or "", tuple(sorted(lines, key=lambda line: line.line)))


def _buyer(actor: Actor, faults: Faults, raw: object) -> str | None:
    ref = faults.ref(("buyer",), raw, is_optional=True)
    if ref is None:
        return None
    buyer = people.buyer_with_ref(actor, ref)
    if buyer is None:
        faults.add(("buyer",), "buyer_unknown", ref=ref)
    return buyer


class _Lines:
    """The lines of one document, read with one query for all their products."""

    def __init__(
        self,
        actor: Actor,
        faults: Faults,
        rows: list[Mapping[str, Any]],
        known_dates: Mapping[int, Collection[date]],
    ) -> None:
        self._faults = faults
        self._rows = rows
        self._known_dates = known_dates
        self._today = clock.today(actor.time_zone)
        self._products = products.by_sku(
            actor.brand_id, {row["sku"] for row in rows if isinstance(row.get("sku"), str)}
        )
        self._seen: set[int] = set()

    def read(self) -> list[LineDocument]:
        """Every line that is clean; the faults of the others are noted."""
        found = (self._line(("lines", place), row) for place, row in enumerate(self._rows))
        return [line for line in found if line is not None]

    def _line(self, path: tuple[str | int, ...], row: Mapping[str, Any]) -> LineDocument | None:
        faults = self._faults
        faults.only(path, row, _LINE_KEYS)
        number = faults.whole((*path, "line"), row.get("line"), 1, _LARGEST_LINE_NUMBER)
        product = self._product(path, row)
        quantity = faults.quantity((*path, "quantity"), row.get("quantity"))
        price = faults.unit_price((*path, "price"), row.get("price"))
        due = faults.date((*path, "due_date"), row.get("due_date"), is_optional=False)
        if number is not None:
            self._refuse_twice(path, number)
            self._refuse_past(path, number, due)
        unit = self._unit(path, row, product)
        if number is None or product is None or quantity is None or price is None or due is None:
            return None
        return LineDocument(number, product, quantity, unit, price, due)

    def _product(self, path: tuple[str | int, ...], row: Mapping[str, Any]) -> Product | None:
        sku = self._faults.ref((*path, "sku"), row.get("sku"))
        if sku is None:
            return None
        product = self._products.get(sku)
        if product is None:
            self._faults.add((*path, "sku"), "sku_unknown", sku=sku)
        return product

    def _unit(self, path: tuple[str | int, ...], row: Mapping[str, Any], product: Product | None) -> str:
        unit = self._faults.text((*path, "unit"), row.get("unit"), longest=16, is_optional=True)
        if product is None:
            return ""
        if unit and unit != product.unit:
            self._faults.add((*path, "unit"), "unit_differs", unit=product.unit)
        return str(product.unit)

    def _refuse_twice(self, path: tuple[str | int, ...], number: int) -> None:
        if number in self._seen:
            self._faults.add((*path, "line"), "line_twice", line=number)
        self._seen.add(number)

    def _refuse_past(self, path: tuple[str | int, ...], number: int, due: date | None) -> None:
        if due is not None and due < self._today and due not in self._known_dates.get(number, ()):
            self._faults.add((*path, "due_date"), "date_past", today=self._today.isoformat())


def _refuse_too_large(faults: Faults, lines: list[LineDocument], currency: str) -> None:
    total = sum(amounts.line_amount(line.quantity, line.price, currency) for line in lines)
    if total > amounts.LARGEST_AMOUNT:
        faults.add(("lines",), "total_too_large", most=amounts.amount_text(amounts.LARGEST_AMOUNT, currency))
