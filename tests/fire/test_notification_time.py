"""Notification time: from the brand's PUT to the message on the phone; after a killed worker; and past a poison notice.

Short form on SQLite, counts and generous bounds; LONG=1: 120 orders, on both stores, with p95.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from config import clock
from notifications import leases
from notifications.channels.wechat_subscribe import SEND
from notifications.outbox import NOTICES, OutboxRow
from tests.acceptance.stack import eventually
from tests.fire import phones
from tests.fire.conftest import LONG, say, short_on
from tests.fire.fleet import USERS, running_fleet, shape
from tests.fire.load import percentile
from tests.fire.market import SUPPLIERS, Ledger, Market, Writer
from tests.fire.worlds import APP

ORDERS = 120 if LONG else 24
EVERY_S = 0.25
NEIGHBOURS = 20
P95_S, AFTER_A_KILL_S = 2.0, 30.0
pytestmark = [pytest.mark.timeout(240), short_on("sqlite")]


@pytest.fixture(scope="module")
def market(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with running_fleet(processes_url, tmp_path_factory.mktemp("fleet"), shape(processes_url)) as fleet:
        yield Market(fleet)


_IS_NOTICE = OutboxRow.queue == NOTICES  # a task has rows for its reminders, too


def place(market: Market, name: str, count: int, every_s: float = 0.0) -> dict[str, datetime]:
    """Place orders one by one, over the stalls; when each was sent."""
    writers = [Writer(market, Ledger(), number) for number in range(SUPPLIERS)]
    sent = {}
    for number in range(count):
        sent[f"{name}-{number}"] = datetime.now(UTC)
        writers[number % SUPPLIERS].place(f"{name}-{number}", 10)
        time.sleep(every_s)
    return sent


def waited(market: Market, sent: dict[str, datetime]) -> list[float]:
    """Seconds from each order to its first message; fails where one has none."""
    arrived = phones.arrivals(market)
    return [(arrived[ref] - at).total_seconds() for ref, at in sent.items()]


def test_an_order_is_on_the_phone_within_two_seconds(market: Market) -> None:
    sent = place(market, "soon", ORDERS, EVERY_S)
    phones.seconds_until_told(timeout_s=20)
    seconds = waited(market, sent)
    figures = [round(percentile(seconds, percent), 3) for percent in (50, 95, 100)]
    say(f"order to message, {ORDERS} orders: p50, p95, longest {figures} s")
    assert len(seconds) == ORDERS
    if LONG:
        assert percentile(seconds, 95) <= P95_S


def test_what_a_killed_worker_held_is_on_the_phone_within_thirty_seconds(market: Market) -> None:
    fleet, stub = market.fleet, market.fleet.stub
    rule = stub.rule({"path": SEND}, {"latency_ms": [3_000, 3_000], "reset": True})  # nothing gets through
    for worker in fleet.names("worker"):
        fleet.keeper.rest(worker)
    sent = place(market, "killed", 30)
    for worker in fleet.names("worker"):
        fleet.keeper.wake(worker)
    eventually(lambda: OutboxRow.select().where(OutboxRow.lease_owner.is_null(False)).exists(), every_s=0.01)
    for worker in fleet.names("worker"):
        fleet.keeper.kill(worker)
    stub.delete(f"/rules/{rule}")
    phones.seconds_until_told(timeout_s=AFTER_A_KILL_S)
    seconds = waited(market, sent)
    say(f"after killed workers: the last of {len(sent)} messages {max(seconds):.1f} s after its order")
    assert max(seconds) <= AFTER_A_KILL_S


def poison(market: Market, name: str) -> list[str]:
    """Two notices that nobody can send: one that the worker cannot read, one that WeChat's gateway always refuses."""
    unreadable, refused = Writer(market, Ledger(), 0), Writer(market, Ledger(), 1)
    fleet = market.fleet
    openid = fleet.stub.openid(APP, USERS[1])
    fleet.stub.rule({"path": SEND, "touser": openid}, {"http": 503})
    for worker in fleet.names("worker"):
        fleet.keeper.rest(worker)
    for number, writer in enumerate((unreadable, refused)):
        writer.place(f"{name}-{number}", 10)
    tasks = {ref: task for task, ref in phones.tasks_of(market).items()}
    about = [tasks[f"{name}-{number}"] for number in range(2)]
    OutboxRow.update(payload={}).where(OutboxRow.about == about[0], _IS_NOTICE).execute()
    for worker in fleet.names("worker"):
        fleet.keeper.wake(worker)
    fleet.wait_until_listening(len(fleet.names("worker")))
    return about


def passed_time(about: list[str]) -> list[OutboxRow]:
    """The poison notices, with the wait until their next try over."""
    waits = (OutboxRow.state == "due") & OutboxRow.lease_owner.is_null() & (OutboxRow.attempts > 0)
    OutboxRow.update(available_at=clock.now()).where(OutboxRow.about.in_(about), waits).execute()
    return list(OutboxRow.select().where(OutboxRow.about.in_(about), _IS_NOTICE))


def tried_out(about: list[str]) -> list[OutboxRow]:
    """The poison notices once they have ended, or one of them was tried more often than it may be."""

    def ended() -> list[OutboxRow]:
        rows = passed_time(about)
        too_often = any(row.attempts > leases.MOST_TRIES for row in rows)
        return rows if too_often or all(row.state != "due" for row in rows) else []

    return eventually(ended, timeout_s=60)


def test_a_poison_notice_ends_with_the_operator_and_delays_nobody(market: Market) -> None:
    about = poison(market, "poison")
    with ThreadPoolExecutor(1) as pool:
        neighbours = pool.submit(place_beside, market)
        rows = tried_out(about)
        sent = neighbours.result()
    phones.seconds_until_told(timeout_s=20)
    seconds = waited(market, sent)
    say(f"poison ended {[(row.state, row.attempts) for row in rows]}; neighbours' longest {max(seconds):.2f} s")
    assert [(row.state, row.attempts) for row in rows] == [("dead", leases.MOST_TRIES)] * 2
    assert len(seconds) == NEIGHBOURS
    if LONG:
        assert percentile(seconds, 95) <= P95_S


def place_beside(market: Market) -> dict[str, datetime]:
    """Neighbours' orders, at stalls that no poison touches."""
    writers = [Writer(market, Ledger(), 2 + number % 10) for number in range(NEIGHBOURS)]
    sent = {}
    for number, writer in enumerate(writers):
        sent[f"neighbour-{number}"] = datetime.now(UTC)
        writer.place(f"neighbour-{number}", 10)
        time.sleep(0.1)
    return sent


def test_a_notice_that_is_tried_for_ever_is_found(market: Market) -> None:
    with market.fleet.planted("worker", "never_gives_up"):
        rows = tried_out(poison(market, "tried"))
    assert any(row.attempts > leases.MOST_TRIES for row in rows)
