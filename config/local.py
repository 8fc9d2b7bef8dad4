"""The embedded stack of `make run`: web, worker, clock, Redis and the WeChat stub on one machine's loopback, kept alive.

`python -m config.local` prepares `STATE_DIR`, brings the schema up to date, loads the demo world once, and starts the processes
under supervisor, which brings a killed child back. Ctrl-C or SIGTERM stops them all. Demo only: production starts its own
processes (README, "In production").
"""

import fcntl
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.error import URLError

from config.supervision import HOST, ROOT, CannotStart, Stack, start, stop

_START_TIMEOUT_S = 60
_LONGEST_SOCKET_PATH = 100  # Linux allows 107 bytes, macOS 103


def main() -> int:
    """Run the stack in the foreground until it is told to stop; the exit code."""
    try:
        stack = _stack_from(os.environ)
        with _only_one(stack):
            return _run(stack)
    except CannotStart as problem:
        _say(f"Partnerline cannot start: {problem}")
        return 1


def _stack_from(environ: Mapping[str, str]) -> Stack:
    state_dir = Path(environ.get("STATE_DIR") or ROOT / "var").resolve()
    return Stack(state_dir, _port(environ, "PORT", 8000), _port(environ, "STUB_PORT", 8001))


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise CannotStart(f"{name} must be a port number from 1 to 65535, not {value!r}.")
    return int(value)


def _only_one(stack: Stack) -> TextIO:
    """Hold the state folder for this run. Raises CannotStart where another run has it."""
    stack.state_dir.mkdir(parents=True, exist_ok=True)
    for folder in ("logs", "redis", "photos"):
        (stack.state_dir / folder).mkdir(exist_ok=True)
    lock = (stack.state_dir / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise CannotStart(
            f"another run is using {stack.state_dir}. Stop it, or set STATE_DIR to another folder."
        ) from error
    for name, port in (("PORT", stack.port), ("STUB_PORT", stack.stub_port)):
        _require_free(name, port)
    return lock


def _require_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} is taken. Set {name} to a free one, such as {name}={port + 100}."
            ) from error


def _run(stack: Stack) -> int:
    ours = _settings_of(stack)
    _keep(stack.state_dir / "settings.json", ours)
    environ = {**_inherited(), **ours, **_kept_secrets(stack.state_dir / "secrets.json")}
    _say("1/4  Bringing the database up to date …")
    _flask(environ, "db", "upgrade")
    _say("2/4  Loading the demo world …")
    _flask(environ, "demo", "load")
    _say("3/4  Starting web, worker, clock, Redis and the WeChat stub …")
    with _Signals() as signals:
        supervisor = start(stack, environ)
        try:
            _wait_until_ready(stack, supervisor, signals)
            _greet(stack)
            signals.wait_for(supervisor)
        finally:
            stop(supervisor)
    _say("Stopped. The data stays in " + str(stack.state_dir))
    return 0 if signals.was_asked else 1


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}


def _settings_of(stack: Stack) -> dict[str, str]:
    """What every process of the stack runs with, beside its secrets."""
    return {
        "PARTNERLINE_ENV": "demo",
        "PYTHONUNBUFFERED": "1",
        "STATE_DIR": str(stack.state_dir),
        "PORT": str(stack.port),
        "STUB_PORT": str(stack.stub_port),
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{stack.state_dir / 'partnerline.db'}",
        "REDIS_URL": os.environ.get("REDIS_URL") or _redis_url(stack.state_dir),
        "PHOTO_STORE": f"file:{stack.state_dir / 'photos'}",
        "PUBLIC_URL": stack.url,
        "STUB_URL": stack.stub_url,
        "WECHAT_API_BASE": f"{stack.stub_url}/wx",
        "WECHAT_APP_ID": "wxdemo0partnerline",
        "WECHAT_TEMPLATE_TASK": "tmpl-task",
        "WECHAT_TEMPLATE_RESULT": "tmpl-result",
        "SMS_BASE": f"{stack.stub_url}/sms",
        "SMS_KEY_ID": "sms-demo-partnerline",
        "SMS_SIGN": "伙伴通道",
        "SMS_TEMPLATE_CODE": "SMS_CODE",
        "SMS_TEMPLATE_INVITATION": "SMS_INVITATION",
        "SMS_TEMPLATE_TASK": "SMS_TASK",
    }


def _kept_secrets(path: Path) -> dict[str, str]:
    """The demo's own secrets, made once and readable by their owner alone; one that is new joins those kept before."""
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "WECHAT_APP_SECRET": secrets.token_hex(16),
        "SMS_KEY_SECRET": secrets.token_hex(16),
    }
    if made.keys() - kept.keys():
        kept = {**made, **kept}
        _keep(path, kept)
    return kept


def _keep(path: Path, settings: Mapping[str, str]) -> None:
    """Leave settings where a command beside this run finds them (`config.settings`), for their owner alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(settings, file)


def _redis_url(state_dir: Path) -> str:
    path = state_dir / "redis" / "redis.sock"
    if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
        return f"unix://{path}"
    with socket.socket() as probe:  # a state folder this deep has no room for a socket's name
        probe.bind((HOST, 0))
        return f"redis://{HOST}:{probe.getsockname()[1]}/0"


def _flask(environ: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        tail = (done.stderr or done.stdout).strip().splitlines()[-12:]
        raise CannotStart(f"`flask {' '.join(arguments)}` failed:\n" + "\n".join(tail))


class _Signals:
    """Notes that a person or a process manager asked us to stop."""

    def __init__(self) -> None:
        self.was_asked = False

    def __enter__(self) -> "_Signals":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the handlers: a second Ctrl-C must not cut the stopping short."""

    def _note(self, *_: Any) -> None:
        self.was_asked = True

    def wait_for(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until we are asked to stop, or the process ends by itself."""
        while not self.was_asked and process.poll() is None:
            time.sleep(0.2)


def _wait_until_ready(stack: Stack, supervisor: subprocess.Popen[bytes], signals: _Signals) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    waiting = [f"{stack.url}/health/ready", f"{stack.stub_url}/_stub/health"]
    while waiting and not signals.was_asked:
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(f"{waiting[0]} does not answer. The logs are in {stack.state_dir / 'logs'}.")
        waiting = [url for url in waiting if not _answers(url)]
        if waiting:
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _greet(stack: Stack) -> None:
    demo = json.loads((stack.state_dir / "demo.json").read_text(encoding="utf-8"))
    _say(f"4/4  Ready.\n\n  Mini-app   {stack.url}/app/\n  API docs   {stack.url}/docs")
    _say(f"  Phones     {stack.stub_url}/_stub/ui   (the simulated WeChat)\n")
    _say("  Sign in at the mini-app as one of:")
    for person in demo["people"]:
        _say(f"    {person['name']} · {person['organisation']} · {person['role']}")
    _say(f"\n  Commands   {command_line(stack)} outbox status")
    _say(f"  The brand's API key is in {stack.state_dir / 'demo.json'}. Ctrl-C stops everything; the data stays.")


def command_line(stack: Stack) -> str:
    """How an operator's command is run against this stack, from the project's folder."""
    return f"PARTNERLINE_ENV=demo STATE_DIR={shlex.quote(str(stack.state_dir))} {_shown(sys.executable)} -m flask --app wsgi"


def _shown(program: str) -> str:
    path = Path(program)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else shlex.quote(program)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is the program's face to the person at the terminal


if __name__ == "__main__":
    sys.exit(main())
