"""kill -9 on writes: whatever was acknowledged is there, once, and orders, log, notices and tasks tell the same story.

Web and worker processes die at random moments while twenty suppliers and their brand trade; who gets no answer asks again with
the same content. Short form on SQLite and on PostgreSQL (wherever the suite runs); LONG=1: 60 kills, 5,000 writes.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from notifications import outbox
from tests.acceptance.stack import eventually
from tests.fire.conftest import LONG, say
from tests.fire.fleet import Fleet, Plan, running_fleet, shape
from tests.fire.market import SUPPLIERS, Ledger, Market, Writer
from tests.fire.reckoning import disagreements

KILLS, WRITES = (60, 5_000) if LONG else (9, 300)
WRITERS = 12
pytestmark = pytest.mark.timeout(900 if LONG else 180)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "fleet"


def trade_under_kills(fleet: Fleet, market: Market, kills: int, writes: int, writers: int = WRITERS) -> Ledger:
    """Everybody trades while processes die; what was acknowledged."""
    ledger, over = Ledger(), threading.Event()
    with ThreadPoolExecutor(writers) as pool:
        at_work = [
            pool.submit(Writer(market, ledger, n % SUPPLIERS).run, lambda: not over.is_set()) for n in range(writers)
        ]
        try:
            _kill(fleet, ledger, kills, writes, lambda: any(one.done() for one in at_work))
        finally:
            over.set()
        for one in at_work:
            one.result()
    return ledger


def _kill(fleet: Fleet, ledger: Ledger, kills: int, writes: int, has_failed: Callable[[], bool]) -> None:
    dice = random.Random(7)  # noqa: S311 - dice
    for number in range(kills):
        due = ledger.acknowledged + dice.randint(1, max(2, writes // kills))
        eventually(lambda due=due: ledger.acknowledged >= due or has_failed(), timeout_s=60, every_s=0.005)
        fleet.kill("worker" if number % 3 == 2 else "web", dice)
    eventually(lambda: ledger.acknowledged >= writes or has_failed(), timeout_s=600)


def test_nothing_acknowledged_is_lost_or_doubled(processes_url: str, folder: Path) -> None:
    with running_fleet(processes_url, folder, shape(processes_url)) as fleet:
        market = Market(fleet)
        ledger = trade_under_kills(fleet, market, KILLS, WRITES)
        eventually(lambda: not outbox.due(), timeout_s=60)
        say(f"{KILLS} kills, {ledger.acknowledged} acknowledged writes, {len(ledger.ends)} orders, {ledger.statuses}")
        assert ledger.refusals == {}
        assert ledger.acknowledged >= WRITES
        assert disagreements(market, ledger) == []


def test_an_answer_given_before_the_order_is_safe_is_found(processes_url: str, folder: Path) -> None:
    with (
        running_fleet(processes_url, folder, Plan(workers=0, clocks=0)) as fleet,
        fleet.planted("web", "answers_early"),
    ):
        market, ledger = Market(fleet), Ledger()
        writer = Writer(market, ledger, 0)
        for number in range(5):
            writer.place(f"PO-{number}", 10)
        for child in fleet.keeper.members["web-0"].children():
            os.kill(child, signal.SIGKILL)
        fleet.keeper.kill("web-0")
        found = disagreements(market, ledger)
    assert any("was acknowledged and is not there" in one for one in found)
