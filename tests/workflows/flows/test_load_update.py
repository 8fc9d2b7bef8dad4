"""A supplier says how busy it is: one tap to open, one to say, and the last message reads it back."""

import pytest

from tests.trade import Trade
from workflows.domain.capacity.records import SupplierLoad
from workflows.domain.errors import Conflict
from workflows.engine import conversations, inbox, starting
from workflows.engine.run import Given


def say(trade: Trade, key: str) -> str:
    turn = starting.start(trade.owner, "load-update").turn
    turn = conversations.answer(trade.owner, turn.id, 0, [Given(f"ans_{turn.id}", "load", key)])
    assert turn.state == "done"
    return turn.messages[-1].text.en


def test_two_taps_store_it_and_read_it_back(trade: Trade) -> None:
    assert say(trade, "red_30") == "Load stored: Red: about 30 days behind"
    load = SupplierLoad.get()
    assert (load.supplier_id, load.colour, load.backlog_days) == (trade.supplier.id, "red", 30)
    event = trade.events()[-1]
    assert (event.type, event.data) == ("load.reported", {"supplier": "S1", "colour": "red", "backlog_days": 30})
    assert inbox.history_of(trade.owner, None, 5)[0].conversation.flow == "load-update"


def test_said_again_it_takes_the_place_of_what_was_said(trade: Trade) -> None:
    say(trade, "red_30")
    say(trade, "green_0")
    assert [(row.colour, row.backlog_days) for row in SupplierLoad.select()] == [("green", 0)]
    assert [event.type for event in trade.events()].count("load.reported") == 2


def test_two_colleagues_at_once_are_one_result(trade: Trade) -> None:
    mine, hers = (starting.start(actor, "load-update").turn for actor in (trade.owner, trade.clerk))
    assert mine.id == hers.id
    conversations.answer(trade.owner, mine.id, 0, [Given("ans_1", "load", "amber_10")])
    with pytest.raises(Conflict, match="already_answered"):
        conversations.answer(trade.clerk, mine.id, 0, [Given("ans_2", "load", "red_30")])
    assert SupplierLoad.get().colour == "amber"


def test_steps_kept_for_weeks_still_say_it(trade: Trade) -> None:
    kept = starting.templates_for(trade.owner, starting.flows_for(trade.owner))["load-update"]
    say(trade, "red_30")
    begun = starting.start(trade.owner, "load-update", None, "cnv_phone", kept.id).turn
    answered = conversations.answer(trade.owner, begun.id, 0, [Given("ans_phone", "load", "green_5")])
    assert (answered.state, SupplierLoad.get().colour) == ("done", "green")
