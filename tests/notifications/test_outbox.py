import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from config import clock, database
from notifications import leases, metrics, outbox
from notifications.leases import Entry, Outcome
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from tests import waiting
from tests.notifications.make import LI, STRANGER, WANG, published, result_notice, row_of, task_notice


def sorted_keys(count: int) -> list[str]:
    return [f"key-{number}" for number in range(count)]


@pytest.mark.usefixtures("db")
class TestPublishing:
    def test_a_notice_is_gone_when_the_callers_transaction_fails(self) -> None:
        def publish_and_fail() -> None:
            with database.transaction():
                outbox.publish(task_notice(), "key-1")
                raise LookupError

        with pytest.raises(LookupError):
            publish_and_fail()
        assert OutboxRow.select().count() == 0

    def test_a_notice_cannot_be_published_outside_a_transaction(self) -> None:
        with pytest.raises(RuntimeError):
            outbox.publish(task_notice(), "key-1")
        assert OutboxRow.select().count() == 0

    def test_the_same_key_is_published_once(self) -> None:
        with database.transaction():
            assert outbox.publish(task_notice(), "key-1")
            assert not outbox.publish(task_notice(WANG), "key-1")
        assert [row.recipient for row in OutboxRow.select()] == [LI]

    def test_a_notice_comes_back_as_it_was_published(self) -> None:
        notice = task_notice(facts=((task_notice().title, "12"), (task_notice().title, task_notice().sender)))
        row = published(notice)
        assert Notice.from_json(row.payload) == notice
        assert (row.queue, row.recipient, row.state, row.about) == ("notices", LI, "due", "tsk_01")

    def test_a_task_without_a_due_time_is_refused_at_once(self) -> None:
        with pytest.raises(ValueError, match="due_at"):
            task_notice(due_at=None)

    def test_finishing_a_task_takes_back_what_is_still_due_about_it(self) -> None:
        published()
        published(result_notice(), "key-2")
        with database.transaction():
            assert outbox.cancel("tsk_01") == 1
        assert row_of("key-1").state == "cancelled"
        assert leases.claim("notices", "me")[0].dedupe_key == "key-2"

    def test_cancelling_and_settling_the_same_rows_never_wait_for_each_other_in_a_circle(self) -> None:
        published()
        published(task_notice(WANG), "key-2")
        first = leases.claim("notices", "me", limit=1)
        leases.settle([(first[0], Outcome("due", wait_s=0))])  # a row tried again lies behind the other in the table
        rows = leases.claim("notices", "me-again")
        cancelled: list[int] = []

        def cancel() -> None:
            with database.connection():
                cancelled.append(outbox.cancel("tsk_01"))

        cancelling = threading.Thread(target=cancel)
        with database.transaction():
            leases.settle([(row, Outcome("sent", "test")) for row in rows if row.id == first[0].id])
            cancelling.start()
            waiting.until(waiting.somebody_waits)
            leases.settle([(row, Outcome("sent", "test")) for row in rows if row.id != first[0].id])
        cancelling.join(waiting.PATIENCE_S)
        assert cancelled == [0]
        assert {row.state for row in OutboxRow.select()} == {"sent"}

    def test_work_for_later_is_not_claimed_before_its_time(self) -> None:
        with database.transaction():
            outbox.publish_internal("reminder", {"task": "tsk_01"}, "r1", clock.now() + timedelta(hours=1), "tsk_01")
        assert leases.claim("internal:reminder", "early") == []
        with clock.travelled(hours=1, seconds=1):
            assert [row.payload for row in leases.claim("internal:reminder", "on-time")] == [{"task": "tsk_01"}]


@pytest.mark.usefixtures("db")
class TestTheInbox:
    def test_a_person_reads_their_own_notices_newest_first_and_nobody_elses(self) -> None:
        published()
        published(result_notice(), "key-2")
        assert [row.dedupe_key for row in outbox.notices_of(LI, "")] == ["key-2", "key-1"]
        assert [row.dedupe_key for row in outbox.notices_of(LI, "", kind="result")] == ["key-2"]
        assert outbox.notices_of(STRANGER, "") == []

    def test_a_notice_shows_in_its_own_place_alone(self) -> None:
        published(task_notice(place="1"))
        published(task_notice(place="2"), "key-2")
        assert [row.dedupe_key for row in outbox.notices_of(LI, "1")] == ["key-1"]
        assert [row.dedupe_key for row in outbox.notices_of(LI, "2", kind="task")] == ["key-2"]
        assert outbox.notices_of(LI, "") == []

    def test_a_notice_stays_readable_whatever_became_of_its_delivery_unless_taken_back(self) -> None:
        published()
        leases.settle([(leases.claim("notices", "a")[0], Outcome("dead", error="poison"))])
        published(result_notice(), "key-2")
        outbox.cancel("po_01")
        assert [row.dedupe_key for row in outbox.notices_of(LI, "")] == ["key-1"]


@pytest.mark.usefixtures("db")
class TestClaiming:
    def test_eight_workers_never_hold_the_same_row(self) -> None:
        with database.transaction():
            for number in range(200):
                outbox.publish(task_notice(), f"key-{number}")
        start = threading.Barrier(8)

        def work(worker: int) -> list[int]:
            held: list[int] = []
            start.wait()
            with database.connection():
                for turn in range(200):
                    rows = leases.claim("notices", f"{worker}-{turn}", limit=7)
                    if not rows and not outbox.due():
                        return held
                    held.extend(row.id for row in rows)
            return held

        with ThreadPoolExecutor(8) as pool:
            held = [row for rows in pool.map(work, range(8)) for row in rows]
        assert len(held) == 200
        assert len(set(held)) == 200

    def test_the_row_of_a_dead_worker_is_due_again_when_its_lease_ends(self) -> None:
        published()
        assert len(leases.claim("notices", "dies")) == 1
        assert leases.claim("notices", "too-early") == []
        with clock.travelled(seconds=leases.LEASE_S + 1):
            again = leases.claim("notices", "next")
            assert [row.attempts for row in again] == [2]

    def test_a_worker_that_comes_too_late_does_not_overwrite_the_next_ones_result(self) -> None:
        published()
        late = leases.claim("notices", "late")[0]
        with clock.travelled(seconds=leases.LEASE_S + 1):
            leases.settle([(leases.claim("notices", "next")[0], Outcome("sent", "console", "42"))])
            assert leases.settle([(late, Outcome("dead", error="slow"))]) == 0
        assert (row_of("key-1").state, row_of("key-1").provider_ref) == ("sent", "42")

    def test_a_worker_that_is_alive_keeps_its_rows_as_long_as_it_sends(self) -> None:
        published()
        rows = leases.claim("notices", "slow")
        with clock.travelled(seconds=leases.LEASE_S - 1):
            leases.renew(rows)
        with clock.travelled(seconds=2 * leases.LEASE_S - 2):
            assert leases.claim("notices", "too-early") == []
            assert rows[0].lease_until is not None
            assert rows[0].lease_until > clock.now()
        with clock.travelled(seconds=2 * leases.LEASE_S):
            assert len(leases.claim("notices", "next")) == 1
            leases.renew(rows)
            assert leases.settle([(rows[0], Outcome("sent"))]) == 0

    def test_a_worker_that_comes_too_late_does_not_take_the_row_from_the_one_that_sends_it_now(self) -> None:
        published()
        late = leases.claim("notices", "late")[0]
        with clock.travelled(seconds=leases.LEASE_S + 1):
            now = leases.claim("notices", "next")[0]
            assert leases.settle([(late, Outcome("dead", error="slow"))]) == 0
            assert leases.settle([(now, Outcome("sent", "console"))]) == 1

    def test_a_failed_try_is_made_again_later_and_later(self) -> None:
        waits = [leases.retry_wait_s(attempts) for attempts in range(1, 13)]
        assert 7.5 <= waits[0] <= 12.5
        assert all(10 * 2**n * 0.75 <= wait <= 10 * 2**n * 1.25 for n, wait in enumerate(waits[:8]))
        assert waits[11] <= 3600 * 1.25

    def test_a_poison_notice_is_given_up_after_eight_tries(self) -> None:
        published()
        dead_before = metrics.DEAD.labels("notices")._value.get()
        hours = 0
        while (row := row_of("key-1")).state == "due":
            with clock.travelled(hours=hours):
                leases.settle([(leases.claim("notices", f"try-{hours}")[0], Outcome("due", error="poison"))])
            hours += 2
        assert (row.state, row.attempts, row.last_error) == ("dead", 8, "poison")
        assert metrics.DEAD.labels("notices")._value.get() == dead_before + 1

    def test_a_notice_that_kills_every_worker_is_given_up_after_eight_tries(self) -> None:
        published()
        for crash in range(8):
            with clock.travelled(seconds=crash * (leases.LEASE_S + 1)):
                assert len(leases.claim("notices", f"crash-{crash}")) == 1
        with clock.travelled(seconds=8 * (leases.LEASE_S + 1)):
            assert leases.claim("notices", "survivor") == []
        assert row_of("key-1").state == "dead"

    def test_a_row_given_back_unsent_loses_no_try(self) -> None:
        published()
        leases.settle([(leases.claim("notices", "stops")[0], Outcome("released"))])
        assert [row.attempts for row in leases.claim("notices", "next")] == [1]

    def test_what_is_settled_together_keeps_its_own_result(self) -> None:
        for number in range(6):
            published(task_notice(), f"key-{number}")
        rows = leases.claim("notices", "me")
        outcomes = [Outcome("sent", "a", "1"), Outcome("sent", "a", "2"), Outcome("sent", "b", "3", "why")]
        outcomes += [Outcome("due", error="e", wait_s=5), Outcome("cancelled", error="gone"), Outcome("sent", "a")]
        assert leases.settle(list(zip(rows, outcomes, strict=True))) == 6
        stored = [(row.state, row.channel, row.provider_ref, row.last_error) for row in map(row_of, sorted_keys(6))]
        assert stored == [
            ("sent", "a", "1", ""),
            ("sent", "a", "2", ""),
            ("sent", "b", "3", "why"),
            ("due", "", "", "e"),
            ("cancelled", "", "", "gone"),
            ("sent", "a", "", ""),
        ]

    def test_bookkeeping_about_many_is_written_in_one_go(self) -> None:
        for number, person in enumerate([LI, WANG, LI]):
            published(task_notice(person), f"key-{number}")
        calls: list[Sequence[str]] = []
        rows = leases.claim("notices", "me")
        leases.settle([(row, Outcome("sent", "a", then=(Entry(calls.append, row.recipient),))) for row in rows])
        assert calls == [[LI, WANG, LI]]

    def test_bookkeeping_is_written_in_the_order_in_which_everybody_locks_it(self) -> None:
        published()
        booked: list[str] = []

        def note(template: str, persons: Sequence[str]) -> None:
            booked.extend(f"{template} {person}" for person in persons)

        row = leases.claim("notices", "me")[0]
        entries = [Entry(partial(note, template), LI) for template in ("tmpl-task", "tmpl-result")]
        leases.settle([(row, Outcome("sent", "a", then=tuple(entries)))])
        assert booked == [f"tmpl-result {LI}", f"tmpl-task {LI}"]

    def test_bookkeeping_is_written_with_the_result_or_not_at_all(self) -> None:
        published()
        row = leases.claim("notices", "me")[0]

        def fail(_persons: Sequence[str]) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            leases.settle([(row, Outcome("sent", then=(Entry(fail, LI),)))])
        assert row_of("key-1").state == "due"


@pytest.mark.usefixtures("db")
class TestTheOperator:
    def test_sees_counts_by_queue_and_state_and_how_long_the_oldest_waits(self) -> None:
        published()
        published(task_notice(), "key-2")
        leases.settle([(leases.claim("notices", "a", limit=1)[0], Outcome("sent", "console"))])
        with clock.travelled(seconds=90):
            status = outbox.status()
        assert status["counts"] == {"notices": {"due": 1, "sent": 1}}
        assert 89 < status["oldest_due_s"] < 100

    def test_lets_a_dead_row_be_tried_from_the_start(self) -> None:
        row = published()
        leases.settle([(leases.claim("notices", "a")[0], Outcome("dead", error="poison"))])
        assert outbox.retry(row.public_id)
        assert [again.attempts for again in leases.claim("notices", "b")] == [1]
        assert not outbox.retry("obx_unknown")

    def test_drops_a_row_for_good(self) -> None:
        row = published()
        assert outbox.drop(row.public_id)
        assert leases.claim("notices", "a") == []
        assert not outbox.drop(row.public_id)
