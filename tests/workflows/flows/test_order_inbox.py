"""What an organisation's inbox and history show of its orders: all of them, in order, page by page."""

from datetime import timedelta

import pytest

from config import clock, database
from tests import make
from tests.chat import Chat
from tests.trade import Trade, order_document
from workflows.domain import tasks
from workflows.domain.errors import NotFound
from workflows.domain.purchasing.placing import place_order
from workflows.engine import inbox
from workflows.engine.records import Template


def test_more_tasks_than_a_page_follow_page_by_page(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = [trade.place(f"PO-{number}").public_id for number in range(7)]
    tasks.Task.update(due_at=None).where(tasks.Task.public_id == placed[0]).execute()  # nobody waits for it: it is last
    monkeypatch.setattr(inbox, "LONGEST_PAGE", 3)
    inbox._question.cache_clear()

    seen = [one.task.public_id for one in inbox.waiting_for(trade.owner)][:3]
    while True:
        page = [one.task.public_id for one in inbox.waiting_after(trade.owner, seen[-1])]
        seen += page[:3]
        if len(page) <= 3:
            break

    inbox._question.cache_clear()
    assert seen == [*placed[1:], placed[0]]


def test_a_stranger_cannot_page_on_from_our_task(trade: Trade) -> None:
    task = trade.place("PO-1")
    other = make.supplier(trade.brand)
    with pytest.raises(NotFound):
        inbox.waiting_after(make.actor_for(make.person(other), other), task.public_id)


def test_history_shows_what_was_answered_last_on_top_and_nothing_else(trade: Trade) -> None:
    first, second, left = trade.place("PO-1"), trade.place("PO-2"), trade.place("PO-3")
    early = Chat(trade.owner, first.public_id)
    Chat(trade.owner, second.public_id).reply("accept").reply(True).is_done()
    Chat(trade.owner, left.public_id).reply("accept")
    with clock.frozen(clock.now() + timedelta(hours=1)):
        early.reply("accept").reply(True).is_done()

    newest, oldest = inbox.history_of(trade.owner, None, 10)

    assert [one.conversation.subject_ref for one in (newest, oldest)] == ["PO-1", "PO-2"]
    assert [one.conversation.subject_ref for one in inbox.history_of(trade.owner, newest.key, 10)] == ["PO-2"]


def test_templates_are_kept_once_and_asked_for_again_without_a_write(trade: Trade) -> None:
    trade.place("PO-1")
    waiting = inbox.waiting_for(trade.owner)
    first = inbox.templates_for(trade.owner, waiting)
    seen: list[str] = []
    hook = lambda query: seen.append(query.sql)  # noqa: E731 - removed again by identity
    database.proxy.obj.query_hooks.append(hook)

    again = inbox.templates_for(trade.owner, waiting)

    database.proxy.obj.query_hooks.remove(hook)
    assert {key: one.id for key, one in again.items()} == {key: one.id for key, one in first.items()}
    assert Template.select().count() == 1
    assert [sql for sql in seen if not sql.startswith("SELECT")] == []


def test_an_order_too_large_for_a_phone_to_keep_has_no_template(trade: Trade) -> None:
    place_order(trade.system, "PO-LARGE", order_document(lines=201))
    small = trade.place("PO-1")

    found = inbox.templates_for(trade.owner, inbox.waiting_for(trade.owner))

    assert list(found) == [small.public_id]
