"""What a changed order keeps of the answer before, and when the next one is due."""

from datetime import timedelta

from config import clock
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain import tasks
from workflows.domain.purchasing.orders import load, order_by_ref
from workflows.domain.purchasing.placing import cancel_order, place_order
from workflows.engine import inbox
from workflows.engine.registry import use_flows
from workflows.flows.order_confirmation import FLOW


def test_an_order_that_takes_over_a_later_date_is_not_late_any_more(trade: Trade) -> None:
    chat = Chat(trade.owner, trade.place("PO-1").public_id).reply("change")
    chat.reply({"10": {"date": "2026-12-30", "reason": "capacity"}}).reply(True).is_done()
    assert order_by_ref(trade.system, "PO-1").is_promised_late
    agreed = order_document()
    agreed["lines"][0]["due_date"] = "2026-12-30"

    place_order(trade.system, "PO-1", agreed)

    order = order_by_ref(trade.system, "PO-1")
    assert (order.state, order.is_promised_late) == ("confirmed", False)


def test_an_order_asked_again_shows_no_reason_of_the_answer_before(trade: Trade) -> None:
    task = trade.place("PO-1")
    Chat(trade.owner, task.public_id).reply("reject").reply("other").reply("Too cheap").reply(True).is_done()

    trade.place("PO-1", price="2")

    order = trade.order("PO-1")
    assert (order["state"], order["reason"], order["reason_text"]) == ("placed", None, "")
    assert trade.events()[-1].data["reason"] is None


def test_a_line_delivered_long_ago_leaves_two_days_to_answer_for_the_others(trade: Trade) -> None:
    document = order_document()
    document["lines"][0]["due_date"] = "2026-11-25"
    place_order(trade.system, "PO-1", document)
    Chat(trade.owner, tasks.Task.get().public_id).reply("accept").reply(True).is_done()

    with clock.frozen(clock.now() + timedelta(days=10)):
        document["lines"][2]["quantity"] = "77"
        place_order(trade.system, "PO-1", document)

        assert order_by_ref(trade.system, "PO-1").answer_due_at == clock.now() + timedelta(hours=48)


def test_an_order_with_nothing_left_to_ask_has_no_questions(trade: Trade) -> None:
    Chat(trade.owner, trade.place("PO-1").public_id).reply("accept").reply(True).is_done()

    assert FLOW.steps(load(trade.owner, order_by_ref(trade.system, "PO-1").public_id)) == []


def test_what_a_retired_flow_did_stays_in_the_history(trade: Trade) -> None:
    Chat(trade.owner, trade.place("PO-1").public_id).reply("accept").reply(True).is_done()
    trade.place("PO-2")
    use_flows({})

    (finished,) = inbox.history_of(trade.owner, None, 10)

    assert finished.title.en == "Order PO-1"
    assert inbox.templates_for(trade.owner, inbox.waiting_for(trade.owner)) == {}


def test_a_changed_rule_is_a_fact_and_the_same_rule_is_none(trade: Trade) -> None:
    trade.rule(short_percent="5", late_days=3)
    trade.rule(short_percent="5", late_days=3)

    told = [event for event in trade.events() if event.type == "rule.changed"]
    assert [event.data["short_percent"] for event in told] == ["5"]


def test_a_cancelled_order_keeps_only_the_reason_of_its_cancelling(trade: Trade) -> None:
    task = trade.place("PO-1")
    Chat(trade.owner, task.public_id).reply("reject").reply("price").reply(True).is_done()

    cancel_order(trade.system, "PO-1", "Not needed")

    order = trade.order("PO-1")
    assert (order["reason"], order["reason_text"]) == (None, "Not needed")
