"""What was written comes back as it was."""

from config import clock
from tests.chat import Chat
from tests.trade import Trade
from workflows.engine.records import AnswerRecord, Conversation
from workflows.engine.registry import use_flows
from workflows.flows import all_flows


def test_an_answer_that_says_nothing_is_stored_as_nothing(db: None) -> None:  # noqa: ARG001 - the database
    use_flows(all_flows())
    trade = Trade()
    Chat(trade.owner, trade.place("PO-1").public_id)
    facts = {"organisation": trade.supplier.id, "conversation": Conversation.get(), "person": "per_1"}
    moments = {"answered_at": clock.now(), "recorded_at": clock.now()}

    AnswerRecord.create(answer="ans_1", step="place", value=None, content_hash="-", **facts, **moments)

    assert AnswerRecord.get().value is None
