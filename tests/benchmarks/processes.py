"""The processes a benchmark measures: servers as the embedded stack runs them, and the Redis beside them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.supervision import redis_server
from notifications import redis_client
from tests.acceptance.stack import ROOT, free_port
from tests.benchmarks.wire import Server, Wire

_START_TIMEOUT_S = 30
PRODUCT = "tests.benchmarks.product:create"
BARE = "tests.benchmarks.bare:create"


@contextmanager
def served(app: str, environ: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Serve an app by waitress with 8 threads, as the embedded stack does, for as long as the block lasts."""
    port = free_port()
    words = [f"--listen=127.0.0.1:{port}", "--threads=8", "--ident=", "--call", app]
    command = [sys.executable, "-m", "config.waitress", *words]
    with (folder / f"server-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log)
        try:
            server = Server(f"http://127.0.0.1:{port}", process.pid)
            _wait_for(server, process, Path(log.name))
            yield server
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            Wire(server).close()
        except OSError:
            is_over = process.poll() is not None or time.monotonic() > deadline
            assert not is_over, log.read_text(errors="replace")[-2000:]
            time.sleep(0.05)
        else:
            return


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Run a Redis as the embedded stack does, on a unix socket; its URL."""
    path = folder / "redis.sock"
    command = [redis_server(), "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "yes"]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        _wait_for_redis(f"unix://{path}")
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for_redis(url: str) -> None:
    client = redis_client.connect(url, timeout_s=5)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            client.ping()
        except (OSError, redis_client.redis.RedisError):
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.02)
        else:
            client.close()
            return
