"""A house for one scenario: the app with a real WeChat (the stub), a real Redis, its own log, and everybody's secrets noted."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from config.supervision import redis_server
from tests.fire.worlds import APP, APP_SECRET, TEMPLATES

_START_S = 20.0
PEOPLE = ("li", "wang", "zhao", "stranger")
CROWD = tuple(f"crowd{number}" for number in range(20))
SINGLES = tuple(f"single{number}" for number in range(20))

FIXTURE: dict[str, Any] = {
    "apps": {APP: {"secret": APP_SECRET, "released_pages": ["pages/task/task", "pages/notice/notice"]}},
    "templates": {
        APP: {
            TEMPLATES["task"]: {
                "title": "待办提醒",
                "fields": [
                    ["thing1", "thing"],
                    ["character_string2", "character_string"],
                    ["time3", "time"],
                    ["thing4", "thing"],
                ],
            },
            TEMPLATES["result"]: {
                "title": "处理结果",
                "fields": [["thing1", "thing"], ["character_string2", "character_string"], ["thing3", "thing"]],
            },
        }
    },
    "users": {name: {"name": name} for name in (*PEOPLE, *CROWD, *SINGLES)},
    "quota": [{"appid": APP, "user": "li", "template": template, "left": 500} for template in TEMPLATES.values()],
}


@contextmanager
def running_redis() -> Iterator[str]:
    """The address of a Redis: of the run's, emptied, or a process on a socket of its own."""
    url = os.environ.get("TEST_REDIS_URL", "")
    if url:
        _client(url).flushdb()
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="fire-") as folder:  # the path of a socket must be short
        path = Path(folder) / "r.sock"
        command = [redis_server(), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            _await(f"unix://{path}")
            yield f"unix://{path}"
        finally:
            process.kill()
            process.wait()


def _client(url: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=5)


def _await(url: str) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with _client(url) as client:
                client.ping()
        except (OSError, redis.RedisError):
            assert time.monotonic() < deadline, "Redis did not start"
            threading.Event().wait(0.02)
        else:
            return


def everything_in_redis(url: str) -> bytes:
    """Every key with everything it holds."""
    found = []
    with _client(url) as client:
        for key in client.scan_iter(count=1_000):
            found += [key, client.dump(key) or b"", repr(_content(client, key)).encode()]
    return b"\n".join(found)


def _content(client: Any, key: bytes) -> Any:
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda name: client.lrange(name, 0, -1),
        b"set": client.smembers,
        b"zset": lambda name: client.zrange(name, 0, -1, withscores=True),
    }
    return readers.get(client.type(key), lambda _: None)(key)
