"""Answers before their time, verdicts that change while somebody reads, and templates nobody handed out."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chat import Chat
from tests.trade import Trade
from workflows.domain.errors import Conflict, Invalid
from workflows.engine import conversations
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.flows.order_confirmation import FLOW


def test_an_answer_before_its_time_is_refused_and_the_rest_of_the_batch_taken(trade: Trade) -> None:
    task = trade.place("PO-1")
    turn = conversations.begin(trade.owner, task.public_id).turn
    batch = [
        Given("ans_a", "send", True),
        Given("ans_b", "decision", "change"),
        Given("ans_c", "lines", {"10": {"quantity": "0", "reason": "capacity"}}),
        Given("ans_d", "send", True),
    ]

    now = conversations.answer(trade.owner, turn.id, 0, batch)

    assert (now.state, now.stored) == ("asking", ("ans_b",))
    assert now.rejection is not None
    assert (now.rejection.answer, now.rejection.code) == ("ans_a", "not_asked_yet")
    assert now.ask is not None
    assert now.ask.step == "lines"


def test_who_looks_again_sees_the_verdict_that_holds_now(trade: Trade) -> None:
    task = trade.place("PO-1", price="900")
    chat = Chat(trade.owner, task.public_id).reply("accept").says("accepted automatically")

    trade.rule(person_above="1000")
    chat.turn = conversations.load(trade.owner, chat.turn.id)

    chat.says("buyer decides")
    assert chat.turn.ask is not None
    shown: Any = chat.turn.ask.to_json("en")
    chat.reply({"preview": shown["constraints"]["preview"]["id"]}).is_done()
    assert trade.order("PO-1")["state"] == "change_proposed"


def test_a_conversation_begun_from_an_unknown_template_is_refused(trade: Trade) -> None:
    task = trade.place("PO-1")
    with pytest.raises(Invalid) as refused:
        conversations.begin(trade.owner, task.public_id, "cnv_mine", "tpl_unknown")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("template",), "steps_unknown")]


def test_a_version_no_longer_served_is_superseded_and_keeps_what_fits(trade: Trade) -> None:
    task = trade.place("PO-1")
    chat = Chat(trade.owner, task.public_id).reply("accept")
    use_flows({FLOW.key: replace(FLOW, version=2, served_from=2)})

    with pytest.raises(Conflict, match="superseded") as refused:
        chat.reply(True)

    successor = conversations.load(trade.owner, str(refused.value.current.superseded_by))
    assert successor.id != chat.turn.id
    assert successor.answers["decision"].value == "accept"
    assert Chat(trade.owner, task.public_id).turn.id == successor.id
