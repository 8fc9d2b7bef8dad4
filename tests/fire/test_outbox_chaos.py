"""Outbox chaos: while a brand places orders, the worker, the clock and Redis (with all it remembers) die by kill -9.

Every order reaches its supplier's phone, within seconds of the last operation. Our worker has no child process that could die
alone (docs/adr/0005). WeChat knows no dedupe key, so a message whose answer a worker did not live to hear
is sent again: those alone.
Short form on SQLite and on PostgreSQL (wherever the suite runs); LONG=1: 1,200 operations, 32 kills.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from notifications.channels.wechat_subscribe import SEND
from notifications.outbox import OutboxRow
from tests.fire import phones
from tests.fire.conftest import LONG, say
from tests.fire.fleet import Fleet, Plan, running_fleet, shape
from tests.fire.line import HUNG, MUTE, OPEN
from tests.fire.market import SUPPLIERS, Ledger, Market, Writer
from tests.waiting import until

OPERATIONS, KILLS = (1_200, 32) if LONG else (160, 9)
PER_SECOND = 40
DRAINED_S = 10.0
ROLES = ("worker", "redis", "clock", "worker")
pytestmark = pytest.mark.timeout(600 if LONG else 180)


def place(market: Market, ledger: Ledger, count: int, per_second: float = PER_SECOND) -> None:
    """Place so many orders at a steady pace, over all stalls."""
    began = time.monotonic()

    def one_stall(number: int) -> None:
        writer = Writer(market, ledger, number)
        for turn in range(number, count, SUPPLIERS):
            time.sleep(max(0.0, began + turn / per_second - time.monotonic()))
            writer.place(f"PO-{turn}", 10)

    with ThreadPoolExecutor(SUPPLIERS) as pool:
        list(pool.map(one_stall, range(SUPPLIERS)))


def kill_while_placing(fleet: Fleet, market: Market) -> tuple[Ledger, int]:
    """Orders come in while processes die; the kills go on to the last order."""
    ledger, kills, dice = Ledger(), 0, random.Random(3)  # noqa: S311 - dice
    with ThreadPoolExecutor(1) as pool:
        placing = pool.submit(place, market, ledger, OPERATIONS)
        while kills < KILLS or not placing.done():
            time.sleep(OPERATIONS / PER_SECOND / KILLS * 0.9)
            fleet.kill(ROLES[kills % len(ROLES)], dice)
            kills += 1
        placing.result()
    return ledger, kills


def test_every_order_reaches_a_phone_whoever_dies(processes_url: str, tmp_path: Path) -> None:
    with running_fleet(processes_url, tmp_path, shape(processes_url)) as fleet:
        fleet.stub.rule({"path": SEND}, {"latency_ms": [20, 20]})
        market = Market(fleet)
        ledger, kills = kill_while_placing(fleet, market)
        took_s = phones.seconds_until_told(timeout_s=60)
        lost, doubled, tries = phones.lost(market), phones.doubled(market), phones.tries(market)
        say(f"{OPERATIONS} orders, {kills} kills: {len(lost)} lost, drained in {took_s:.1f} s, {len(doubled)} doubled")
    assert (lost, ledger.refusals) == ([], {})
    assert len(tries) == OPERATIONS
    assert took_s <= DRAINED_S
    assert all(tries[task] > 1 for task in doubled), "sent twice although nobody died over it"
    assert len(doubled) <= 16 * kills  # at most what the worker's threads were sending


@pytest.fixture
def muted(processes_url: str, tmp_path: Path) -> Iterator[Fleet]:
    """One worker whose line to WeChat can be cut."""
    with running_fleet(processes_url, tmp_path, Plan(lines=frozenset({"wechat"}))) as fleet:
        yield fleet


def test_only_an_answer_that_nobody_lived_to_hear_doubles_a_message(muted: Fleet) -> None:
    market = Market(muted)
    writer = Writer(market, Ledger(), 0)
    heard = [_killed(muted, market, writer, mode) for mode in (OPEN, HUNG, MUTE)]
    # killed after it had settled the row; before WeChat had the message; after WeChat had it, before its answer was heard
    assert heard == [1, 1, 2]


def _killed(fleet: Fleet, market: Market, writer: Writer, mode: str) -> int:
    """Place an order, kill its worker at the moment that `mode` makes, and count what reached the phone in the end."""
    line, row = fleet.lines["wechat"], OutboxRow.kind == "task"
    line.set(mode)
    writer.place(mode, 10)
    moments = {
        OPEN: phones.is_all_told,
        HUNG: lambda: line.held_up(SEND.encode()),
        MUTE: lambda: phones.of_order(market, mode) == 1,
    }
    until(moments[mode])
    fleet.keeper.kill("worker-0")
    line.cut()
    line.set(OPEN)
    OutboxRow.update(lease_until=OutboxRow.created_at).where(row, OutboxRow.lease_owner.is_null(False)).execute()
    until(phones.is_all_told)
    return phones.of_order(market, mode)


def test_a_notice_that_counts_as_sent_too_early_is_found_lost(processes_url: str, tmp_path: Path) -> None:
    with running_fleet(processes_url, tmp_path, Plan(clocks=0)) as fleet, fleet.planted("worker", "settles_first"):
        fleet.stub.rule({"path": SEND}, {"latency_ms": [1_000, 1_000]})
        market = Market(fleet)
        place(market, Ledger(), count=4, per_second=1_000)
        until(phones.is_all_told)
        fleet.keeper.kill("worker-0")
        assert phones.lost(market) != []


def test_a_clock_that_looks_at_nothing_is_found_when_redis_was_away(processes_url: str, tmp_path: Path) -> None:
    with running_fleet(processes_url, tmp_path) as fleet, fleet.planted("clock", "never_sweeps"):
        market = Market(fleet)
        fleet.keeper.rest("redis")
        place(market, Ledger(), count=4, per_second=1_000)
        fleet.keeper.wake("redis")
        fleet.wait_until_listening(1)
        with pytest.raises(AssertionError, match="still False"):
            phones.seconds_until_told(timeout_s=4)
        assert len(phones.lost(market)) == 4
