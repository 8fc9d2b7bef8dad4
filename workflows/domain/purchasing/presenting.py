"""An order as a document: for the brand's systems, for events, and as the card of a conversation."""

from collections.abc import Sequence
from typing import Any

from config.text import Text
from workflows.domain import amounts, people
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import CANCELLED, REJECTED, OpenOrder, OrderLine

_CARD_LINES = 5
_IN_EVENTS = ("line", "sku", "quantity", "unit", "due_date", "state", "reason", "deliveries")


def order_documents(orders: Sequence[OpenOrder]) -> list[dict[str, Any]]:
    """The orders as the brand reads them, in one more query however many there are."""
    buyers = people.refs_of({one.order.buyer for one in orders if one.order.buyer})
    return [_document(one, buyers.get(one.order.buyer or "")) for one in orders]


def _document(one: OpenOrder, buyer_ref: str | None) -> dict[str, Any]:
    order = one.order
    return {
        "id": order.public_id,
        "ref": order.ref,
        "supplier": one.supplier.ref,
        "buyer": buyer_ref,
        "currency": order.currency,
        "note": order.note,
        "amount": amounts.amount_text(order.amount, order.currency),
        "version": order.version,
        "state": order.state,
        "reason": order.reason,
        "reason_text": order.reason_text,
        "answer_due_at": order.answer_due_at,
        "answered_at": order.answered_at,
        "placed_at": order.placed_at,
        "updated_at": order.updated_at,
        "lines": [_line_document(line) for line in one.lines],
    }


def _line_document(line: OrderLine) -> dict[str, Any]:
    return {
        "line": line.line,
        "sku": line.product.sku,
        "name": line.product.name,
        "quantity": amounts.quantity_text(line.quantity),
        "unit": line.unit,
        "price": amounts.unit_price_text(line.price),
        "due_date": line.due_date.isoformat(),
        "state": line.state,
        "reason": line.reason,
        "deliveries": [_promise_document(promise) for promise in line.promised],
        "why": line.why or [],
        "former_deliveries": _former_deliveries(line),
    }


def _former_deliveries(line: OrderLine) -> list[dict[str, str]]:
    return [_promise_document(promise) for promise in line.agreement.promised] if line.agreement else []


def _promise_document(promise: Promise) -> dict[str, str]:
    return {"quantity": amounts.quantity_text(promise.quantity), "date": promise.date.isoformat()}


def event_data(one: OpenOrder) -> dict[str, Any]:
    """An order's standing as an event carries it: figures, references and business words, nothing about persons."""
    order = one.order
    return {
        "ref": order.ref,
        "supplier": one.supplier.ref,
        "version": order.version,
        "state": order.state,
        "amount": amounts.amount_text(order.amount, order.currency),
        "currency": order.currency,
        "reason": order.reason,
        "reason_text": order.reason_text,
        "lines": [_event_line(line) for line in one.lines],
    }


def _event_line(line: OrderLine) -> dict[str, Any]:
    document = _line_document(line)
    return {key: document[key] for key in _IN_EVENTS}


def money(minor: int, currency: str) -> str:
    """An amount as people read it: `CNY 100,000.00`."""
    return amounts.money_text(minor, currency)


def line_facts(line: OrderLine) -> Text:
    """A line at a glance: product, quantity and due date; one that is off the order says so."""
    if line.state == REJECTED:
        return Text(en="{name}: rejected", zh="{name}：已拒绝").format(name=line.product.name)
    return Text(en="{name}: {quantity} {unit}, due {date}", zh="{name}：{quantity} {unit}，交期 {date}").format(
        name=line.product.name,
        quantity=amounts.quantity_text(line.quantity),
        unit=line.unit,
        date=line.due_date.isoformat(),
    )


def card_facts(one: OpenOrder) -> tuple[tuple[Text, Text | str], ...]:
    """An order at a glance: who, how much, and its first lines."""
    order = one.order
    facts: list[tuple[Text, Text | str]] = [
        (Text(en="From", zh="品牌方"), one.brand.name),
        (Text(en="Total", zh="总额"), money(order.amount, order.currency)),
    ]
    facts += [
        (Text(en="Line {line}", zh="第 {line} 行").format(line=line.line), line_facts(line))
        for line in one.lines[:_CARD_LINES]
    ]
    if len(one.lines) > _CARD_LINES:
        rest = Text(en="and {count} more lines", zh="另有 {count} 行").format(count=len(one.lines) - _CARD_LINES)
        facts.append((Text(en="More", zh="其余"), rest))
    if order.state == CANCELLED:
        facts.insert(0, (Text(en="Cancelled", zh="已取消"), order.reason_text))
    if order.note:
        facts.append((Text(en="Note", zh="备注"), order.note))
    return tuple(facts)
