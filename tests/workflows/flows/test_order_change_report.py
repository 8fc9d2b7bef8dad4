"""A supplier reports, of their own will, that what was confirmed will be late or short; the buyer decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import clock
from tests import make
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain import tasks
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Forbidden, NotFound
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.history import history_of
from workflows.domain.purchasing.placing import cancel_order, place_order
from workflows.engine import conversations, inbox, starting
from workflows.engine.checks import problems
from workflows.engine.run import Given
from workflows.engine.turn import Turn
from workflows.flows.order_change_report import FLOW

KEY = "order-change-report"
LATE = {"10": {"quantity": "80", "date": "2026-12-30", "reason": "material"}}


@pytest.fixture
def buyer(trade: Trade) -> Actor:
    return make.actor_for(trade.buyer, trade.brand)


def confirmed(trade: Trade, ref: str = "PO-1", **document: Any) -> str:
    """An order confirmed as it was ordered; its id."""
    Chat(trade.owner, trade.place(ref, **document).public_id).reply("accept").reply(True).is_done()
    return orders.order_by_ref(trade.system, ref).public_id


def say(actor: Actor, turn: Turn, *values: Any) -> Turn:
    """Answer what is asked, one after the other."""
    for number, value in enumerate(values):
        assert turn.ask is not None
        given = Given(f"{turn.id}_{turn.revision}_{number}", turn.ask.step, value)
        turn = conversations.answer(actor, turn.id, turn.revision, [given])
    return turn


def reported(trade: Trade, change: dict[str, Any] = LATE) -> str:
    """A confirmed order with a report on it; its id."""
    order = confirmed(trade)
    assert say(trade.owner, starting.start(trade.owner, KEY, order).turn, change, True).state == "done"
    return order


def buyers_task(trade: Trade) -> str:
    of_the_brand = (tasks.Task.organisation == trade.brand.id) & (tasks.Task.state == "open")
    return str(tasks.Task.get(of_the_brand).public_id)


def line(trade: Trade, number: int = 10) -> dict[str, Any]:
    return next(one for one in trade.order("PO-1")["lines"] if one["line"] == number)


def test_a_report_goes_to_the_buyer_and_the_agreement_is_remembered(trade: Trade) -> None:
    order = confirmed(trade)
    turn = starting.start(trade.owner, KEY, order).turn
    turn = say(trade.owner, turn, LATE)
    assert turn.ask is not None
    preview: Any = turn.ask.to_json("en")["constraints"]
    assert preview["preview"]["verdict"] == "person"
    assert "Until then the agreement stands" in preview["preview"]["text"]
    turn = say(trade.owner, turn, True)

    assert [message.text.en for message in turn.messages][-2:] == [
        "Reported for order PO-1. The brand's buyer decides.",
        "酱油 A: 80 pcs · 2026-12-30",
    ]
    assert (trade.order("PO-1")["state"], line(trade)["state"]) == ("change_proposed", "change_proposed")
    assert line(trade)["former_deliveries"] == [{"quantity": "100", "date": "2026-12-20"}]
    assert line(trade)["why"] == ["reported", "short", "late"]
    event = trade.events()[-1]
    assert (event.type, event.data["report"], event.data["reported"]) == ("order.change-proposed", True, [10])


def test_the_buyer_sees_what_was_agreed_beside_what_is_reported(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    chat = Chat(buyer, buyers_task(trade)).says("reports that confirmed lines will be late or short")
    assert chat.turn.steps is not None
    data: Any = chat.turn.steps[0].localised("en")["constraints"]
    (row,) = data["data"]["compared"]["rows"]
    assert row["before"] == {"text": "Agreed", "values": ["100 pcs · 2026-12-20"]}
    assert row["why"] == ["a change of what was confirmed", "less than ordered", "later than asked"]


def test_an_accepted_report_is_the_new_agreement(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    Chat(buyer, buyers_task(trade)).reply("accept").reply(True).is_done()
    assert trade.order("PO-1")["state"] == "confirmed"
    assert line(trade)["deliveries"] == [{"quantity": "80", "date": "2026-12-30"}]
    assert line(trade)["former_deliveries"] == []


def test_a_declined_report_puts_the_agreement_back(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    chat = Chat(buyer, buyers_task(trade)).reply("decline").reply("")
    chat.says("It stands at once", "the agreement stands: 100 pcs · 2026-12-20").reply(True).is_done()

    assert trade.order("PO-1")["state"] == "confirmed"
    assert line(trade)["deliveries"] == [{"quantity": "100", "date": "2026-12-20"}]
    assert [event.type for event in trade.events()][-2:] == ["order.change-decided", "order.confirmed"]
    assert inbox.waiting_for(trade.owner) == []


def test_an_agreement_outlives_a_counter_proposal_that_leads_nowhere(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    chat = Chat(buyer, buyers_task(trade)).reply("lines")
    chat.reply({"10": {"decision": "counter", "quantity": "90", "date": "2026-12-24"}}).reply("").reply(True).is_done()
    again = Chat(trade.owner, inbox.waiting_for(trade.owner)[0].task.public_id)
    again.reply("reject").reply("capacity").says("buyer decides").reply(True).is_done()
    assert trade.order("PO-1")["state"] == "change_proposed"  # no rejection ends an agreement by itself

    Chat(buyer, buyers_task(trade)).reply("decline").reply("").reply(True).is_done()

    assert (line(trade)["quantity"], line(trade)["due_date"], line(trade)["state"]) == (
        "100",
        "2026-12-20",
        "confirmed",
    )
    assert line(trade)["deliveries"] == [{"quantity": "100", "date": "2026-12-20"}]


def test_the_erps_nightly_order_does_not_answer_a_report(trade: Trade) -> None:
    reported(trade)
    place_order(trade.system, "PO-1", order_document())
    assert trade.order("PO-1")["state"] == "change_proposed"


def test_a_change_of_another_line_leaves_the_report_with_the_buyer(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    old = buyers_task(trade)
    document = order_document()
    document["lines"][2]["quantity"] = "70"
    place_order(trade.system, "PO-1", document)

    assert [one["state"] for one in trade.order("PO-1")["lines"]] == ["change_proposed", "confirmed", "placed"]
    assert buyers_task(trade) != old
    Chat(buyer, buyers_task(trade)).reply("decline").reply("").reply(True).is_done()
    assert [one["state"] for one in trade.order("PO-1")["lines"]] == ["confirmed", "confirmed", "placed"]
    Chat(trade.owner, inbox.waiting_for(trade.owner)[0].task.public_id).reply("accept").reply(True).is_done()
    assert trade.order("PO-1")["state"] == "confirmed"


def test_a_second_report_takes_the_decision_about_the_first_with_it(trade: Trade, buyer: Actor) -> None:
    order = reported(trade)
    chat = Chat(buyer, buyers_task(trade)).reply("accept")
    more = {"20": {"quantity": "10", "reason": "capacity"}}
    say(trade.owner, starting.start(trade.owner, KEY, order).turn, more, True)

    with pytest.raises(Conflict, match="superseded") as refused:
        chat.reply(True)
    successor = conversations.load(buyer, str(refused.value.current.superseded_by))
    assert "2 of 3 lines" in successor.messages[0].text.en
    Chat(buyer, buyers_task(trade)).reply(True).is_done()
    assert trade.order("PO-1")["state"] == "confirmed"


def test_a_report_begun_before_the_order_moved_on_is_no_report(trade: Trade) -> None:
    order = confirmed(trade)
    turn = say(trade.owner, starting.start(trade.owner, KEY, order).turn, LATE)
    cancel_order(trade.system, "PO-1", "Season over")

    with pytest.raises(Conflict, match="superseded"):
        say(trade.owner, turn, True)
    assert trade.order("PO-1")["state"] == "cancelled"


def test_saying_the_agreement_once_more_is_no_report(trade: Trade) -> None:
    turn = starting.start(trade.owner, KEY, confirmed(trade)).turn
    turn = say(trade.owner, turn, {"10": {"decision": "change", "reason": "price"}})
    assert turn.rejection is not None
    assert turn.rejection.code == "nothing_changed"


def test_a_line_agreed_in_two_deliveries_begins_with_both(trade: Trade) -> None:
    trade.rule(late_days=10)
    change = {"10": {"quantity": "60", "quantity_2": "40", "date_2": "2026-12-28", "reason": "material"}}
    Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(change).reply(True).is_done()
    turn = starting.start(trade.owner, KEY, orders.order_by_ref(trade.system, "PO-1").public_id).turn

    say(trade.owner, turn, {"10": {"date_2": "2026-12-31", "reason": "material"}}, True)

    assert line(trade)["deliveries"] == [
        {"quantity": "60", "date": "2026-12-20"},
        {"quantity": "40", "date": "2026-12-31"},
    ]


def test_it_is_offered_for_what_is_confirmed_and_not_long_done(trade: Trade) -> None:
    order = confirmed(trade)
    trade.place("PO-2")

    assert [one.subject.id for one in starting.offered(trade.owner, KEY, None, 10, False)] == [order]
    with pytest.raises(Conflict, match="not_startable"):
        starting.start(trade.owner, KEY, orders.order_by_ref(trade.system, "PO-2").public_id)
    with clock.frozen(clock.now() + timedelta(days=130)):
        assert starting.offered(trade.owner, KEY, None, 10, False) == []


def test_what_was_agreed_for_long_after_its_day_can_be_reported_until_its_last_delivery_is_long_done(
    trade: Trade, buyer: Actor
) -> None:
    split = {"10": {"quantity": "60", "quantity_2": "40", "date_2": "2027-06-20", "reason": "capacity"}}
    Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(split).reply(True).is_done()
    Chat(buyer, buyers_task(trade)).reply("accept").reply(True).is_done()
    order = orders.order_by_ref(trade.system, "PO-1").public_id

    with clock.frozen(datetime(2027, 5, 22, 3, 0, tzinfo=UTC)):
        assert [one.subject.id for one in starting.offered(trade.owner, KEY, None, 10, False)] == [order]
        turn = starting.start(trade.owner, KEY, order).turn
        turn = say(trade.owner, turn, {"10": {"date_2": "2027-07-20", "reason": "capacity"}}, True)
        assert turn.state == "done"
        Chat(buyer, buyers_task(trade)).reply("decline").reply("").reply(True).is_done()
    with clock.frozen(datetime(2027, 9, 22, 3, 0, tzinfo=UTC)):
        assert starting.offered(trade.owner, KEY, None, 10, False) == []


def test_a_second_report_keeps_the_words_of_the_first_for_the_buyer(trade: Trade, buyer: Actor) -> None:
    order = confirmed(trade)
    broken = {"10": {"quantity": "80", "reason": "other"}}
    say(trade.owner, starting.start(trade.owner, KEY, order).turn, broken, "The mould is broken", True)
    gone = {"20": {"decision": "reject", "reason": "material"}}
    say(trade.owner, starting.start(trade.owner, KEY, order).turn, gone, True)

    Chat(buyer, buyers_task(trade)).says("The supplier writes", "The mould is broken")
    second = history_of(buyer, orders.order_by_ref(trade.system, "PO-1"), 0, 50).moves[-1]
    assert [text.en for text in second.lines] == ["Line 20 酱油 B: rejected: Material is missing"]


def test_a_rejection_that_the_buyer_declines_leaves_no_reason_on_a_confirmed_order(trade: Trade, buyer: Actor) -> None:
    reported(trade)
    chat = Chat(buyer, buyers_task(trade)).reply("lines").reply({"10": {"decision": "counter", "quantity": "90"}})
    chat.reply("").reply(True).is_done()
    of_the_supplier = (tasks.Task.organisation == trade.supplier.id) & (tasks.Task.state == "open")
    again = Chat(trade.owner, tasks.Task.get(of_the_supplier).public_id)
    again.reply("reject").reply("price").reply(True).is_done()
    assert trade.order("PO-1")["reason"] == "price"

    Chat(buyer, buyers_task(trade)).reply("decline").reply("").reply(True).is_done()
    assert (trade.order("PO-1")["state"], trade.order("PO-1")["reason"]) == ("confirmed", None)


def test_strangers_report_nothing(trade: Trade, buyer: Actor) -> None:
    order = confirmed(trade)
    other = make.supplier(trade.brand)
    stranger = make.actor_for(make.person(other), other)

    assert starting.offered(stranger, KEY, None, 10, False) == []
    with pytest.raises(NotFound):
        starting.start(stranger, KEY, order)
    with pytest.raises(Forbidden):
        starting.start(buyer, KEY, order)


def test_a_report_is_told_as_one_in_the_history(trade: Trade) -> None:
    reported(trade)
    move = history_of(trade.owner, orders.order_by_ref(trade.owner, "PO-1"), 0, 50).moves[-1]
    assert (move.side, move.text.en) == ("supplier", "Reported: what was confirmed will be late or short")
    assert (
        move.lines[0].en == "Line 10 酱油 A: 80 pcs · 2026-12-30 instead of 100 pcs · 2026-12-20: Material is missing"
    )


def test_the_flow_passes_its_checks(trade: Trade) -> None:
    order = orders.load(trade.owner, confirmed(trade))
    assert problems(FLOW, order) == []
