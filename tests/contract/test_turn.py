"""A turn, a step and a rejection look on the wire exactly as the golden files say (CONTRACT §3)."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.text import Text
from workflows.domain.evidence import findings
from workflows.engine.engine import Answer, Interview, with_shown
from workflows.engine.flow import Card, Step, when
from workflows.engine.photos import PhotoState
from workflows.engine.rejection import BadCell
from workflows.engine.turn import Ask, Message, Progress, Rejection, Turn, TurnSubject

GOLDEN = Path(__file__).parent / "turn.json"
STEPS = (
    Step("hello", "note", Text(en="A new order.", zh="新订单。"), {"data": {"lines": 2}}),
    Step(
        "decision",
        "choice",
        Text(en="Can you deliver?", zh="能交付吗？"),
        {
            "options": [
                {"key": "accept", "text": Text(en="Accept", zh="接受")},
                {"key": "reject", "text": Text(en="Reject", zh="拒绝")},
            ]
        },
        check="open",
    ),
    Step(
        "days",
        "quantity",
        Text(en="How late?", zh="晚几天？"),
        {"unit": Text(en="days", zh="天")},
        when("decision").is_in("reject"),
    ),
    Step(
        "send",
        "confirm",
        Text(en="Send?", zh="提交？"),
        {"yes": Text(en="Send", zh="提交")},
        live="preview",
        offline_text=Text(en="Send later?", zh="稍后提交？"),
        depends_on=("decision",),
    ),
)
ACCEPTED = Answer("ans_1", "decision", "accept", "per_1", "2026-12-01T08:00:00Z")
PREVIEW = {"id": "prv_1", "verdict": "automatic", "text": Text(en="Accepted at once.", zh="将自动接受。"), "facts": []}
CELL = BadCell("10", "quantity", "too_large", Text(en="Disc, Quantity: At most 5.", zh="盘，数量：最多 5。"))
BLURRED = findings.sentence("blurred", {})


def turn() -> Turn:
    interview = with_shown(Interview(STEPS, {"decision": ACCEPTED}), "send", {"preview": PREVIEW})
    card = Card(
        Text(en="Order PO-1", zh="订单 PO-1"),
        ((Text(en="Buyer", zh="采购"), "Li"), (Text(en="Due", zh="交期"), Text(en="Soon", zh="尽快"))),
    )
    return Turn(
        id="cnv_1",
        flow="order-confirmation",
        state="asking",
        revision=1,
        title=Text(en="Confirm order", zh="确认订单"),
        subject=TurnSubject("purchase_order", "po_1", "PO-1", card),
        progress=Progress.of(interview),
        messages=(Message("me", "decision", Text(en="Accept", zh="接受")),),
        ask=Ask.of(interview, STEPS[-1]),
        stored=("ans_1",),
        dropped=("days",),
        rejection=Rejection("too_large", CELL.text, "ans_2", "lines", (CELL,)),
        steps=STEPS,
        answers=interview.answers,
        photos={"pho_1": PhotoState("checked", (("blurred", BLURRED),))},
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_turn_is_as_the_contract_has_it(language: str) -> None:
    golden: dict[str, Any] = json.loads(GOLDEN.read_text("utf-8"))
    assert json.loads(json.dumps(turn().to_json(language))) == golden[language]


def test_an_empty_turn_names_every_field_all_the_same() -> None:
    full = turn()
    empty = Turn(full.id, full.flow, "done", 2, full.title, full.subject, full.progress).to_json("zh")
    assert set(empty) == set(full.to_json("zh"))
    nothing = {
        "messages": [],
        "ask": None,
        "stored": [],
        "dropped": [],
        "rejection": None,
        "superseded_by": None,
        "steps": None,
        "answers": {},
        "photos": {},
    }
    assert {name: empty[name] for name in nothing} == nothing
