"""The ground of these tests: the folder's tables, a Redis of their own, a Redis that hangs, and the WeChat stub."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from config.settings import WeChatSettings
from config.supervision import redis_server
from notifications import redis_client, wake
from tests.notifications.make import APP, FIXTURE, SECRET, TEMPLATES
from tests.wechat_stub import RunningStub, running_stub


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log as nobody has configured it: an app of a test before may have set a level that swallows lines."""
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def quiet_wake() -> Iterator[None]:
    wake.configure("")
    yield
    wake.configure("")


@pytest.fixture(scope="session")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the run's Redis: a process of these tests' own, or TEST_REDIS_URL."""
    if os.environ.get("TEST_REDIS_URL"):
        yield os.environ["TEST_REDIS_URL"]
        return
    path = tmp_path_factory.mktemp("redis") / "r.sock"
    process = start_redis(path)
    yield f"unix://{path}"
    process.kill()
    process.wait()


@pytest.fixture
def redis_url(own_redis: str) -> str:
    """An empty Redis."""
    client = redis_client.connect(own_redis, timeout_s=5)
    client.flushdb()
    client.close()
    return own_redis


@pytest.fixture
def refused_redis_url() -> str:
    """Nothing listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{probe.getsockname()[1]}/0"


@pytest.fixture
def hung_redis_url() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


@pytest.fixture(scope="session")
def stub_process() -> Iterator[RunningStub]:
    with running_stub(FIXTURE) as stub:
        yield stub


@pytest.fixture
def stub(stub_process: RunningStub) -> RunningStub:
    """WeChat's servers as they were at the start."""
    stub_process.reset()
    stub_process.clear_rules()
    stub_process.outage(on=False)
    return stub_process


@pytest.fixture
def account(stub: RunningStub) -> WeChatSettings:
    """The mini-program's account at the stub."""
    return WeChatSettings(APP, SECRET, stub.wechat_base, TEMPLATES, "formal")


def start_redis(path: Path) -> subprocess.Popen[bytes]:
    """A Redis process on a unix socket, answering."""
    command = [redis_server(), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    client = redis_client.connect(f"unix://{path}", timeout_s=5)
    deadline = time.monotonic() + 20
    while True:
        try:
            client.ping()
        except (OSError, redis_client.redis.RedisError):
            assert time.monotonic() < deadline, "Redis did not start"
            threading.Event().wait(0.02)
        else:
            client.close()
            return process
