"""Production's shape: several web (gunicorn) and worker processes and a clock that share PostgreSQL and Redis alone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg
import requests

from tests.acceptance.stack import ROOT, free_port
from tests.wechat_stub import RunningStub, running_stub

APP = "wxservers"
TASK, RESULT = "tmpl-task", "tmpl-result"
_FIXTURE = {
    "apps": {APP: {"secret": "s3cret", "kind": "mini", "released_pages": ["pages/task/task", "pages/notice/notice"]}},
    "templates": {
        APP: {
            TASK: {
                "title": "待办提醒",
                "type": 2,
                "fields": [
                    ["thing1", "thing"],
                    ["character_string2", "character_string"],
                    ["time3", "time"],
                    ["thing4", "thing"],
                ],
            },
            RESULT: {
                "title": "结果通知",
                "type": 2,
                "fields": [["thing1", "thing"], ["character_string2", "character_string"], ["thing3", "thing"]],
            },
        }
    },
}
_START_TIMEOUT_S = 40


@dataclass(frozen=True)
class Servers:
    """The running processes: two web addresses, the simulated WeChat, and the environment they share."""

    urls: Sequence[str]
    stub: RunningStub
    environ: Mapping[str, str]

    def flask(self, *arguments: str) -> str:
        """What an operator's command prints."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def running_servers(database_url: str, redis_url: str) -> Iterator[Servers]:
    """Two web processes, two workers and a clock on a database of their own; all ended by their ids."""
    with ExitStack() as stack:
        stub = stack.enter_context(running_stub(_FIXTURE))
        own_database = stack.enter_context(_own_database(database_url))
        ports = [free_port(), free_port()]
        environ = {
            **os.environ,
            "PARTNERLINE_ENV": "test",
            "DATABASE_URL": own_database,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "of-the-servers-0123456789-0123456789",
            "WECHAT_API_BASE": stub.wechat_base,
            "WECHAT_APP_ID": APP,
            "WECHAT_APP_SECRET": "s3cret",
            "WECHAT_TEMPLATE_TASK": TASK,
            "WECHAT_TEMPLATE_RESULT": RESULT,
        }
        servers = Servers([f"http://127.0.0.1:{port}" for port in ports], stub, environ)
        servers.flask("db", "upgrade")
        for port in ports:
            one = {**environ, "WEB_CONCURRENCY": "1"}
            _start(stack, one, "gunicorn", "--config", "config/gunicorn.py", f"--bind=127.0.0.1:{port}", "wsgi:app")
        for role in ("worker", "worker", "clock"):
            _start(stack, environ, "flask", "--app", "wsgi", role)
        for url in servers.urls:
            _wait_until_ready(url)
        yield servers


def _start(stack: ExitStack, environ: Mapping[str, str], *module: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", *module], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _own_database(server_url: str) -> Iterator[str]:
    name = f"partnerline_servers_{uuid4().hex[:10]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield f"{server_url.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            if requests.get(f"{url}/health/ready", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < deadline, f"{url} did not become ready"
        time.sleep(0.1)
