"""The brand's buyer answers what a supplier proposes: accept, decline or counter, all at once or line by line."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from config.text import Text
from workflows.domain import amounts
from workflows.domain.access import Actor
from workflows.domain.purchasing import decision_wording, orders, reasons
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.announcing import APPROVAL, BUYER_ROLES
from workflows.domain.purchasing.deciding import decide_change, total_of
from workflows.domain.purchasing.decisions import ACCEPT, COUNTER, DECLINE, Decision, LineDecision, is_as_ordered
from workflows.domain.purchasing.orders import OpenOrder, OrderLine
from workflows.domain.purchasing.presenting import money
from workflows.domain.purchasing.wording import deliveries_text
from workflows.engine.content import Entry
from workflows.engine.flow import Card, Flow, Step, brand, when
from workflows.engine.inputs.table import merged_rows
from workflows.engine.rejection import Rejection

LINE_BY_LINE = "lines"
_LATEST = timedelta(days=730)
_LARGEST_FACTOR = 10  # over ten times what was ordered is a slip of the finger
_MOST_COMPARED = 20
_LONGEST_WORD = 300

_LINE_DECISIONS: list[Entry] = [
    {"key": ACCEPT, "text": Text(en="Accept", zh="接受")},
    {"key": COUNTER, "text": Text(en="Counter", zh="另提方案")},
    {"key": DECLINE, "text": Text(en="Decline", zh="不接受")},
]


def steps_for(order: OpenOrder) -> list[Step]:
    """The proposal beside what was ordered, and what the buyer says to it; nothing where nothing is proposed any more."""
    if not order.proposed:
        return []
    return [
        Step("proposal", "note", _proposal_text(order), {"data": {"compared": _compared(order)}}),
        Step(
            "decision",
            "choice",
            Text(en="Do you accept what the supplier proposes?", zh="是否接受供应商的提议？"),
            {
                "options": [
                    {"key": ACCEPT, "text": Text(en="Accept all", zh="全部接受")},
                    {"key": LINE_BY_LINE, "text": Text(en="Line by line", zh="逐行决定")},
                    {"key": DECLINE, "text": Text(en="Decline all", zh="全部不接受")},
                ]
            },
            check="decision",
        ),
        Step(
            "lines",
            "table",
            Text(
                en="What do you say to each line? Untouched lines are accepted as proposed.",
                zh="每一行如何答复？未改动的行按提议接受。",
            ),
            _table(order),
            when=when("decision").is_in(LINE_BY_LINE),
            check="lines",
        ),
        Step(
            "word",
            "text",
            Text(en="A word to the supplier? It may stay empty.", zh="给供应商留言？可以不填。"),
            {"min_length": 0, "max_length": _LONGEST_WORD},
            when=when("decision").is_in(LINE_BY_LINE, DECLINE),
        ),
        Step(
            "send",
            "confirm",
            Text(en="Send this decision?", zh="确认发送决定吗？"),
            {"yes": Text(en="Send", zh="发送")},
            live="preview",
            offline_text=Text(
                en="Send this decision? Lines that you do not accept go back to the supplier.",
                zh="确认发送决定吗？未接受的行会重新询问供应商。",
            ),
        ),
    ]


def _proposal_text(order: OpenOrder) -> Text:
    if any(line.former for line in order.proposed):
        return Text(
            en="{supplier} reports that confirmed lines will be late or short. {count} of {all} lines need your decision.",
            zh="{supplier}报告已确认的内容有变，共 {all} 行，其中 {count} 行待您决定。",
        ).format(supplier=order.supplier.name[:40], count=len(order.proposed), all=len(order.lines))
    return Text(
        en="{supplier} answered. {count} of {all} lines need your decision.",
        zh="{supplier}已答复，共 {all} 行，其中 {count} 行待您决定。",
    ).format(supplier=order.supplier.name[:40], count=len(order.proposed), all=len(order.lines))


def _compared(order: OpenOrder) -> dict[str, Any]:
    rows = [_comparison(line) for line in order.proposed[:_MOST_COMPARED]]
    if len(order.proposed) <= _MOST_COMPARED:
        return {"rows": rows}
    more = Text(en="… and {count} more lines: see line by line", zh="……另有 {count} 行，请点逐行决定查看")
    return {"rows": rows, "more": more.format(count=len(order.proposed) - _MOST_COMPARED)}


def _comparison(line: OrderLine) -> dict[str, Any]:
    """One line, what stood and what is proposed side by side."""
    return {
        "text": line.product.name,
        "before": {"text": _before_label(line), "values": _said(line, _before(line))},
        "after": {"text": Text(en="Proposed", zh="提议"), "values": _proposed(line)},
        "why": [reasons.WHY[key] for key in line.why or () if key in reasons.WHY],
        **({"reason": reason} if (reason := reasons.reason_text(line.reason)) else {}),
    }


def _before(line: OrderLine) -> tuple[Promise, ...]:
    return line.agreement.promised if line.agreement else (line.ordered,)


def _before_label(line: OrderLine) -> Text:
    return Text(en="Agreed", zh="原约定") if line.agreement else Text(en="Ordered", zh="订购")


def _proposed(line: OrderLine) -> list[Text | str]:
    return _said(line, line.promised) if line.promised else [Text(en="rejected", zh="拒绝交付")]


def _said(line: OrderLine, promises: tuple[Promise, ...]) -> list[Text | str]:
    return [deliveries_text(line, (promise,)) for promise in promises]


def _table(order: OpenOrder) -> dict[str, Any]:
    return {
        "rows": [_row(order, line) for line in order.proposed],
        "columns": _columns(order),
        "absent_rows": "keep",
        "min_changed_cells": 1,
    }


def _row(order: OpenOrder, line: OrderLine) -> dict[str, Any]:
    has_own_unit = len({one.unit for one in order.proposed}) > 1
    proposed = deliveries_text(line, line.promised) if line.promised else Text(en="rejected", zh="拒绝交付")
    start = _start(line)
    return {
        **({"constraints": {"quantity": {"unit": line.unit}}} if has_own_unit else {}),
        "key": str(line.line),
        "text": line.product.name,
        "facts": [
            [_before_label(line), deliveries_text(line, _before(line))],
            [Text(en="Proposed", zh="提议"), proposed],
            [Text(en="Why you", zh="待决原因"), reasons.why_text(line.why)],
        ],
        "cells": {
            "decision": ACCEPT,
            "quantity": amounts.quantity_text(start.quantity),
            "date": start.date.isoformat(),
        },
    }


def _start(line: OrderLine) -> Promise:
    """Where a counter-proposal starts from: all that is proposed by its last day, or what was ordered."""
    if not line.promised:
        return line.ordered
    return Promise(sum(one.quantity for one in line.promised), max(one.date for one in line.promised))


def _columns(order: OpenOrder) -> list[dict[str, Any]]:
    most = min(max(line.quantity for line in order.proposed) * _LARGEST_FACTOR, amounts.LARGEST_QUANTITY)
    return [
        {"key": "decision", "kind": "choice", "text": Text(en="Decision", zh="决定"), "options": _LINE_DECISIONS},
        {
            "key": "quantity",
            "kind": "quantity",
            "text": Text(en="Quantity", zh="数量"),
            "unit": order.proposed[0].unit,
            "decimals": amounts.QUANTITY_DECIMALS,
            "min": "0.001",
            "max": amounts.quantity_text(most),
        },
        {
            "key": "date",
            "kind": "date",
            "text": Text(en="Date", zh="交期"),
            "min": order.today.isoformat(),
            "max": (order.today + _LATEST).isoformat(),
        },
    ]


def decision_of(order: OpenOrder, answers: Mapping[str, Any]) -> Decision:
    """What the answers say to each proposed line."""
    said = answers["decision"]
    if said == LINE_BY_LINE:
        rows = merged_rows(answers["lines"], _table(order))
        lines = {line.line: _line_decision(line, rows[str(line.line)]) for line in order.proposed}
    else:
        lines = {line.line: _to_all(line, said) for line in order.proposed}
    return Decision(lines, answers.get("word", ""))


def _to_all(line: OrderLine, said: str) -> LineDecision:
    """A line just as ordered is not declined with the others: there is nothing in it to ask differently."""
    return LineDecision(ACCEPT if is_as_ordered(line) else said)


def _line_decision(line: OrderLine, cells: Mapping[str, Any]) -> LineDecision:
    if cells["decision"] != COUNTER:
        return LineDecision(cells["decision"])
    wanted = Promise(amounts.quantity(cells["quantity"]), date.fromisoformat(cells["date"]))
    if line.promised and wanted == _start(line):
        return LineDecision(ACCEPT)
    if (wanted,) == _before(line):
        return LineDecision(DECLINE)
    return LineDecision(COUNTER, wanted)


_AS_ORDERED = Text(
    en="{name} is accepted just as you ordered it. Accept it, or counter with something else.",
    zh="{name}已按订单原样接受，没有可拒绝的内容。请接受，或另提方案。",
)
_TOO_LATE_TO_ASK = Text(
    en="{name}: {date} has passed. Choose a later date.", zh="{name}：{date} 已经过去，请选择更晚的日期。"
)
_TOO_MUCH = Text(en="The order's total becomes too large. Ask for less.", zh="订单总额过大，请减少数量。")


def check_decision(order: OpenOrder, _answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """A proposal that is the order itself cannot be declined."""
    if value != DECLINE or not all(is_as_ordered(line) for line in order.proposed):
        return None
    return Rejection("as_ordered", _AS_ORDERED.format(name=order.proposed[0].product.name))


def check_lines(order: OpenOrder, answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """A counter-proposal must be possible, and only what differs from the order can be declined."""
    decided = decision_of(order, {**answers, "lines": value}).lines
    for line in order.proposed:
        said = decided[line.line]
        if said.kind == DECLINE and is_as_ordered(line):
            return Rejection("as_ordered", _AS_ORDERED.format(name=line.product.name))
        if said.wanted is not None and said.wanted.date < order.today:
            words = _TOO_LATE_TO_ASK.format(name=line.product.name, date=said.wanted.date.isoformat())
            return Rejection("date_past", words)
    wanted = {number: said.wanted for number, said in decided.items() if said.wanted is not None}
    return Rejection("total_too_large", _TOO_MUCH) if total_of(order, wanted) > amounts.LARGEST_AMOUNT else None


def preview(order: OpenOrder, answers: Mapping[str, Any], _actor: Actor) -> dict[str, Any]:
    """Says before sending what becomes of each line: it stands at once, or the supplier is asked again."""
    decision = decision_of(order, answers)
    again = bool(decision_wording.asked_again(order, decision))
    fingerprint = json.dumps([again, repr(decision)], ensure_ascii=False).encode()
    return {
        "preview": {
            "id": f"prv_{hashlib.sha256(fingerprint).hexdigest()[:32]}",
            "verdict": "person" if again else "automatic",
            "label": Text(en="The supplier answers", zh="供应商再答复")
            if again
            else Text(en="Stands at once", zh="立即生效"),
            "text": decision_wording.preview_text(order, decision),
            "facts": decision_wording.preview_facts(order, decision),
        }
    }


def decide(order: OpenOrder, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the decision, and read back what now stands."""
    stored = decide_change(actor, order.order.public_id, order.order.standing, decision_of(order, answers))
    return decision_wording.read_back(stored, [line.line for line in order.proposed])


def card(order: OpenOrder) -> Card:
    """The order at a glance, as its buyer sees it."""
    title = Text(en="Order {ref}", zh="订单 {ref}").format(ref=order.order.ref)
    facts: list[tuple[Text, Text | str]] = [
        (Text(en="Supplier", zh="供应商"), order.supplier.name),
        (Text(en="Total", zh="总额"), money(order.order.amount, order.order.currency)),
    ]
    if order.order.reason_text:
        facts.append((Text(en="The supplier writes", zh="供应商说明"), order.order.reason_text))
    return Card(title, tuple(facts))


FLOW = Flow(
    key=APPROVAL,
    version=1,
    title=Text(en="Decide on a change", zh="订单变更审批"),
    subject=orders.SUBJECT_KIND,
    who=brand(*BUYER_ROLES),
    steps=steps_for,
    effect=decide,
    card=card,
    load=orders.load,
    version_of=lambda order: order.order.standing,
    current_version=orders.standing_of,
    withdrawn=decision_wording.withdrawn,
    live={"preview": preview},
    checks={"decision": check_decision, "lines": check_lines},
)
