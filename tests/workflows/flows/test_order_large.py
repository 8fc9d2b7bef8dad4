"""Orders of many lines and of very large quantities."""

from tests.chat import Chat
from tests.trade import Trade


def test_lines_that_a_preview_has_no_room_for_are_not_called_as_ordered(trade: Trade) -> None:
    change = {str(line * 10): {"quantity": "90", "reason": "capacity"} for line in range(1, 26)}

    chat = Chat(trade.owner, trade.place("PO-1", lines=25).public_id).reply("change").reply(change)

    chat.says("More: 5 lines changed or rejected")


def test_a_promise_beyond_what_any_order_holds_is_refused_in_words(trade: Trade) -> None:
    chat = Chat(trade.owner, trade.place("PO-1", quantity="900000000", price="0.01").public_id).reply("change")

    chat.reply({"10": {"quantity": "2000000000", "reason": "capacity"}}).is_refused("too_large")
