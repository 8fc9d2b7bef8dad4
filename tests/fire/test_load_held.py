"""Load held: calls that come at their own pace, whatever the answers take, at 60 % of what the house can do.

60 % reads (inboxes that poll, pages of orders), 25 % orders placed, 15 % confirmations; there are no scans and no photos yet.
Nothing is dropped or refused, notices go out at once, memory stays flat, and what was acknowledged is there. Short form on
SQLite: 6 s at 40 calls a second, counts alone. LONG=1: saturation is measured, then 60 s on both stores, with latencies, and
the memory of every process.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import database
from notifications import outbox
from tests.acceptance.stack import eventually
from tests.fire import phones
from tests.fire.conftest import LONG, say, short_on
from tests.fire.fleet import Fleet, running_fleet, shape
from tests.fire.load import Load, percentile, tasks_to_confirm
from tests.fire.market import Market
from tests.fire.reckoning import disagreements

SECONDS, PER_SECOND = (60.0, 0.0) if LONG else (6.0, 40.0)
WARM_UP_S = 10.0 if LONG else 1.0
SHARE_OF_SATURATION = 0.6
P95_S, P99_S, OLDEST_DUE_S = 0.15, 0.4, 5.0
MB_A_MINUTE = 1.0
PAGES_MB = 8 * 16.0
MIX = {"inbox": 0.4, "orders": 0.2, "place": 0.25, "confirm": 0.15}
pytestmark = [pytest.mark.timeout(400), short_on("sqlite")]


@pytest.fixture(scope="module")
def market(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with running_fleet(processes_url, tmp_path_factory.mktemp("fleet"), shape(processes_url)) as fleet:
        yield Market(fleet)


def saturation(market: Market) -> tuple[float, list[Load]]:
    """Calls a second of the same mix when everybody asks again at once; and what was done, the latest first."""
    stocked = stock(market, "stock-full", 900)
    kinds = [kind for kind, share in MIX.items() for _ in range(round(share * 20))]
    load = Load(market, "full", tasks=tasks_to_confirm(market))
    rate = load.saturate(6.0, kinds, callers=16)
    eventually(lambda: not outbox.due(), timeout_s=60)
    return rate, [load, stocked]


def stock(market: Market, name: str, count: int) -> Load:
    """Orders that can be confirmed."""
    load = Load(market, name)
    load.run(0.1, {"place": count * 10}, callers=8)
    return load


class Watch:
    """Looks once a second how long the oldest due notice has waited, and how much memory the processes have."""

    def __init__(self, fleet: Fleet) -> None:
        self.oldest_due_s = 0.0
        self.memory: list[tuple[float, float]] = []
        self._fleet = fleet
        self._over = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """For as long as the block lasts."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        with database.connection():
            while not self._over.wait(1.0):
                self.oldest_due_s = max(self.oldest_due_s, outbox.lag_s())
                self.memory.append((time.monotonic(), self._resident_mb()))

    def _resident_mb(self) -> float:
        members = [member for name, member in self._fleet.keeper.members.items() if name != "redis"]
        pids = [pid for member in members for pid in (member.process.pid, *member.children())]
        return sum(_resident_mb(pid) for pid in pids)

    def growth_mb_a_minute(self) -> float:
        """Of all processes together, over the last half."""
        half = self.memory[len(self.memory) // 2 :]
        (began, before), (ended, after) = half[0], half[-1]
        return (after - before) / max(1.0, ended - began) * 60


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 1_000_000


def test_the_load_is_held(market: Market) -> None:
    full, before = (PER_SECOND / SHARE_OF_SATURATION, []) if PER_SECOND else saturation(market)
    rate = SHARE_OF_SATURATION * full
    stocked = stock(market, "stock", int(rate * MIX["confirm"] * (SECONDS + WARM_UP_S)) + 20)
    load, watch = Load(market, "held", tasks=tasks_to_confirm(market)), Watch(market.fleet)
    per_second = {kind: rate * share for kind, share in MIX.items()}
    load.run(WARM_UP_S, per_second)
    load.latencies.clear()
    with watch.looking():
        load.run(SECONDS, per_second)
    drained_s = phones.seconds_until_told(timeout_s=30)
    p95, p99 = percentile(load.latencies, 95), percentile(load.latencies, 99)
    say(
        f"{rate:.0f} calls a second for {SECONDS:.0f} s: {load.summary()}; oldest due {watch.oldest_due_s:.1f} s, drained in "
        f"{drained_s:.1f} s, memory {watch.growth_mb_a_minute():+.1f} MB a minute"
    )
    assert (load.refusals, stocked.refusals) == ({}, {})
    assert phones.lost(market) == []
    load.ledger.take(*(one.ledger for one in (stocked, *before)))
    assert disagreements(market, load.ledger) == []
    if not LONG:
        return
    assert load.late == 0
    assert (p95 <= P95_S, p99 <= P99_S) == (True, True)
    assert watch.oldest_due_s <= OLDEST_DUE_S
    assert watch.growth_mb_a_minute() <= MB_A_MINUTE * len(market.fleet.keeper.members) or _fills_its_caches(watch)


def _fills_its_caches(watch: Watch) -> bool:
    """On SQLite each thread's connection keeps up to 16 MB of pages: memory grows to that and no further."""
    grown = watch.memory[-1][1] - watch.memory[0][1]
    return not database.is_postgres() and grown <= PAGES_MB


def test_a_request_that_stalls_is_found(market: Market) -> None:
    """Every fiftieth request takes a second: two in a hundred callers wait."""
    with market.fleet.planted("web", "stalls"):
        load = Load(market, "stalls")
        load.run(8.0, {"inbox": 50})
    assert percentile(load.latencies, 99) > P99_S
