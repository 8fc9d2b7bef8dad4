"""The product's real processes for one scenario: web processes of chosen releases, workers and a clock on one database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import requests

from tests.acceptance.stack import ROOT, free_port
from tests.fire.worlds import APP, APP_SECRET, TEMPLATES
from tests.wechat_stub import RunningStub

SECRET = "of-the-standing-house-0123456789-0123456789"
_START_S = 60
_STOP_S = 15


@dataclass
class House:
    """Running processes: their addresses, and the environment they share."""

    urls: Sequence[str]
    environ: Mapping[str, str]
    sent: int = field(default=0)

    def flask(self, *arguments: str, **changes: str) -> str:
        """What an operator's command prints."""
        return flask({**self.environ, **changes}, *arguments)

    def call(self, method: str, path: str, credential: str, at: int = 0, **options: Any) -> requests.Response:
        """Call a door of one of the web processes."""
        headers = {"Authorization": f"Bearer {credential}", "Accept-Language": "en", **options.pop("headers", {})}
        return requests.request(method, f"{self.urls[at]}/api/v1/{path}", headers=headers, timeout=30, **options)


def flask(environ: Mapping[str, str], *arguments: str) -> str:
    """What an operator's command prints; it must succeed."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(environ), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def environment(database_url: str, redis_url: str, stub: RunningStub, state_dir: Path) -> dict[str, str]:
    """What all processes of a house run with."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TEST_")},
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET,
        "STATE_DIR": str(state_dir),
        "RATE_LIMITS": "off",
        "WECHAT_API_BASE": stub.wechat_base,
        "WECHAT_APP_ID": APP,
        "WECHAT_APP_SECRET": APP_SECRET,
        "WECHAT_TEMPLATE_TASK": TEMPLATES["task"],
        "WECHAT_TEMPLATE_RESULT": TEMPLATES["result"],
    }


@contextmanager
def standing(
    environ: Mapping[str, str], webs: Sequence[str] = ("wsgi:app",), roles: Sequence[str] = ("worker", "clock")
) -> Iterator[House]:
    """A web process for each app named in `webs`, and one process for each role; all ended by their ids."""
    with ExitStack() as stack:
        ports = [free_port() for _ in webs]
        for port, app in zip(ports, webs, strict=True):
            _start(stack, environ, "waitress", f"--listen=127.0.0.1:{port}", "--threads=8", app)
        for role in roles:
            _start(stack, environ, "flask", "--app", "wsgi", role)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url in urls:
            _wait_until_ready(url)
        yield House(urls, environ)


def _start(stack: ExitStack, environ: Mapping[str, str], *module: str) -> None:
    log = stack.enter_context((Path(environ["STATE_DIR"]) / "processes.log").open("ab"))
    process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=dict(environ), stdout=log, stderr=log)
    stack.callback(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            if requests.get(f"{url}/health/ready", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < deadline, f"{url} did not become ready"
        time.sleep(0.1)


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """The address of a database that is not there yet (SQLite), or is there and empty (PostgreSQL)."""
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    if not server_url:
        yield f"sqlite:///{folder / 'partnerline.db'}"
        return
    name = f"partnerline_fire_{uuid4().hex[:10]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield f"{server_url.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
