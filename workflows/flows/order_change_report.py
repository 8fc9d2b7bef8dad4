"""A supplier reports that a confirmed order will be late or short after all; the brand's buyer decides."""

import hashlib
from collections.abc import Mapping
from typing import Any

from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.purchasing import orders, report_wording, wording
from workflows.domain.purchasing.announcing import REPORT, SUPPLIER_ROLES
from workflows.domain.purchasing.orders import OpenOrder
from workflows.domain.purchasing.presenting import card_facts
from workflows.domain.purchasing.reporting import agreed_lines, report_change, reportable
from workflows.domain.purchasing.rules import PERSON
from workflows.engine.flow import Card, Flow, Startable, Step, supplier, when
from workflows.engine.rejection import Rejection
from workflows.steps.order_lines import LineTable, reason_text_step


def steps_for(order: OpenOrder) -> list[Step]:
    """What of the confirmed lines comes otherwise; nothing where no line is confirmed any more."""
    table = _table(order)
    if not table.lines:
        return []
    return [
        Step(
            "lines",
            "table",
            Text(
                en="What will be late or short? Untouched lines stay as agreed.",
                zh="哪些行会延迟或不足？未改动的行按约定执行。",
            ),
            table.constraints(),
            check="lines",
        ),
        reason_text_step(when("lines").column("reason").is_in("other")),
        Step(
            "send",
            "confirm",
            Text(en="Send this report?", zh="确认发送报告吗？"),
            {"yes": Text(en="Send", zh="发送")},
            live="preview",
            offline_text=Text(
                en="Send this report? The brand's buyer decides; until then the agreement stands.",
                zh="确认发送报告吗？由品牌采购决定，在此之前原约定有效。",
            ),
        ),
    ]


def _table(order: OpenOrder) -> LineTable:
    return LineTable(
        agreed_lines(order), order.today, Text(en="As agreed", zh="按约定"), Text(en="Cannot deliver", zh="无法交付")
    )


def check_lines(order: OpenOrder, _answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """A report must report something: the agreed quantity and date said once more is none."""
    if any(said.decision != "accept" for said in _table(order).answers(value).values()):
        return None
    return Rejection(
        "nothing_changed",
        Text(en="Every line is as agreed. Change one, or leave.", zh="所有行都与约定一致。请修改，或离开。"),
    )


def preview(order: OpenOrder, answers: Mapping[str, Any], _actor: Actor) -> dict[str, Any]:
    """Says before sending that the buyer decides, and that the agreement stands until then."""
    table = _table(order)
    said = table.answers(answers["lines"])
    fingerprint = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
    return {
        "preview": {
            "id": f"prv_{fingerprint[:32]}",
            "verdict": PERSON,
            "text": report_wording.PREVIEW,
            "facts": wording.said(table.lines, said),
        }
    }


def report(order: OpenOrder, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the report, and read back what is proposed now."""
    said = _table(order).answers(answers["lines"])
    words = answers.get("reason_text", "")
    stored = report_change(actor, order.order.public_id, order.order.standing, said, words)
    return report_wording.read_back(stored, [number for number, one in said.items() if one.decision != "accept"])


def card(order: OpenOrder) -> Card:
    """The order at a glance."""
    return Card(Text(en="Order {ref}", zh="订单 {ref}").format(ref=order.order.ref), card_facts(order))


FLOW = Flow(
    key=REPORT,
    version=1,
    title=Text(en="Report a late or short delivery", zh="报告交货变更"),
    subject=orders.SUBJECT_KIND,
    who=supplier(*SUPPLIER_ROLES),
    steps=steps_for,
    effect=report,
    card=card,
    load=orders.load,
    version_of=lambda order: order.order.standing,
    current_version=orders.standing_of,
    withdrawn=report_wording.withdrawn,
    live={"preview": preview},
    checks={"lines": check_lines},
    starts_alone=True,
    startable=Startable(of=reportable, opened=orders.opened, about=lambda order: order.order.subject),
)
