"""What a supplier says to the lines of an order: as they stand, otherwise (up to three deliveries), or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from config.text import Text
from workflows.domain import amounts
from workflows.domain.purchasing import reasons
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import OrderLine
from workflows.domain.purchasing.rules import LineAnswer
from workflows.engine.conditions import Condition
from workflows.engine.content import Entry
from workflows.engine.flow import Step
from workflows.engine.inputs.table import merged_rows

_LATEST_PROMISE = timedelta(days=730)
_LARGEST_FACTOR = 10  # a promise of over ten times what was ordered is a slip of the finger
_DELIVERIES = (("quantity", "date"), ("quantity_2", "date_2"), ("quantity_3", "date_3"))
_CHANGING = [column for pair in _DELIVERIES for column in pair]

_ACCEPT, _REJECT = Text(en="Accept", zh="接受"), Text(en="Reject", zh="拒绝")
REASONS: list[Entry] = [{"key": key, "text": text} for key, text in reasons.REASONS.items()]


@dataclass(frozen=True)
class LineTable:
    """The table over some lines of an order. `accept` and `reject` are what the two simple answers are called."""

    lines: Sequence[OrderLine]
    today: date
    accept: Text = _ACCEPT
    reject: Text = _REJECT

    def constraints(self) -> dict[str, Any]:
        """As a table step declares it."""
        return {
            "rows": [self._row(line) for line in self.lines],
            "columns": self._columns(),
            "absent_rows": "keep",
            "min_changed_cells": 1,
        }

    def answers(self, value: Any) -> dict[int, LineAnswer]:
        """What the table's answer says to each line, by its number."""
        rows = merged_rows(value, self.constraints())
        return {line.line: _line_answer(line, rows[str(line.line)]) for line in self.lines}

    def _row(self, line: OrderLine) -> dict[str, Any]:
        has_own_units = len({one.unit for one in self.lines}) > 1
        units = {quantity: {"unit": line.unit} for quantity, _ in _DELIVERIES}
        return {
            **({"constraints": units} if has_own_units else {}),
            "key": str(line.line),
            "text": line.product.name,
            "facts": _facts(line),
            "cells": {"decision": "accept", **_prefilled(line)},
        }

    def _columns(self) -> list[dict[str, Any]]:
        options = [
            {"key": "accept", "text": self.accept},
            {"key": "change", "text": Text(en="Change", zh="变更")},
            {"key": "reject", "text": self.reject},
        ]
        return [
            {"key": "decision", "kind": "choice", "text": Text(en="Answer", zh="答复"), "options": options},
            *(column for number in (1, 2, 3) for column in self._delivery_columns(number)),
            {
                "key": "reason",
                "kind": "choice",
                "text": Text(en="Reason", zh="原因"),
                "options": REASONS,
                "optional": True,
                "required_if": {"any": [{"changed": _CHANGING}, {"cell": "decision", "in": ["reject"]}]},
            },
        ]

    def _delivery_columns(self, number: int) -> list[dict[str, Any]]:
        most = min(max(line.quantity for line in self.lines) * _LARGEST_FACTOR, amounts.LARGEST_QUANTITY)
        quantity, day = _DELIVERIES[number - 1]
        columns: list[dict[str, Any]] = [
            {
                "key": quantity,
                "kind": "quantity",
                "text": Text(en="Quantity {n}", zh="第 {n} 批数量").format(n=number),
                "unit": self.lines[0].unit,
                "decimals": amounts.QUANTITY_DECIMALS,
                "min": "0.001",
                "max": amounts.quantity_text(most),
            },
            {
                "key": day,
                "kind": "date",
                "text": Text(en="Date {n}", zh="第 {n} 批交期").format(n=number),
                "min": self.today.isoformat(),
                "max": (self.today + _LATEST_PROMISE).isoformat(),
            },
        ]
        if number == 1:
            return columns
        return [{**columns[0], "optional": True, "with": day}, {**columns[1], "optional": True, "with": quantity}]


def reason_text_step(condition: Condition) -> Step:
    """The question for words where none of the reasons says it."""
    text = Text(en="Please say it in a few words.", zh="请简单说明。")
    return Step("reason_text", "text", text, {"min_length": 1, "max_length": 300}, when=condition)


def standing_of(line: OrderLine) -> tuple[Promise, ...]:
    """What a line says before the answer: what is agreed, or what was ordered."""
    return line.promised or (line.ordered,)


def _facts(line: OrderLine) -> list[Any]:
    facts: list[Any] = [
        [Text(en="SKU", zh="货号"), line.product.sku],
        [Text(en="Ordered", zh="订购"), f"{amounts.quantity_text(line.quantity)} {line.unit}"],
        [Text(en="Due", zh="交期"), line.due_date.isoformat()],
    ]
    if standing_of(line) != (line.ordered,):
        said = " + ".join(f"{amounts.quantity_text(one.quantity)} · {one.date.isoformat()}" for one in line.promised)
        facts.append([Text(en="Agreed", zh="约定"), said])
    return facts


def _prefilled(line: OrderLine) -> dict[str, str]:
    cells: dict[str, str] = {}
    for (quantity, day), promise in zip_longest(_DELIVERIES, standing_of(line)[: len(_DELIVERIES)]):
        if promise is not None:
            cells |= {quantity: amounts.quantity_text(promise.quantity), day: promise.date.isoformat()}
    return cells


def _line_answer(line: OrderLine, cells: Mapping[str, Any]) -> LineAnswer:
    if cells["decision"] == "reject":
        return LineAnswer("reject", reason=cells.get("reason"))
    deliveries = tuple(
        Promise(amounts.quantity(cells[quantity]), date.fromisoformat(cells[day]))
        for quantity, day in _DELIVERIES
        if cells.get(quantity) and cells.get(day)
    )
    if deliveries == standing_of(line):
        return LineAnswer("accept")
    return LineAnswer("change", tuple(sorted(deliveries, key=lambda promise: promise.date)), cells.get("reason"))
