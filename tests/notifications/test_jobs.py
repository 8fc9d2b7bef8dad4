import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import peewee
import pytest

from config import clock, database
from notifications import jobs, leases, outbox
from notifications.jobs import Work
from notifications.leases import Entry, Outcome
from notifications.outbox import OutboxRow
from tests.notifications.make import LI, published, row_of, task_notice, wait_for


def drain(handler: jobs.Handler, queue: str = "notices", stop: threading.Event | None = None) -> int:
    return jobs.drain_due({queue: handler}, stop or threading.Event())


def each(work: Callable[[OutboxRow], Outcome]) -> jobs.Handler:
    """A handler that does the same with every row."""

    def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
        return [partial(work, row) for row in rows]

    return prepare


def publish_many(count: int) -> None:
    with database.transaction():
        for number in range(count):
            outbox.publish(task_notice(), f"key-{number}")


@pytest.mark.usefixtures("db")
class TestTheDrain:
    def test_delivers_everything_that_is_due_each_once_though_several_drain_at_once(self) -> None:
        publish_many(300)
        seen: list[int] = []

        def work(row: OutboxRow) -> Outcome:
            seen.append(row.id)
            return Outcome("sent", "test")

        with ThreadPoolExecutor(3) as pool:
            drained = list(pool.map(lambda _: drain(each(work)), range(3)))
        assert sum(drained) == 300
        assert sorted(seen) == sorted(row.id for row in OutboxRow.select())
        assert OutboxRow.select().where(OutboxRow.state == "sent").count() == 300

    def test_nobody_is_called_while_the_database_is_held(self) -> None:
        publish_many(40)

        def work(_row: OutboxRow) -> Outcome:
            assert database.proxy.is_closed(), "a worker thread held a connection while sending"
            return Outcome("sent", "test")

        drain(each(work))
        assert OutboxRow.select().where(OutboxRow.state == "sent").count() == 40

    def test_what_is_slow_is_in_hand_a_few_at_a_time_and_what_is_quick_goes_by(self) -> None:
        """Shown red by a hand that takes as many of the slow as there are: they then fill all of its threads."""
        with database.transaction():
            for number in range(30):
                outbox.publish_internal("slow", {"number": number}, f"slow-{number}")
        publish_many(30)
        may_go, running, most = threading.Event(), set[int](), [0]

        def slowly(payload: dict[str, Any]) -> None:
            running.add(payload["number"])
            most[0] = max(most[0], len(running))
            assert may_go.wait(10)
            running.discard(payload["number"])

        def quickly(row: OutboxRow) -> Outcome:
            if row.dedupe_key == "key-29":
                may_go.set()
            return Outcome("sent", "test")

        handlers = {"internal:slow": jobs.repeatable(slowly, at_once=2), "notices": each(quickly)}
        assert jobs.drain_due(handlers, threading.Event()) == 60
        assert most == [2]
        assert OutboxRow.select().where(OutboxRow.state == "sent").count() == 60

    def test_what_may_be_repeated_is_done_again_when_it_failed(self) -> None:
        with database.transaction():
            outbox.publish_internal("slow", {}, "slow-1")

        def fail(_payload: dict[str, Any]) -> None:
            assert not database.proxy.in_transaction()
            raise LookupError

        assert jobs.drain_due({"internal:slow": jobs.repeatable(fail, at_once=1)}, threading.Event()) == 1
        assert (row_of("slow-1").state, row_of("slow-1").last_error) == ("due", "LookupError")

    def test_one_rows_trouble_does_not_stop_the_others(self) -> None:
        publish_many(20)

        def work(row: OutboxRow) -> Outcome:
            if row.dedupe_key == "key-7":
                raise LookupError
            return Outcome("sent", "test")

        drain(each(work))
        assert OutboxRow.select().where(OutboxRow.state == "sent").count() == 19
        assert (row_of("key-7").state, row_of("key-7").last_error) == ("due", "LookupError")

    def test_one_rows_bookkeeping_that_fails_does_not_undo_the_others(self) -> None:
        publish_many(5)

        def fail(_persons: Sequence[str]) -> None:
            raise LookupError

        def work(row: OutboxRow) -> Outcome:
            return Outcome("sent", "test", then=(Entry(fail, LI),) if row.dedupe_key == "key-3" else ())

        drain(each(work))
        assert [row_of(f"key-{number}").state for number in range(5)] == ["sent", "sent", "sent", "due", "sent"]
        assert row_of("key-3").lease_owner is not None

    def test_a_handler_that_fails_on_a_batch_leaves_its_rows_for_later(self) -> None:
        publish_many(3)

        def prepare(_rows: Sequence[OutboxRow]) -> list[Work]:
            raise peewee.OperationalError("the people cannot be read")

        drain(prepare)
        assert {(row.state, row.last_error) for row in OutboxRow.select()} == {("due", "OperationalError")}
        assert outbox.due() == []

    def test_one_row_that_cannot_be_prepared_costs_the_others_no_try(self) -> None:
        publish_many(5)

        def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
            if any(row.dedupe_key == "key-3" for row in rows):
                raise KeyError("title")
            return [partial(Outcome, "sent", "test")] * len(rows)

        drain(prepare)
        assert [row_of(f"key-{number}").state for number in range(5)] == ["sent", "sent", "sent", "due", "sent"]
        assert (row_of("key-3").attempts, row_of("key-3").last_error) == (1, "KeyError")

    def test_a_database_that_is_away_is_not_asked_again_for_each_row(self) -> None:
        publish_many(5)
        asked: list[int] = []

        def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
            asked.append(len(rows))
            raise peewee.OperationalError("away")

        drain(prepare)
        assert asked == [5]

    def test_asked_to_stop_it_finishes_what_is_being_sent_and_gives_back_the_rest(self) -> None:
        publish_many(100)
        stop, go = threading.Event(), threading.Event()

        def work(_row: OutboxRow) -> Outcome:
            stop.set()
            go.wait(10)
            return Outcome("sent", "test")

        with ThreadPoolExecutor(1) as pool:
            drained = pool.submit(drain, each(work), "notices", stop)
            wait_for(stop.is_set, "the first send")
            go.set()
            drained.result(10)
        sent = OutboxRow.select().where(OutboxRow.state == "sent").count()
        assert 1 <= sent <= jobs.THREADS
        free = OutboxRow.select().where(OutboxRow.lease_owner.is_null(), OutboxRow.attempts == 0)
        assert free.count() == 100 - sent

    def test_a_row_whose_lease_ran_short_in_the_hand_is_given_back_unsent(self) -> None:
        publish_many(1)
        sent: list[int] = []

        def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
            for row in rows:
                row.lease_until = clock.now()
            stop.set()
            return [partial(sent.append, row.id) for row in rows]

        stop = threading.Event()
        drain(prepare, stop=stop)
        assert sent == []
        assert row_of("key-0").attempts == 0

    def test_a_slow_provider_does_not_look_like_a_dead_worker(self) -> None:
        publish_many(1)

        def work(row: OutboxRow) -> Outcome:
            with database.connection():
                first = row_of("key-0").lease_until
                wait_for(lambda: row_of("key-0").lease_until > first, "the lease is renewed while sending")
            assert row.lease_until is not None
            return Outcome("sent", "test")

        drain(each(work))
        assert row_of("key-0").state == "sent"

    def test_each_queue_gets_its_share(self) -> None:
        publish_many(200)
        with database.transaction():
            outbox.publish_internal("reminder", {"task": "tsk_01"}, "reminder-1")
        taken: list[tuple[str, int]] = []

        def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
            taken.append((rows[0].queue, len(rows)))
            return [partial(Outcome, "sent", "test")] * len(rows)

        jobs.drain_due({"notices": prepare, "internal:reminder": prepare}, threading.Event())
        assert set(taken[:2]) == {("internal:reminder", 1), ("notices", jobs.IN_HAND // 2)}

    def test_a_queue_nobody_here_serves_is_left_alone(self) -> None:
        publish_many(1)
        assert drain(each(lambda _row: Outcome("sent")), queue="internal:reminder") == 0
        assert row_of("key-0").state == "due"


@pytest.mark.usefixtures("db")
class TestWorkOfTheTrade:
    def remind(self) -> None:
        with database.transaction():
            outbox.publish_internal("reminder", {"task": "tsk_01"}, "reminder-1", about="tsk_01")

    def test_runs_once_with_its_payload_and_writes_with_its_end(self) -> None:
        self.remind()

        def work(payload: dict[str, Any]) -> None:
            outbox.publish(task_notice(about=payload["task"]), "the-reminder")

        assert drain(jobs.internal(work), "internal:reminder") == 1
        assert drain(jobs.internal(work), "internal:reminder") == 0
        assert row_of("the-reminder").about == "tsk_01"
        assert row_of("reminder-1").state == "sent"

    def test_that_fails_leaves_nothing_and_is_tried_again(self) -> None:
        self.remind()
        tries: list[int] = []

        def work(_payload: dict[str, Any]) -> None:
            outbox.publish(task_notice(), "the-reminder")
            tries.append(1)
            if len(tries) == 1:
                raise LookupError

        drain(jobs.internal(work), "internal:reminder")
        assert OutboxRow.select().where(OutboxRow.dedupe_key == "the-reminder").count() == 0
        assert (row_of("reminder-1").state, row_of("reminder-1").last_error) == ("due", "LookupError")
        with clock.travelled(minutes=1):
            drain(jobs.internal(work), "internal:reminder")
        assert row_of("the-reminder").state == "due"

    def test_does_not_run_when_it_was_taken_back_at_the_last_moment(self) -> None:
        self.remind()
        ran: list[int] = []

        def prepare(rows: Sequence[OutboxRow]) -> Sequence[Work]:
            outbox.cancel("tsk_01")
            return jobs.internal(lambda _payload: ran.append(1))(rows)

        drain(prepare, "internal:reminder")
        assert ran == []
        assert row_of("reminder-1").state == "cancelled"


@pytest.mark.usefixtures("db")
def test_a_published_notice_is_not_lost_when_the_worker_dies_between_sending_and_settling() -> None:
    published()
    assert leases.claim("notices", "dies-after-sending")
    with clock.travelled(seconds=leases.LEASE_S + 1):
        drain(each(lambda _row: Outcome("sent", "test")))
    assert (row_of("key-1").state, row_of("key-1").attempts) == ("sent", 2)
