"""The whole stack as `make run` starts it, on free ports and in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).parent.parent.parent
_START_TIMEOUT_S = 90
_STOP_TIMEOUT_S = 30
_T = TypeVar("_T")


@dataclass(frozen=True)
class Stack:
    """A running stack: where it is, its demo world, and the process that started it."""

    url: str
    stub_url: str
    state_dir: Path
    demo: Mapping[str, Any]
    process: subprocess.Popen[str]

    def brand(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the brand door as the demo brand's system."""
        headers = {"Authorization": f"Bearer {self.demo['brand_api_key']}", **options.pop("headers", {})}
        return requests.request(method, f"{self.url}/api/v1/brand/{path}", headers=headers, timeout=10, **options)

    def person(self, kind: str, role: str) -> Mapping[str, str]:
        """The first demo person of a kind of organisation with a role."""
        return next(one for one in self.demo["people"] if (one["kind"], one["role"]) == (kind, role))

    def sign_in(self, person: Mapping[str, str], device: str = "dev_acceptance") -> "Phone":
        """Sign a person in the way a phone does: a login code from (simulated) WeChat, then a session."""
        login = {"appid": self.demo["wechat_app"], "user": person["wechat_user"]}
        code = requests.post(f"{self.stub_url}/_stub/client/login", json=login, timeout=10).json()["code"]
        body = {"via": "wechat", "app": self.demo["wechat_app"], "code": code, "device": device}
        answer = requests.post(f"{self.url}/api/v1/phone/sessions", json=body, timeout=10)
        answer.raise_for_status()
        return Phone(self, answer.json())


@dataclass(frozen=True)
class Phone:
    """A signed-in person's phone."""

    stack: Stack
    session: Mapping[str, Any]

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the phone door."""
        headers = {"Authorization": f"Bearer {self.session['token']}", **options.pop("headers", {})}
        return requests.request(method, f"{self.stack.url}/api/v1/phone/{path}", headers=headers, timeout=10, **options)


@contextmanager
def running_stack(state_dir: Path, **environ: str) -> Iterator[Stack]:
    """Start `make run`'s stack in `state_dir`; stop it, with all its children, at the end."""
    port, stub_port = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "config.local"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "STUB_PORT": str(stub_port), "STATE_DIR": str(state_dir), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait_for_greeting(process)
        demo = json.loads((state_dir / "demo.json").read_text(encoding="utf-8"))
        yield Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{stub_port}", state_dir, demo, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for_greeting(process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    said = []
    for line in process.stdout or ():
        said.append(line)
        if "Ctrl-C stops everything" in line:
            return
        if time.monotonic() > deadline:
            break
    raise AssertionError("the stack did not start:\n" + "".join(said))


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], _T], timeout_s: float = 20, every_s: float = 0.05) -> _T:
    """What `look` gives once it gives something true; fails when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {timeout_s} s"
        time.sleep(every_s)
    return found
