"""Tasks end together without getting in each other's way, and their moments stand back while somebody works on them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import work
from config import clock, database
from config.settings import Settings
from config.text import Text
from notifications import jobs, outbox
from notifications.outbox import OutboxRow
from tests import make, waiting
from workflows.domain import reminders, tasks
from workflows.domain.events import Event, Subject
from workflows.domain.organisations import Organisation
from workflows.domain.tasks import NewTask, Task

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ABOUT = Subject("purchase_order", "po_1", "PO-1")


@pytest.fixture
def supplier(db: None) -> Organisation:  # noqa: ARG001 - the tables first
    return make.supplier(make.brand())


def opened(supplier: Organisation, flow: str = "order-confirmation") -> Task:
    new = NewTask(supplier.id, flow, ("owner",), Text(zh="看"), ABOUT, 1, NOW + timedelta(hours=48))
    with clock.frozen(NOW), database.transaction():
        return tasks.open_task(supplier.brand, new)


@contextmanager
def watched(word: str) -> Iterator[list[Any]]:
    """The first value of each statement that begins so."""
    found: list[Any] = []
    hook = lambda query: query.sql.startswith(word) and found.append(query.params)  # noqa: E731 - removed by identity
    database.proxy.obj.query_hooks.append(hook)
    yield found
    database.proxy.obj.query_hooks.remove(hook)


def test_several_tasks_about_one_document_are_ended_in_the_order_of_their_ids(supplier: Organisation) -> None:
    """Shown red on PostgreSQL without the order in `_open_about`: a row that was written again lies behind the others."""
    first, second = opened(supplier), opened(supplier, "other-flow")
    for state in (tasks.DONE, tasks.OPEN):
        Task.update(state=state).where(Task.id == first.id).execute()

    with database.transaction(), watched('UPDATE "task"') as updates:
        tasks.close_tasks_about(ABOUT, tasks.CANCELLED)

    assert [values[2] for values in updates] == [first.id, second.id]
    assert Task.select().where(Task.state == tasks.OPEN).count() == 0
    assert OutboxRow.select().where(OutboxRow.state == "due").count() == 0


def test_their_rows_in_the_outbox_are_locked_in_one_line_whichever_task_they_are_about(supplier: Organisation) -> None:
    """Shown red by cancelling task by task: two statements, and a worker that settles both tasks' rows between them."""
    opened(supplier), opened(supplier, "other-flow")
    looks = "SELECT" if database.is_postgres() else 'UPDATE "outbox_row"'

    with database.transaction(), watched(looks) as statements:
        tasks.close_tasks_about(ABOUT, tasks.CANCELLED)

    assert len(statements) == (2 if database.is_postgres() else 1)  # on PostgreSQL the tasks are looked up among them


def test_one_flows_task_ends_and_the_others_about_the_same_document_go_on(supplier: Organisation) -> None:
    ended, other = opened(supplier), opened(supplier, "other-flow")
    with database.transaction():
        tasks.close_tasks_about(ABOUT, tasks.DONE, "order-confirmation")
    assert [Task.get_by_id(task.id).state for task in (ended, other)] == ["done", "open"]
    due = OutboxRow.select().where(OutboxRow.state == "due")
    assert {row.about for row in due} == {other.public_id}


def test_a_moment_that_meets_somebody_at_the_task_looks_again_instead_of_waiting(
    supplier: Organisation, db_url: str
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite lets one writer in at a time")
    task = opened(supplier)
    payload = OutboxRow.get(OutboxRow.queue == "internal:task-overdue").payload
    held, may_go = threading.Event(), threading.Event()
    del db_url

    def hold() -> None:
        with database.connection(), database.transaction():
            Task.update(taken_by="per_1").where(Task.id == task.id).execute()
            held.set()
            may_go.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    late = NOW + timedelta(hours=49)
    with clock.frozen(late), database.transaction():
        reminders.note_overdue(payload)
    may_go.set()
    holder.join()

    again = OutboxRow.select().where(OutboxRow.queue == "internal:task-overdue").order_by(OutboxRow.id.desc()).first()
    assert (again.available_at, again.payload) == (late + timedelta(seconds=5), payload)
    assert Event.select().where(Event.type == "task.overdue").count() == 0
    with clock.frozen(late), database.transaction():
        reminders.note_overdue(again.payload)
    assert Event.select().where(Event.type == "task.overdue").count() == 1


def test_moments_and_answers_at_the_same_time_wait_for_nobody_in_a_circle(
    supplier: Organisation, settings: Settings
) -> None:
    """Each task is either ended before its moment, or told of and ended then; nothing of an ended one is still to leave.

    Shown red on PostgreSQL by waiting for the task's lock in `reminders._held`: a deadlock.
    """
    make.person(supplier, "owner")
    some = [opened(supplier, f"flow-{number}") for number in range(50)]
    OutboxRow.update(available_at=clock.now()).execute()
    Task.update(due_at=clock.now() + timedelta(minutes=1)).execute()
    served = work.handlers(settings)
    moments = {name: served[name] for name in served if name.startswith("internal:task")}
    for row in OutboxRow.select():
        later = {name: (NOW + timedelta(days=400)).isoformat() for name in row.payload if name == "until"}
        due = Task.get(Task.public_id == row.about).due_at.isoformat()
        OutboxRow.update(payload={**row.payload, **later, "due_at": due}).where(OutboxRow.id == row.id).execute()

    def close(task: Task) -> None:
        with database.connection(), database.transaction():
            tasks.close_tasks([task], tasks.DONE)

    with clock.travelled(hours=_hours_until_day()), ThreadPoolExecutor(9) as pool:
        drained = pool.submit(jobs.drain_due, moments, threading.Event())
        waiting.until(lambda: OutboxRow.select().where(OutboxRow.state == "sent").exists())
        for closed in [pool.submit(close, task) for task in reversed(some)]:
            closed.result(30)
        drained.result(60)

    assert Task.select().where(Task.state == tasks.OPEN).count() == 0
    assert OutboxRow.select().where(OutboxRow.state == "due", OutboxRow.queue == outbox.NOTICES).count() == 0
    told = Event.select().where(Event.type == "task.overdue").count()
    done = OutboxRow.select().where(OutboxRow.queue == "internal:task-overdue", OutboxRow.state == "sent").count()
    assert 0 < told <= done <= len(some)
    failed = OutboxRow.select().where(OutboxRow.last_error != "")
    assert [row.last_error for row in failed] == []


def _hours_until_day() -> int:
    """Until it is noon in Shanghai: at night nobody would be reminded."""
    return (4 - datetime.now(UTC).hour) % 24 or 24
