"""A supplier answers a purchase order: accept all, change lines, or reject, with reasons."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.purchasing import orders, wording
from workflows.domain.purchasing.announcing import FLOW as FLOW_KEY
from workflows.domain.purchasing.announcing import SUPPLIER_ROLES
from workflows.domain.purchasing.confirming import OrderAnswer, confirm_order, verdict_on
from workflows.domain.purchasing.orders import OpenOrder
from workflows.domain.purchasing.presenting import card_facts, money
from workflows.domain.purchasing.rules import LineAnswer
from workflows.engine.flow import Card, Flow, Step, any_of, supplier, when
from workflows.engine.rejection import Rejection
from workflows.steps.order_lines import REASONS, LineTable, reason_text_step


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
            _table(order).constraints(),
            when=when("decision").is_in("change"),
            check="lines",
        ),
        Step(
            "reason",
            "choice",
            Text(en="Why can you not deliver?", zh="无法交付的原因是？"),
            {"options": REASONS},
            when=when("decision").is_in("reject"),
        ),
        reason_text_step(any_of(when("reason").is_in("other"), when("lines").column("reason").is_in("other"))),
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


def _table(order: OpenOrder) -> LineTable:
    return LineTable(order.asked, order.today)


def answer_of(order: OpenOrder, answers: Mapping[str, Any]) -> OrderAnswer:
    """What the answers say to each asked line."""
    decision = answers["decision"]
    if decision == "change":
        lines = _table(order).answers(answers["lines"])
    else:
        lines = {line.line: LineAnswer(decision, reason=answers.get("reason")) for line in order.asked}
    return OrderAnswer(lines, answers.get("reason"), answers.get("reason_text", ""))


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
        *wording.said(order.asked, answer.lines),
    ]
    fingerprint = json.dumps([verdict.kind, verdict.reasons, repr(answer)], ensure_ascii=False).encode()
    return {
        "preview": {
            "id": f"prv_{hashlib.sha256(fingerprint).hexdigest()[:32]}",
            "verdict": verdict.kind,
            "text": wording.verdict_text(order, verdict, answer),
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
