"""The worker and the clock as real processes, with a Redis that goes and comes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import database
from notifications import redis_client, relay, wake
from notifications.channels.wechat_subscribe import SEND
from notifications.outbox import OutboxRow
from tests.conftest import TEST_SECRET
from tests.notifications.conftest import start_redis
from tests.notifications.make import APP, SECRET, bound, published, row_of, task_notice, wait_for
from tests.wechat_stub import ROOT, RunningStub

pytestmark = pytest.mark.usefixtures("db")
MANY = 200  # at 16 in 0.2 s more than two seconds' work: the stop comes in the middle on a busy machine too
SOON_S = relay.HELP_AFTER_S - 2  # later the clock would help by itself, whatever Redis said
Start = Callable[[str, str], subprocess.Popen[bytes]]


@pytest.fixture
def start(db_url: str, stub: RunningStub, tmp_path: Path) -> Iterator[Start]:
    """Start a worker or a clock at a Redis address; whatever still runs at the end is killed."""
    processes: list[subprocess.Popen[bytes]] = []
    with (tmp_path / "processes.log").open("wb") as log:

        def run(role: str, redis_url: str) -> subprocess.Popen[bytes]:
            environ = {
                **os.environ,
                "PARTNERLINE_ENV": "test",
                "DATABASE_URL": db_url,
                "REDIS_URL": redis_url,
                "SECRET_KEY": TEST_SECRET,
                "WECHAT_APP_ID": APP,
                "WECHAT_APP_SECRET": SECRET,
                "WECHAT_API_BASE": stub.wechat_base,
                "WECHAT_TEMPLATE_TASK": "tmpl-task",
                "WECHAT_TEMPLATE_RESULT": "tmpl-result",
                "PYTHONPATH": str(ROOT),
            }
            command = [sys.executable, "-m", "tests.notifications.process", role]
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log, stdin=subprocess.DEVNULL))
            return processes[-1]

        yield run
        for process in processes:
            process.kill()
            process.wait()
    written = log_of(tmp_path)
    for secret in (SECRET, stub.openid(APP, "li")):
        assert secret not in written


def log_of(tmp_path: Path) -> str:
    return (tmp_path / "processes.log").read_text()


@contextmanager
def redis_at(path: Path) -> Iterator[str]:
    process = start_redis(path)
    yield f"unix://{path}"
    process.kill()
    process.wait()


def is_listening(redis_url: str) -> bool:
    client = redis_client.connect(redis_url, timeout_s=5)
    try:
        return any(entry.get("cmd") in {"blmove", "brpoplpush", "blpop"} for entry in client.client_list())
    finally:
        client.close()


def is_sent(key: str) -> bool:
    return row_of(key).state == "sent"


class TestTheWorker:
    def test_a_placed_notice_is_on_the_phone_within_two_seconds(
        self, stub: RunningStub, redis_url: str, start: Start
    ) -> None:
        bound(stub)
        start("worker", redis_url)
        wait_for(lambda: is_listening(redis_url), "the worker listens")
        wake.configure(redis_url)
        placed_at = time.monotonic()
        published()
        assert len(stub.outbox_wait(1)) == 1
        assert time.monotonic() - placed_at < 2
        wait_for(lambda: is_sent("key-1"), "the receipt is on the row")

    def test_outlives_a_redis_that_was_not_there_and_goes_and_comes_back(
        self, stub: RunningStub, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, start: Start
    ) -> None:
        bound(stub)
        path = tmp_path_factory.mktemp("r") / "r.sock"
        worker = start("worker", f"unix://{path}")
        wait_for(lambda: "worker_waits_for_redis" in log_of(tmp_path), "the worker misses Redis")
        for life in range(2):
            with redis_at(path) as url:
                wait_for(lambda url=url: is_listening(url), "the worker listens again")
                wake.configure(url)
                published(task_notice(), f"key-{life}")
                wait_for(lambda life=life: is_sent(f"key-{life}"), "the notice is delivered")
        assert worker.poll() is None

    @pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
    def test_stops_at_once_when_idle(self, redis_url: str, start: Start, signal_number: int) -> None:
        worker = start("worker", redis_url)
        wait_for(lambda: is_listening(redis_url), "the worker listens")
        worker.send_signal(signal_number)
        assert worker.wait(5) == 0

    def test_stopped_in_the_middle_it_finishes_what_it_sends_and_holds_nothing(
        self, stub: RunningStub, redis_url: str, start: Start
    ) -> None:
        bound(stub)
        with database.transaction():
            for number in range(MANY):
                published(task_notice(), f"key-{number}")
        stub.rule({"path": SEND}, {"latency_ms": [200, 200]})
        worker = start("worker", redis_url)
        wait_for(lambda: is_listening(redis_url), "the worker listens")
        wake.configure(redis_url)
        wake.poke()
        stub.outbox_wait(2)
        worker.terminate()
        assert worker.wait(10) == 0
        sent = OutboxRow.select().where(OutboxRow.state == "sent").count()
        assert sent == len(stub.outbox())
        assert sent < MANY
        assert OutboxRow.select().where(OutboxRow.lease_owner.is_null(False)).count() == 0

    def test_outlives_a_redis_that_hangs(self, hung_redis_url: str, start: Start) -> None:
        worker = start("worker", hung_redis_url)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(1.5)
        worker.terminate()
        assert worker.wait(15) in {0, -signal.SIGTERM}


class TestTheClock:
    @pytest.mark.parametrize("address", ["refused_redis_url", "hung_redis_url"])
    def test_delivers_by_itself_while_redis_is_away(
        self, stub: RunningStub, start: Start, request: pytest.FixtureRequest, address: str
    ) -> None:
        bound(stub)
        clock = start("clock", request.getfixturevalue(address))
        for number in range(2):
            published(task_notice(), f"key-{number}")
            wait_for(lambda number=number: is_sent(f"key-{number}"), "the clock delivers", seconds=SOON_S)
        assert len(stub.outbox()) == 2
        clock.terminate()
        assert clock.wait(5) == 0

    def test_wakes_a_worker_for_what_nobody_poked(self, stub: RunningStub, redis_url: str, start: Start) -> None:
        bound(stub)
        start("worker", redis_url)
        wait_for(lambda: is_listening(redis_url), "the worker listens")
        start("clock", redis_url)
        published()
        wait_for(lambda: is_sent("key-1"), "the sweep finds it", seconds=SOON_S)

    def test_two_clocks_without_redis_send_nothing_twice(
        self, stub: RunningStub, refused_redis_url: str, start: Start
    ) -> None:
        bound(stub)
        for number in range(60):
            published(task_notice(), f"key-{number}")
        for _ in range(2):
            start("clock", refused_redis_url)
        wait_for(lambda: all(is_sent(f"key-{number}") for number in range(60)), "all are delivered")
        assert len(stub.outbox()) == 60


def test_a_killed_worker_loses_nothing(stub: RunningStub, redis_url: str, start: Start) -> None:
    bound(stub)
    for number in range(30):
        published(task_notice(), f"key-{number}")
    stub.rule({"path": SEND}, {"latency_ms": [50, 50]})
    worker = start("worker", redis_url)
    wait_for(lambda: is_listening(redis_url), "the worker listens")
    wake.configure(redis_url)
    wake.poke()
    stub.outbox_wait(3)
    worker.kill()
    worker.wait()
    # What the dead worker held is due again when its leases end; here they end now.
    OutboxRow.update(lease_until=OutboxRow.created_at).where(OutboxRow.lease_owner.is_null(False)).execute()
    start("clock", redis_url)
    start("worker", redis_url)
    wait_for(lambda: all(is_sent(f"key-{number}") for number in range(30)), "everything is delivered")
    assert 30 <= len(stub.outbox()) <= 30 + 16
