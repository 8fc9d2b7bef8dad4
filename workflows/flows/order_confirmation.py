"""A supplier answers a purchase order: accept all, change lines, or reject, with reasons."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from config.text import Text
from workflows.domain import amounts
from workflows.domain.access import Actor
from workflows.domain.purchasing import orders, reasons, wording
from workflows.domain.purchasing.announcing import FLOW as FLOW_KEY
from workflows.domain.purchasing.announcing import SUPPLIER_ROLES
from workflows.domain.purchasing.confirming import OrderAnswer, confirm_order, verdict_on
from workflows.domain.purchasing.orders import OpenOrder, OrderLine, Promise
from workflows.domain.purchasing.presenting import card_facts, money
from workflows.domain.purchasing.rules import LineAnswer
from workflows.engine.content import Entry
from workflows.engine.flow import Card, Flow, Step, any_of, supplier, when
from workflows.engine.inputs.table import merged_rows
from workflows.engine.rejection import Rejection

_LATEST_PROMISE = timedelta(days=730)
_LARGEST_FACTOR = 10  # a promise of over ten times what was ordered is a slip of the finger
_DELIVERIES = (("quantity", "date"), ("quantity_2", "date_2"), ("quantity_3", "date_3"))
_CHANGING = [column for pair in _DELIVERIES for column in pair]

_REASONS: list[Entry] = [{"key": key, "text": text} for key, text in reasons.REASONS.items()]
_LINE_DECISIONS: list[Entry] = [
    {"key": "accept", "text": Text(en="Accept", zh="接受")},
    {"key": "change", "text": Text(en="Change", zh="变更")},
    {"key": "reject", "text": Text(en="Reject", zh="拒绝")},
]


def steps_for(order: OpenOrder) -> list[Step]:
    """The questions about the lines that the brand asks for; none where it asks for none, as after a change meanwhile."""
    if not order.asked:
        return []
    return [
        Step(
            "decision",
            "choice",
            Text(en="Can you deliver this order?", zh="这张订单能按要求交付吗？"),
            {
                "options": [
                    {"key": "accept", "text": Text(en="Accept all", zh="全部接受")},
                    {"key": "change", "text": Text(en="Change lines", zh="变更部分行")},
                    {"key": "reject", "text": Text(en="Reject", zh="拒绝订单")},
                ]
            },
        ),
        Step(
            "lines",
            "table",
            Text(en="What changes? Untouched lines stay as ordered.", zh="哪些行有变化？未改动的行按原订单执行。"),
            _table(order),
            when=when("decision").is_in("change"),
            check="lines",
        ),
        Step(
            "reason",
            "choice",
            Text(en="Why can you not deliver?", zh="无法交付的原因是？"),
            {"options": _REASONS},
            when=when("decision").is_in("reject"),
        ),
        Step(
            "reason_text",
            "text",
            Text(en="Please say it in a few words.", zh="请简单说明。"),
            {"min_length": 1, "max_length": 300},
            when=any_of(when("reason").is_in("other"), when("lines").column("reason").is_in("other")),
        ),
        Step(
            "send",
            "confirm",
            Text(en="Send this answer?", zh="确认发送答复吗？"),
            {"yes": Text(en="Send", zh="发送")},
            live="preview",
            offline_text=Text(
                en="Send this answer? Changes beyond the brand's rule go to its buyer.",
                zh="确认发送答复吗？超出品牌规则的变更将由采购决定。",
            ),
        ),
    ]


def _table(order: OpenOrder) -> dict[str, Any]:
    has_own_units = len({line.unit for line in order.asked}) > 1
    return {
        "rows": [_row(line, has_own_units) for line in order.asked],
        "columns": _columns(order),
        "absent_rows": "keep",
        "min_changed_cells": 1,
    }


def _row(line: OrderLine, has_own_unit: bool) -> dict[str, Any]:
    return {
        **({"constraints": {quantity: {"unit": line.unit} for quantity, _ in _DELIVERIES}} if has_own_unit else {}),
        "key": str(line.line),
        "text": line.product.name,
        "facts": [
            [Text(en="SKU", zh="货号"), line.product.sku],
            [Text(en="Ordered", zh="订购"), f"{amounts.quantity_text(line.quantity)} {line.unit}"],
            [Text(en="Due", zh="交期"), line.due_date.isoformat()],
        ],
        "cells": {
            "decision": "accept",
            "quantity": amounts.quantity_text(line.quantity),
            "date": line.due_date.isoformat(),
        },
    }


def _columns(order: OpenOrder) -> list[dict[str, Any]]:
    deliveries = [column for number in (1, 2, 3) for column in _delivery_columns(order, number)]
    return [
        {"key": "decision", "kind": "choice", "text": Text(en="Answer", zh="答复"), "options": _LINE_DECISIONS},
        *deliveries,
        {
            "key": "reason",
            "kind": "choice",
            "text": Text(en="Reason", zh="原因"),
            "options": _REASONS,
            "optional": True,
            "required_if": {"any": [{"changed": _CHANGING}, {"cell": "decision", "in": ["reject"]}]},
        },
    ]


def _delivery_columns(order: OpenOrder, number: int) -> list[dict[str, Any]]:
    most = min(max(line.quantity for line in order.asked) * _LARGEST_FACTOR, amounts.LARGEST_QUANTITY)
    quantity, day = _DELIVERIES[number - 1]
    columns: list[dict[str, Any]] = [
        {
            "key": quantity,
            "kind": "quantity",
            "text": Text(en="Quantity {n}", zh="第 {n} 批数量").format(n=number),
            "unit": order.asked[0].unit,
            "decimals": amounts.QUANTITY_DECIMALS,
            "min": "0.001",
            "max": amounts.quantity_text(most),
        },
        {
            "key": day,
            "kind": "date",
            "text": Text(en="Date {n}", zh="第 {n} 批交期").format(n=number),
            "min": order.today.isoformat(),
            "max": (order.today + _LATEST_PROMISE).isoformat(),
        },
    ]
    if number == 1:
        return columns
    return [{**columns[0], "optional": True, "with": day}, {**columns[1], "optional": True, "with": quantity}]


def answer_of(order: OpenOrder, answers: Mapping[str, Any]) -> OrderAnswer:
    """What the answers say to each asked line."""
    decision = answers["decision"]
    if decision == "change":
        rows = merged_rows(answers["lines"], _table(order))
        lines = {line.line: _line_answer(line, rows[str(line.line)]) for line in order.asked}
    else:
        lines = {line.line: LineAnswer(decision, reason=answers.get("reason")) for line in order.asked}
    return OrderAnswer(lines, answers.get("reason"), answers.get("reason_text", ""))


def _line_answer(line: OrderLine, cells: Mapping[str, Any]) -> LineAnswer:
    if cells["decision"] == "reject":
        return LineAnswer("reject", reason=cells.get("reason"))
    deliveries = tuple(
        Promise(amounts.quantity(cells[quantity]), date.fromisoformat(cells[day]))
        for quantity, day in _DELIVERIES
        if cells.get(quantity) and cells.get(day)
    )
    if deliveries == (Promise(line.quantity, line.due_date),):
        return LineAnswer("accept")
    return LineAnswer("change", tuple(sorted(deliveries, key=lambda promise: promise.date)), cells.get("reason"))


def check_lines(order: OpenOrder, answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """A change must change something: the ordered quantity and date said once more is an acceptance."""
    said = answer_of(order, {**answers, "lines": value}).lines.values()
    if any(line.decision != "accept" for line in said):
        return None
    return Rejection(
        "nothing_changed",
        Text(
            en="Every line is as ordered. Change one, or go back and accept all.",
            zh="所有行都与订单一致。请修改，或返回选择全部接受。",
        ),
    )


def preview(order: OpenOrder, answers: Mapping[str, Any], _actor: Actor) -> dict[str, Any]:
    """Says before sending whether the answer is accepted automatically, or the brand's buyer decides."""
    answer = answer_of(order, answers)
    verdict = verdict_on(order, answer)
    facts = [
        [Text(en="Total", zh="总额"), money(order.order.amount, order.order.currency)],
        *wording.said(order, answer),
    ]
    fingerprint = json.dumps([verdict.kind, verdict.reasons, repr(answer)], ensure_ascii=False).encode()
    return {
        "preview": {
            "id": f"prv_{hashlib.sha256(fingerprint).hexdigest()[:32]}",
            "verdict": verdict.kind,
            "text": wording.verdict_text(verdict, answer),
            "facts": facts,
        }
    }


def confirm(order: OpenOrder, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the answer, and read back what was stored."""
    stored = confirm_order(actor, order.order.public_id, order.order.version, answer_of(order, answers))
    return wording.read_back(stored, [line.line for line in order.asked])


def card(order: OpenOrder) -> Card:
    """The order at a glance."""
    title = Text(en="Order {ref}", zh="订单 {ref}").format(ref=order.order.ref)
    return Card(title, card_facts(order))


FLOW = Flow(
    key=FLOW_KEY,
    version=1,
    title=Text(en="Confirm order", zh="确认订单"),
    subject=orders.SUBJECT_KIND,
    who=supplier(*SUPPLIER_ROLES),
    steps=steps_for,
    effect=confirm,
    card=card,
    load=orders.load,
    version_of=lambda order: order.order.version,
    current_version=orders.version_of,
    withdrawn=wording.withdrawn,
    live={"preview": preview},
    checks={"lines": check_lines},
)
