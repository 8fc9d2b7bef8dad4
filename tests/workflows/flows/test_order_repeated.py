"""An answer that comes more than once: it counts once, and the first result is shown."""

import pytest

from tests.chat import Chat
from tests.trade import Trade
from workflows.domain.errors import Conflict
from workflows.engine import conversations
from workflows.engine.run import Given


def test_one_answer_twice_in_a_batch_is_taken_once(trade: Trade) -> None:
    chat = Chat(trade.owner, trade.place("PO-1").public_id)

    turn = conversations.answer(trade.owner, chat.turn.id, 0, [Given("a1", "decision", "accept")] * 2)

    assert (turn.revision, turn.stored) == (1, ("a1",))


def test_one_id_for_two_answers_of_a_batch_is_a_conflict_and_stores_nothing(trade: Trade) -> None:
    chat = Chat(trade.owner, trade.place("PO-1").public_id)
    both = [Given("a1", "decision", "accept"), Given("a1", "decision", "reject")]

    with pytest.raises(Conflict, match="answer_id_reused"):
        conversations.answer(trade.owner, chat.turn.id, 0, both)

    assert conversations.load(trade.owner, chat.turn.id).revision == 0


def test_the_same_quantity_written_otherwise_is_the_same_answer_after_the_end(trade: Trade) -> None:
    chat = Chat(trade.owner, trade.place("PO-1").public_id).reply("change")
    chat.reply({"10": {"quantity": "90.0", "reason": "capacity"}}).reply(True).is_done()

    chat.answer("lines", {"10": {"quantity": "90.00", "reason": "capacity"}}).is_done()

    with pytest.raises(Conflict, match="already_answered"):
        chat.answer("lines", {"10": {"quantity": "91", "reason": "capacity"}})
