"""What the brand does to an order while its supplier is answering it."""

import threading

import pytest

from config import database
from notifications import outbox
from tests import make, waiting
from tests.chat import Chat
from tests.trade import Trade
from workflows.domain import people
from workflows.domain.errors import Conflict
from workflows.domain.purchasing.orders import order_by_ref
from workflows.domain.purchasing.placing import cancel_order
from workflows.engine import conversations, inbox
from workflows.engine.run import Given


def test_a_cancellation_and_an_answer_at_the_same_moment_never_wait_for_each_other_in_a_circle(trade: Trade) -> None:
    task = trade.place("PO-1")
    chat = Chat(trade.owner, task.public_id)
    both = [Given("a1", "decision", "accept"), Given("a2", "send", True)]
    said: list[str] = []

    def answer_everything() -> None:
        with database.connection():
            try:
                conversations.answer(trade.owner, chat.turn.id, chat.turn.revision, both)
            except Conflict as refused:
                said.append(refused.code)

    answering = threading.Thread(target=answer_everything)
    with database.transaction():
        database.serialise("order", order_by_ref(trade.system, "PO-1").public_id)
        answering.start()
        waiting.until(waiting.somebody_waits)
        cancel_order(trade.system, "PO-1", "Season over")
    answering.join(waiting.PATIENCE_S)

    assert said == ["superseded"]
    assert trade.task_states("PO-1") == ["cancelled"]


def test_an_order_given_to_another_supplier_ends_the_conversation_and_says_so(trade: Trade) -> None:
    make.supplier(trade.brand, "S2")
    chat = Chat(trade.owner, trade.place("PO-1").public_id).reply("accept")

    trade.place("PO-1", supplier="S2")

    with pytest.raises(Conflict, match="superseded"):
        chat.reply(True)
    turn = conversations.load(trade.owner, chat.turn.id)
    assert (turn.state, turn.superseded_by, turn.ask) == ("superseded", None, None)
    assert "withdrew this order from you" in turn.messages[-1].text.en


def test_a_yes_without_signal_to_the_old_order_is_no_yes_to_the_changed_one(trade: Trade) -> None:
    task = trade.place("PO-1")
    template = inbox.templates_for(trade.owner, inbox.waiting_for(trade.owner))[task.public_id]
    trade.place("PO-1", quantity="500")
    yes = [Given("a1", "decision", "accept"), Given("a2", "send", True)]

    begun = conversations.begin(trade.owner, task.public_id, "cnv_of_the_phone", template.id)
    with pytest.raises(Conflict, match="superseded"):
        conversations.answer(trade.owner, "cnv_of_the_phone", begun.turn.revision, yes)

    assert (begun.turn.id, begun.turn.state) == ("cnv_of_the_phone", "superseded")
    successor = conversations.load(trade.owner, str(begun.turn.superseded_by))
    assert (successor.state, successor.revision) == ("asking", 0)
    assert trade.order("PO-1")["state"] == "placed"


def test_a_conversation_asked_for_again_is_the_same_though_its_order_changed(trade: Trade) -> None:
    task = trade.place("PO-1")
    conversations.begin(trade.owner, task.public_id, "cnv_of_the_phone")
    trade.place("PO-1", quantity="500")

    again = conversations.begin(trade.owner, task.public_id, "cnv_of_the_phone")

    assert (again.turn.id, again.turn.state, again.is_new) == ("cnv_of_the_phone", "superseded", False)


def test_whoever_answered_before_the_change_is_seen_at_work_on_the_new_task(trade: Trade) -> None:
    old = trade.place("PO-1")
    Chat(trade.owner, old.public_id).reply("change")
    trade.place("PO-1", quantity="120")

    Chat(trade.owner, old.public_id).says("What changes?")

    (one,) = inbox.waiting_for(trade.clerk)
    assert one.taken_by is not None
    assert one.taken_by[0] == trade.owner.person


def test_an_answer_reaches_another_buyer_when_the_orders_own_buys_no_more(trade: Trade) -> None:
    colleague = make.person(trade.brand, "buyer")
    task = trade.place("PO-1", buyer=trade.buyer.ref)
    people.suspend_person(trade.system, trade.buyer.ref)

    Chat(trade.owner, task.public_id).reply("reject").reply("price").reply(True).is_done()

    assert len(outbox.notices_of(colleague.public_id, str(trade.brand.id))) == 1
    assert outbox.notices_of(trade.buyer.public_id, str(trade.brand.id)) == []
