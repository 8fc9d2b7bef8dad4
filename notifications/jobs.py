"""The drain: claims due rows, runs them on a few threads, settles them in batches, until nothing is due.

RQ calls `drain` with nothing to carry: the rows are in the database, the handlers in the process.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import peewee
import structlog

from config import clock, database
from config.ids import secret_token
from config.logging import bind
from notifications import leases, metrics, outbox
from notifications.leases import Outcome
from notifications.outbox import OutboxRow

THREADS = 16
IN_HAND = 64
DRAIN_S = 50.0
_BATCH = 32
_GATHER_S = 0.02
_SETTLE_TRIES = 3
_RENEW_S = 1.5
_LEASE_NEEDED = timedelta(seconds=leases.LEASE_S - 4 * _RENEW_S)  # less is left only where this process was held up

_log = structlog.get_logger(__name__)

Work = Callable[[], Outcome | None]
Handler = Callable[[Sequence[OutboxRow]], Sequence[Work]]


@dataclass(frozen=True)
class Few:
    """A handler that has at most `at_once` rows in hand, so that what is quick does not wait behind what is slow."""

    prepare: Handler
    at_once: int

    def __call__(self, rows: Sequence[OutboxRow]) -> Sequence[Work]:
        """How to do each of these rows."""
        return self.prepare(rows)


class _Crew:
    """What this process can do, and whether it was asked to stop."""

    handlers: Mapping[str, Handler]
    stop = threading.Event()


_Crew.handlers = {}


def equip(handlers: Mapping[str, Handler]) -> None:
    """Say which handler serves which queue in this process; called once at start, before RQ runs anything."""
    _Crew.handlers = dict(handlers)
    _Crew.stop.clear()


def stop() -> None:
    """Claim nothing more; give back unsent what is in hand."""
    _Crew.stop.set()


def is_stopping() -> bool:
    """Was this process asked to stop?"""
    return _Crew.stop.is_set()


def wait_for_stop(seconds: float) -> bool:
    """Wait, at most so long, for this process to be asked to stop; was it?"""
    return _Crew.stop.wait(seconds)


def drain() -> None:
    """What a wake-up runs: everything that is due in the queues of this process."""
    drain_due(_Crew.handlers, _Crew.stop)


def drain_due(handlers: Mapping[str, Handler], stop: threading.Event, budget_s: float = DRAIN_S) -> int:
    """Deliver what is due in these queues until nothing is, or for `budget_s` seconds; how many rows were settled.

    Many may run at once, in threads and processes alike.
    """
    metrics.DRAINS.inc()
    until = time.monotonic() + budget_s
    settled = 0
    with database.connection(), ThreadPoolExecutor(THREADS, "outbox") as pool:
        hand = _Hand(handlers, pool, stop)
        while True:
            if time.monotonic() < until and not stop.is_set():
                hand.take_up()
            if not hand.has_work:
                return settled
            settled += hand.settle_finished()
            hand.hold_on()


def internal(work: Callable[[dict[str, Any]], None]) -> Handler:
    """A handler for `internal:<name>`: `work(payload)` and the row's end happen in one transaction, exactly once.

    Raising rolls both back, and the row is tried again later. `work` must not call other houses.
    """

    def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
        return [partial(_in_one_transaction, work, row) for row in rows]

    return prepare


def repeatable(work: Callable[[dict[str, Any]], None], at_once: int) -> Handler:
    """A handler for `internal:<name>` whose `work(payload)` takes long or calls other houses: it runs in no transaction of ours.

    A worker that dies in it leaves a row that is done again: doing it twice must come to the same as once.
    """

    def prepare(rows: Sequence[OutboxRow]) -> list[Work]:
        return [partial(_done, work, row) for row in rows]

    return Few(prepare, at_once)


def _done(work: Callable[[dict[str, Any]], None], row: OutboxRow) -> Outcome:
    work(row.payload)
    return Outcome("sent", "internal")


def _in_one_transaction(work: Callable[[dict[str, Any]], None], row: OutboxRow) -> None:
    with database.connection(), database.transaction():
        if leases.settle([(row, Outcome("sent", "internal"))]):
            work(row.payload)


class _Hand:
    """The rows one drain holds: some running on the pool's threads, the rest waiting for one."""

    def __init__(self, handlers: Mapping[str, Handler], pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        self._handlers = handlers
        self._pool = pool
        self._stop = stop
        self._held: dict[int, OutboxRow] = {}
        self._renewed_at = time.monotonic()
        self._finished: SimpleQueue[tuple[OutboxRow, Outcome | None]] = SimpleQueue()

    @property
    def has_work(self) -> bool:
        return bool(self._held)

    def take_up(self) -> None:
        """Claim more rows once half of the hand is free, the same share from each queue that has some."""
        room = IN_HAND - len(self._held)
        if room < IN_HAND // 2:
            return
        waiting = outbox.due(self._handlers)
        for queue, _since in waiting:
            share = min(max(1, room // len(waiting)), self._room_for(queue))
            if share > 0:
                self._start(queue, leases.claim(queue, _owner(), share))

    def _room_for(self, queue: str) -> int:
        handler = self._handlers[queue]
        if not isinstance(handler, Few):
            return IN_HAND
        return handler.at_once - sum(row.queue == queue for row in self._held.values())

    def _start(self, queue: str, rows: Sequence[OutboxRow]) -> None:
        if not rows:
            return
        self._held |= {row.id: row for row in rows}
        for row, work in zip(rows, _prepared(self._handlers[queue], rows), strict=True):
            self._pool.submit(self._run, row, work)

    def _run(self, row: OutboxRow, work: Work) -> None:
        outcome: Outcome | None = Outcome("due", error="interrupted")
        try:
            outcome = self._outcome(row, work)
        finally:
            self._finished.put((row, outcome))

    def _outcome(self, row: OutboxRow, work: Work) -> Outcome | None:
        if self._stop.is_set() or not _is_covered(row):
            return Outcome("released")
        with bind(outbox=row.public_id):
            try:
                return work()
            except Exception as error:  # one row's trouble must not stop the others
                _log.exception("outbox_work_failed", queue=row.queue)
                return Outcome("due", error=type(error).__name__)

    def settle_finished(self) -> int:
        """Wait a moment for a row to finish, gather what finishes with it, and write it all in one transaction."""
        finished = self._gathered()
        for row, _outcome in finished:
            del self._held[row.id]
        results = [(row, outcome) for row, outcome in finished if outcome is not None]
        if results:
            _settle(results)
        return len(finished)

    def _gathered(self) -> list[tuple[OutboxRow, Outcome | None]]:
        finished: list[tuple[OutboxRow, Outcome | None]] = []
        until = time.monotonic() + _RENEW_S
        while len(finished) < min(_BATCH, len(self._held)):
            try:
                finished.append(self._finished.get(timeout=max(0.0, until - time.monotonic())))
            except Empty:
                break
            if len(finished) == 1:
                until = time.monotonic() + _GATHER_S
        return finished

    def hold_on(self) -> None:
        """Renew the leases of what is still in hand, so that a slow provider does not look like a dead worker."""
        if not self._held or time.monotonic() - self._renewed_at < _RENEW_S:
            return
        self._renewed_at = time.monotonic()
        try:
            leases.renew(list(self._held.values()))
        except peewee.OperationalError:
            _log.warning("outbox_leases_not_renewed", rows=len(self._held))


def _prepared(handler: Handler, rows: Sequence[OutboxRow]) -> Sequence[Work]:
    """How to do each row; whatever the handler trips over, the rows at fault are tried again later, and only those."""
    try:
        return handler(rows)
    except Exception as error:
        _log.exception("outbox_prepare_failed", outbox=[row.public_id for row in rows])
        if len(rows) == 1 or isinstance(error, peewee.OperationalError):  # the database's trouble, not a row's
            return [partial(Outcome, "due", error=type(error).__name__)] * len(rows)
    return [work for row in rows for work in _prepared(handler, [row])]


def _settle(results: Sequence[tuple[OutboxRow, Outcome]]) -> None:
    """Write results; a busy database is asked again, and one bad result does not take the others with it."""
    for again in range(_SETTLE_TRIES):
        try:
            leases.settle(results)
            return
        except peewee.OperationalError:
            _log.warning("outbox_settle_failed", rows=len(results), again=again)
        except Exception:
            _log.exception("outbox_settle_failed", rows=len(results))
            break
    for row, outcome in results:
        try:
            leases.settle([(row, outcome)])
        except Exception:  # its lease will end, and it is sent again
            _log.exception("outbox_row_not_settled", outbox=row.public_id, outcome=outcome.state)


def _is_covered(row: OutboxRow) -> bool:
    """A row that waited too long in this hand may be another worker's before it would be sent."""
    return row.lease_until is not None and row.lease_until - clock.now() >= _LEASE_NEEDED


def _owner() -> str:
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{secret_token(9)}"
