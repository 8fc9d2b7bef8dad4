"""A load with a timetable: each call has its moment, whatever the calls before it took, and its latency counts from there.

A caller that waits for the answer before it asks again hides every stall (coordinated omission); this one does not.
"""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from config.ids import new_id
from tests.fire.caller import Caller, Reply
from tests.fire.market import Ledger, Market
from workflows.domain.tasks import Task

CALLERS = 32
LATE_S = 1.0
Waiting = tuple[int, str, str]
"""What a supplier may confirm: the number of the stall, the order, and its task or its conversation."""
_FINE = {200, 201, 304}


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; 0 without any."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


class Desk:
    """One thread's connection, over which the brand's system and every phone call, as through a proxy."""

    def __init__(self, market: Market, number: int, patience_s: float) -> None:
        self.etags: dict[int, str] = {}
        self._market, self._patience_s = market, patience_s
        self._line = Caller(market.fleet.urls[number % len(market.fleet.urls)], path="/api/v1")

    def erp(self, method: str, path: str, said: Any = None) -> Reply | None:
        """The brand's system calls."""
        return self._call(self._market.key, method, f"/brand{path}", said)

    def phone(self, stall: int, method: str, path: str, said: Any = None, **headers: str) -> Reply | None:
        """The phone of a stall calls."""
        return self._call(self._market.stalls[stall].token, method, f"/phone{path}", said, **headers)

    def _call(self, credential: str, method: str, path: str, said: Any, **headers: str) -> Reply | None:
        return self._line.call(method, path, said, self._patience_s, Authorization=f"Bearer {credential}", **headers)

    def close(self) -> None:
        """Hang up."""
        self._line.close()


class Load:
    """What is called at a market, and what came of it. `tasks` are those that may be confirmed meanwhile."""

    def __init__(
        self, market: Market, name: str, patience_s: float = 10, tasks: Sequence[Waiting] = (), polling: int = 0
    ):
        self.market, self.name, self.patience_s = market, name, patience_s
        self._polling = polling or len(market.stalls)  # so many phones look into their inboxes
        self.ledger = Ledger()
        self.latencies: list[float] = []
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.late = 0
        self._tasks = deque(tasks)
        self._talks: deque[Waiting] = deque()
        self._numbers, self._looks = count(), count()
        self._lock = threading.Lock()
        self._timetable: deque[tuple[float, str]] = deque()
        self._began = 0.0

    def run(self, seconds: float, per_second: Mapping[str, float], callers: int = CALLERS) -> None:
        """Call by the timetable: so many of each kind a second, evenly."""
        moments = [
            ((number + 0.5) / rate, kind) for kind, rate in per_second.items() for number in range(int(seconds * rate))
        ]
        self._timetable = deque(sorted(moments))
        self._began = time.monotonic() + 0.1
        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(self._serve_timetable, range(callers)))

    def saturate(self, seconds: float, kinds: Sequence[str], callers: int = CALLERS) -> float:
        """Call as fast as answers come; calls a second."""
        self._timetable = deque((0.0, kinds[number % len(kinds)]) for number in range(1_000_000))
        self._began = time.monotonic()
        stop = threading.Timer(seconds, self._timetable.clear)
        stop.start()
        with ThreadPoolExecutor(callers) as pool:
            list(pool.map(self._serve_timetable, range(callers)))
        return self.counts.total() / (time.monotonic() - self._began)

    def _serve_timetable(self, number: int) -> None:
        desk = Desk(self.market, number, self.patience_s)
        try:
            while (entry := self._next()) is not None:
                self._call(desk, *entry)
        finally:
            desk.close()

    def _next(self) -> tuple[float, str] | None:
        try:
            return self._timetable.popleft()
        except IndexError:
            return None

    def _call(self, desk: Desk, moment: float, kind: str) -> None:
        scheduled = self._began + moment
        time.sleep(max(0.0, scheduled - time.monotonic()))
        started = time.monotonic()
        reply = _KINDS[kind](self, desk)
        took = time.monotonic() - scheduled
        status = "nobody" if reply is None else str(reply.status)
        with self._lock:
            self.counts[kind] += 1
            self.latencies.append(took)
            self.late += started - scheduled > LATE_S
            if reply is None or reply.status not in _FINE:
                self.refusals[status] += 1

    def place(self, desk: Desk) -> Reply | None:
        """The brand orders something."""
        number = next(self._numbers)
        ref = f"PO-{self.name}-{number}"
        stall = self.market.stalls[number % len(self.market.stalls)]
        reply = desk.erp("PUT", f"/purchase-orders/{ref}", self.market.order(stall))
        if reply is not None and reply.status == 201:
            self.ledger.note(ref, "order.placed", "placed", "10")
        return reply

    def inbox(self, desk: Desk) -> Reply | None:
        """A phone looks whether there is anything new."""
        stall = next(self._looks) % self._polling
        known = {"If_None_Match": desk.etags[stall]} if stall in desk.etags else {}
        reply = desk.phone(stall, "GET", "/inbox", **known)
        if reply is not None and "ETag" in reply.headers:
            desk.etags[stall] = reply.headers["ETag"]
        return reply

    def orders(self, desk: Desk) -> Reply | None:
        """The brand's system reads a page of its orders."""
        return desk.erp("GET", "/purchase-orders?limit=20")

    def confirm(self, desk: Desk) -> Reply | None:
        """A supplier opens the next task, or answers the one that is open: one call."""
        with self._lock:
            is_opening = not self._talks and bool(self._tasks)
            stall, ref, known = self._tasks.popleft() if is_opening else self._talks.popleft()
        if is_opening:
            return self._open(desk, stall, ref, known)
        reply = desk.phone(stall, "POST", f"/conversations/{known}/answers", _acceptance())
        if reply is not None and reply.status == 200 and reply.json()["state"] == "done":
            self.ledger.note(ref, "order.confirmed", "confirmed")
        return reply

    def _open(self, desk: Desk, stall: int, ref: str, task: str) -> Reply | None:
        reply = desk.phone(stall, "POST", "/conversations", {"id": new_id("cnv"), "task": task})
        if reply is not None and reply.status in _FINE:
            with self._lock:
                self._talks.append((stall, ref, reply.json()["id"]))  # of another load, where that had begun it
        return reply

    def summary(self) -> str:
        """The figures in a line."""
        ms = [f"p{percent} {1000 * percentile(self.latencies, percent):.0f} ms" for percent in (50, 95, 99)]
        return f"{self.counts.total()} calls, {', '.join(ms)}, {self.late} late, refused {dict(self.refusals)}"


_KINDS: Mapping[str, Callable[[Load, Desk], Reply | None]] = {
    "place": Load.place,
    "inbox": Load.inbox,
    "orders": Load.orders,
    "confirm": Load.confirm,
}


def _acceptance() -> dict[str, Any]:
    answers = [
        {"id": new_id("ans"), "step": "decision", "value": "accept"},
        {"id": new_id("ans"), "step": "send", "value": True},
    ]
    return {"revision": 0, "answers": answers}


def tasks_to_confirm(market: Market) -> list[Waiting]:
    """The open tasks of the market, in the order of their orders: number of the stall, order, task."""
    waiting = Task.select().where(Task.brand == market.brand.id, Task.state == "open").order_by(Task.id)
    return [(market.places[task.organisation], task.subject_ref, task.public_id) for task in waiting]
