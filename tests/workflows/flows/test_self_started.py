"""Conversations that no task asks for: one per organisation, flow and subject; otherwise like all others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from config import clock, database
from tests import make
from tests.trade import Trade
from tests.workflows.flows.self_started import ALONE, MOOD, REMARK, renamed
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict, Forbidden, Invalid, NotFound
from workflows.domain.purchasing.orders import order_by_ref
from workflows.domain.purchasing.placing import cancel_order
from workflows.engine import checks, conversations, inbox, starting
from workflows.engine.records import Conversation
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.engine.turn import Turn
from workflows.flows import all_flows


@pytest.fixture(autouse=True)
def _served(trade: Trade) -> Iterator[None]:  # noqa: ARG001 - which serves the real ones
    use_flows({**all_flows(), **ALONE})
    yield
    use_flows(all_flows())


def order_id(trade: Trade, ref: str = "PO-1") -> str:
    trade.place(ref)
    return order_by_ref(trade.system, ref).public_id


def say(actor: Actor, turn: Turn, step: str, value: str) -> Turn:
    return conversations.answer(actor, turn.id, turn.revision, [Given(f"ans_{turn.id}_{step}", step, value)])


def stranger_of(trade: Trade) -> Actor:
    other = make.supplier(trade.brand)
    return make.actor_for(make.person(other), other)


def test_what_is_started_about_the_organisation_is_answered_and_stands_in_the_history(trade: Trade) -> None:
    turn = starting.start(trade.owner, "mood").turn
    assert (turn.subject.kind, turn.subject.id) == ("organisation", trade.owner.organisation)
    turn = say(trade.owner, say(trade.owner, turn, "colour", "green"), "why", "calm")
    assert (turn.state, turn.messages[-1].text.en) == ("done", "Noted: green")
    found = inbox.history_of(trade.owner, None, 10)
    assert [one.conversation.flow for one in found] == ["mood"]


def test_the_same_id_gives_the_same_conversation_whatever_became_of_it(trade: Trade) -> None:
    first = starting.start(trade.owner, "mood", conversation_id="cnv_mine")
    conversations.leave(trade.owner, first.turn.id, first.turn.revision)
    again = starting.start(trade.owner, "mood", conversation_id="cnv_mine")
    assert (first.is_new, again.is_new, again.turn.id, again.turn.state) == (True, False, "cnv_mine", "left")
    assert starting.start(trade.owner, "mood", conversation_id="cnv_next").is_new


def test_an_id_used_for_something_else_is_refused(trade: Trade) -> None:
    starting.start(trade.owner, "mood", conversation_id="cnv_mine")
    with pytest.raises(Conflict, match="conversation_id_reused"):
        starting.start(trade.owner, "remark", order_id(trade), "cnv_mine")


def test_a_colleague_gets_the_same_conversation_and_twenty_at_once_make_one(trade: Trade) -> None:
    subject = order_id(trade)
    actors = [trade.owner, trade.clerk] * 10

    def begin(actor: Actor) -> str:
        with database.connection():
            return starting.start(actor, "remark", subject).turn.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, actors))) == 1
    assert Conversation.select().count() == 1


def test_two_orders_have_a_conversation_each(trade: Trade) -> None:
    first, second = order_id(trade, "PO-1"), order_id(trade, "PO-2")
    begun = {starting.start(trade.owner, "remark", one).turn.id for one in (first, second, first)}
    assert len(begun) == 2


def test_a_strangers_subject_is_unknown_and_never_shown(trade: Trade) -> None:
    subject = order_id(trade)
    stranger = stranger_of(trade)
    for actor, named in ((stranger, subject), (trade.owner, "po_unknown"), (trade.owner, None)):
        with pytest.raises(NotFound):
            starting.start(actor, "remark", named)
    with pytest.raises(NotFound):
        starting.start(stranger, "mood", trade.owner.organisation)
    assert starting.offered(stranger, "remark", None, 10, has_steps=True) == []


def test_another_role_may_not_start_it_and_does_not_see_it_offered(trade: Trade) -> None:
    with pytest.raises(Forbidden):
        starting.start(trade.clerk, "mood")
    with pytest.raises(Forbidden):
        starting.offered(trade.clerk, "mood", None, 10, has_steps=False)
    assert {flow.key for flow in starting.flows_for(trade.clerk)} & set(ALONE) == {"remark"}
    assert {flow.key for flow in starting.flows_for(trade.owner)} >= set(ALONE)


def test_a_flow_that_needs_a_task_is_not_started_without_one(trade: Trade) -> None:
    with pytest.raises(Invalid):
        starting.start(trade.owner, "order-confirmation", order_id(trade))
    with pytest.raises(NotFound):
        starting.start(trade.owner, "no-such-flow")


def test_an_order_it_cannot_be_started_on_any_more_says_so(trade: Trade) -> None:
    subject = order_id(trade)
    cancel_order(trade.system, "PO-1", "Season over")
    with pytest.raises(Conflict, match="not_startable"):
        starting.start(trade.owner, "remark", subject)


def test_what_it_may_be_started_on_comes_page_by_page_newest_first_in_few_statements(trade: Trade) -> None:
    refs = [f"PO-{number}" for number in range(5)]
    for minute, ref in enumerate(refs):
        with clock.frozen(clock.now().replace(minute=minute)):
            trade.place(ref)
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)
    first = starting.offered(trade.owner, "remark", None, 3, has_steps=False)
    database.proxy.obj.query_hooks.remove(hook)
    rest = starting.offered(trade.owner, "remark", first[-1].subject.id, 3, has_steps=False)
    assert [one.subject.ref for one in (*first, *rest)] == refs[::-1]
    assert len(seen) <= 3


def test_a_new_version_supersedes_it_and_keeps_what_fits(trade: Trade) -> None:
    subject = order_id(trade)
    turn = say(trade.owner, starting.start(trade.owner, "remark", subject).turn, "colour", "red")
    trade.place("PO-1", quantity="70")
    moved = conversations.load(trade.owner, turn.id)
    assert moved.state == "superseded"
    successor = conversations.load(trade.owner, str(moved.superseded_by))
    assert (successor.state, successor.answers["colour"].value) == ("asking", "red")
    assert starting.start(trade.owner, "remark", subject).turn.id == successor.id


def test_started_again_after_the_subject_moved_on_it_goes_on_about_the_new_version_at_once(trade: Trade) -> None:
    say(trade.owner, starting.start(trade.owner, "mood").turn, "colour", "red")
    renamed(trade.supplier)
    begun = starting.start(trade.owner, "mood")
    assert (begun.is_new, begun.turn.state, begun.turn.answers["colour"].value) == (True, "asking", "red")


def test_a_withdrawn_subject_ends_it_and_says_so(trade: Trade) -> None:
    turn = starting.start(trade.owner, "remark", order_id(trade)).turn
    cancel_order(trade.system, "PO-1", "Season over")
    ended = conversations.load(trade.owner, turn.id)
    assert (ended.state, ended.superseded_by, ended.messages[-1].text.en) == (
        "superseded",
        None,
        "The order is closed.",
    )


def test_left_it_can_be_started_again(trade: Trade) -> None:
    turn = starting.start(trade.owner, "mood").turn
    assert conversations.leave(trade.owner, turn.id, turn.revision).state == "left"
    assert starting.start(trade.owner, "mood").is_new


def test_begun_without_signal_it_is_pinned_to_the_steps_the_phone_kept(trade: Trade) -> None:
    kept = starting.templates_for(trade.owner, [MOOD])["mood"]
    begun = starting.start(trade.owner, "mood", None, "cnv_phone", kept.id)
    assert (begun.turn.id, begun.turn.state, begun.is_new) == ("cnv_phone", "asking", True)


def test_steps_that_nobody_knows_begin_nothing(trade: Trade) -> None:
    with pytest.raises(Invalid):
        starting.start(trade.owner, "mood", None, "cnv_phone", "tpl_unknown")
    assert Conversation.select().count() == 0


def test_steps_kept_before_the_subject_moved_on_lead_to_what_stands_now(trade: Trade) -> None:
    subject = order_id(trade)
    kept = starting.offered(trade.owner, "remark", None, 1, has_steps=True)[0].template
    trade.place("PO-1", quantity="70")
    begun = starting.start(trade.owner, "remark", subject, "cnv_phone", kept.id if kept else None)
    assert (begun.turn.id, begun.turn.state) == ("cnv_phone", "superseded")
    assert conversations.load(trade.owner, str(begun.turn.superseded_by)).state == "asking"


def test_the_checks_refuse_a_flow_that_names_subjects_and_starts_from_a_task_only() -> None:
    wrong = checks.problems(replace(REMARK, starts_alone=False), None)
    assert "remark: says what it is started on, but does not start alone" in wrong
