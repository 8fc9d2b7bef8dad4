"""A conversation reads well as plain text, and typed text answers it."""

from datetime import date
from typing import Any

from config.text import Text
from workflows.engine import engine, text_chat
from workflows.engine.engine import Accepted, Answer, Interview
from workflows.engine.flow import Card, Step, when
from workflows.engine.turn import Ask, Message, Progress, Rejection, Turn, TurnSubject

TODAY = date(2026, 12, 1)
OPTIONS = [
    {"key": "accept", "text": Text(en="Accept", zh="接受")},
    {"key": "change", "text": Text(en="Change some lines", zh="修改部分行")},
]
LINES = {
    "rows": [
        {
            "key": "10",
            "text": Text(en="Brake disc", zh="刹车盘"),
            "facts": [[Text(en="Price", zh="单价"), "12.5"]],
            "cells": {"quantity": "500"},
        },
    ],
    "columns": [
        {
            "key": "quantity",
            "kind": "quantity",
            "text": Text(en="Quantity", zh="数量"),
            "unit": Text(en="pcs", zh="件"),
        },
        {"key": "date", "kind": "date", "text": Text(en="Promise date", zh="交期"), "optional": True},
    ],
    "min_changed_cells": 1,
}
STEPS = (
    Step("decision", "choice", Text(en="Can you deliver?", zh="能按时交货吗？"), {"options": OPTIONS}),
    Step("lines", "table", Text(en="What changes?", zh="修改哪些？"), LINES, when=when("decision").is_in("change")),
    Step("send", "confirm", Text(en="Send it?", zh="现在提交？"), {"yes": Text(en="Send", zh="提交")}, live="preview"),
)


def turn(interview: Interview, **parts: Any) -> Turn:
    step = engine.next_step(interview)
    card = Card(
        Text(en="Order PO-1", zh="订单 PO-1"),
        ((Text(en="Buyer", zh="采购"), "Li"), (Text(en="Due", zh="交期"), Text(en="soon", zh="尽快"))),
    )
    return Turn(
        id="cnv_1",
        flow="order-confirmation",
        state="asking",
        revision=0,
        title=Text(en="Confirm order", zh="确认订单"),
        subject=TurnSubject("purchase_order", "po_1", "PO-1", card),
        progress=Progress.of(interview),
        ask=Ask.of(interview, step) if step else None,
        **parts,
    )


def says(interview: Interview, text: str) -> Interview:
    step = engine.next_step(interview)
    assert step is not None
    value = text_chat.parse(step, engine.constraints_of(interview, step), text, TODAY)
    taken = engine.answer(interview, Answer("a", step.key, value, "p", ""), TODAY)
    assert isinstance(taken, Accepted)
    return taken.interview


def test_an_opened_conversation_shows_the_order_and_numbered_options() -> None:
    interview = Interview(STEPS)
    assert text_chat.render(turn(interview, steps=STEPS), "zh") == (
        "订单 PO-1\n采购：Li\n交期：尽快\n\n能按时交货吗？\n1. 接受\n2. 修改部分行"
    )
    assert text_chat.render(turn(interview), "en") == "Can you deliver?\n1. Accept\n2. Change some lines"


def test_a_table_is_written_out_and_answered_line_by_line() -> None:
    interview = says(Interview(STEPS), "2")
    assert text_chat.render(turn(interview), "en") == (
        "What changes?\n10. Brake disc: Quantity 500 pcs (Price: 12.5)\n"
        "One line per item you change: its number, then what changes, such as: 10 Quantity=… (Quantity, date). No change: -"
    )
    interview = says(interview, "10 数量=400 date=明天")
    assert interview.answers["lines"].value == {"10": {"quantity": "400", "date": "2026-12-02"}}


def test_a_preview_stands_above_the_yes_and_is_what_the_yes_means() -> None:
    preview = {
        "id": "prv_1",
        "verdict": "automatic",
        "text": Text(en="Accepted at once.", zh="将自动接受。"),
        "facts": [["PO-1", "500"]],
    }
    interview = engine.with_shown(says(Interview(STEPS), "接受"), "send", {"preview": preview})
    assert text_chat.render(turn(interview), "zh") == "现在提交？\n将自动接受。\nPO-1：500\n回复“提交”或 1 确认。"
    assert says(interview, "好的").answers["send"].value == {"preview": "prv_1"}


def test_news_a_colleague_and_a_refusal_come_before_the_question() -> None:
    messages = (
        Message("partnerline", None, Text(en="The order changed.", zh="订单已变更。")),
        Message("colleague", "decision", Text(en="Accept", zh="接受")),
        Message("me", "decision", Text(en="Change", zh="修改")),
    )
    refused = Rejection("unknown_option", Text(en="Pick one.", zh="请选一项。"), "a", "decision")
    text = text_chat.render(turn(Interview(STEPS), messages=messages, rejection=refused), "en")
    assert (
        text
        == "The order changed.\n\nColleague: Accept\n\nPick one.\n\nCan you deliver?\n1. Accept\n2. Change some lines"
    )


def test_a_list_too_long_for_a_chat_is_cut() -> None:
    rows = [{"key": f"SKU-{number:06}", "text": f"part {number}", "cells": {}} for number in range(200)]
    interview = says(Interview((STEPS[0], Step("lines", "table", STEPS[1].text, {**LINES, "rows": rows}))), "2")
    lines = text_chat.render(turn(interview), "zh").splitlines()
    assert lines[1] == "1. part 0"
    assert lines[21] == "…"
    assert says(interview, "200 quantity=1").answers["lines"].value == {"SKU-000199": {"quantity": "1"}}
