"""The house as real processes that a check may kill: web, workers, a clock, a Redis with nothing on disk, and WeChat's stub.

On SQLite it has the embedded stack's shape: one web process (waitress), one worker, one clock. On PostgreSQL production's:
gunicorn with two web processes, two workers, one clock. Whatever dies is started again at once, as systemd or supervisor do.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from config.supervision import redis_server, web_command
from tests.acceptance.stack import ROOT, eventually, free_port
from tests.conftest import TEST_SECRET
from tests.fire import nginx
from tests.fire.caller import Caller
from tests.fire.line import Line, line_to
from tests.fire.worlds import APP, APP_SECRET, TEMPLATES
from tests.wechat_stub import RunningStub, running_stub

PEOPLE = 40
_LOOK_S = 0.02
_FIELDS = {
    "task": [
        ["thing1", "thing"],
        ["character_string2", "character_string"],
        ["time3", "time"],
        ["thing4", "thing"],
    ],
    "result": [["thing1", "thing"], ["character_string2", "character_string"], ["thing3", "thing"]],
}
USERS = tuple(f"user{number}" for number in range(PEOPLE))
WECHAT: dict[str, Any] = {
    "apps": {APP: {"secret": APP_SECRET, "released_pages": ["pages/task/task", "pages/notice/notice"]}},
    "templates": {APP: {TEMPLATES[kind]: {"title": kind, "fields": fields} for kind, fields in _FIELDS.items()}},
    "users": {name: {"name": name} for name in USERS},
    "quota": [
        {"appid": APP, "user": user, "template": template, "left": 5_000}
        for user in USERS
        for template in TEMPLATES.values()
    ],
}


@dataclass
class Member:
    """One process that is kept alive."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)
    lives: int = 0
    is_wanted: bool = True

    def begin(self) -> None:
        """Start it, for the first time or again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.lives += 1

    def children(self) -> list[int]:
        """The processes it has started itself: gunicorn's web processes."""
        try:
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in listed.split()]


class Keeper:
    """Starts whatever has died again, until the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members: dict[str, Member] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def add(self, name: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> Member:
        """Run `command` from now on."""
        member = Member(name, command, dict(environ or os.environ), self.folder / f"{name}.log")
        with self._lock:
            member.begin()
            self.members[name] = member
        return member

    def _keep(self) -> None:
        while not self._over.wait(_LOOK_S):
            with self._lock:
                for member in self.members.values():
                    if member.is_wanted and member.process.poll() is not None:
                        member.begin()

    def kill(self, name: str) -> None:
        """kill -9; the keeper brings it back."""
        member = self.members[name]
        with self._lock:
            member.process.kill()
            member.process.wait()

    def rest(self, name: str) -> None:
        """kill -9, and it stays away until `wake`."""
        self.members[name].is_wanted = False
        self.kill(name)

    def wake(self, name: str) -> None:
        """It may live again."""
        self.members[name].is_wanted = True

    def end(self) -> None:
        """End every process by its id."""
        self._over.set()
        self._thread.join()
        for member in self.members.values():
            member.process.terminate()
        for member in self.members.values():
            self._bury(member)

    @staticmethod
    def _bury(member: Member) -> None:
        try:
            member.process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in member.children():
                os.kill(pid, signal.SIGKILL)
            member.process.kill()
            member.process.wait()


@dataclass(frozen=True)
class Plan:
    """What the processes are started with."""

    webs: int = 1
    workers: int = 1
    clocks: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    server: str = ""  # waitress | gunicorn | nginx (before gunicorn); unless said as the store's shape has it
    lines: frozenset[str] = frozenset()  # redis, wechat: reached through a line that a check may cut


@dataclass(frozen=True)
class Fleet:
    """The running processes."""

    keeper: Keeper
    urls: Sequence[str]
    stub: RunningStub
    redis_url: str
    database_url: str
    environ: Mapping[str, str]
    lines: Mapping[str, Line]

    def names(self, role: str) -> list[str]:
        """The members of a role: web, worker, clock, redis."""
        return [name for name in self.keeper.members if name.startswith(role)]

    def kill(self, role: str, dice: random.Random) -> str:
        """kill -9 one process of a role, with its memory; which."""
        name = dice.choice(self.names(role))
        member = self.keeper.members[name]
        children = member.children() if role == "web" else []
        if children:  # gunicorn's web process: its parent starts another
            os.kill(dice.choice(children), signal.SIGKILL)
        else:
            self.keeper.kill(name)
        return name

    @contextmanager
    def planted(self, role: str, fault: str) -> Iterator[None]:
        """The processes of a role run with a fault in them (`faulty.py`) for as long as the block lasts."""
        members = [self.keeper.members[name] for name in self.names(role)]
        sound = [member.command for member in members]
        self._run_instead(members, [_with_fault(fault, command) for command in sound])
        yield
        self._run_instead(members, sound)

    def _run_instead(self, members: Sequence[Member], commands: Sequence[Sequence[str]]) -> None:
        for member, command in zip(members, commands, strict=True):
            member.command = command
            for child in member.children():  # gunicorn's: their parent cannot end them any more
                os.kill(child, signal.SIGKILL)
            self.keeper.kill(member.name)
        self.wait_until_serving()
        self.wait_until_listening(len(self.names("worker")))

    def caller(self, which: int = 0) -> Caller:
        """Somebody who calls one of the web addresses."""
        return Caller(self.urls[which % len(self.urls)])

    def wait_until_serving(self) -> None:
        """Until every web address answers."""
        for url in self.urls:
            eventually(lambda url=url: _serves(url), timeout_s=60)

    def wait_until_listening(self, workers: int) -> None:
        """Until so many workers wait for a wake-up at Redis."""
        eventually(lambda: listening(self.redis_url) >= workers, timeout_s=30)

    def flask(self, *arguments: str) -> str:
        """What an operator's command prints."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self) -> str:
        """Everything they wrote."""
        return "".join(path.read_text(errors="replace") for path in self.keeper.folder.glob("*.log"))


@contextmanager
def running_fleet(database_url: str, folder: Path, plan: Plan | None = None) -> Iterator[Fleet]:
    """The processes on a migrated database; all are ended by their ids."""
    wanted = plan or Plan()
    with ExitStack() as stack:
        stub = stack.enter_context(running_stub(WECHAT))
        folder.mkdir(parents=True, exist_ok=True)
        keeper = Keeper(folder)
        stack.callback(keeper.end)
        redis_url = add_redis(keeper)
        addresses = {"redis": redis_url, "wechat": stub.wechat_base}
        lines = {name: stack.enter_context(_line_to(addresses[name])) for name in sorted(wanted.lines)}
        through = {name: _through(address, lines.get(name)) for name, address in addresses.items()}
        environ = _environ(database_url, through["redis"], through["wechat"], folder, wanted)
        urls = _add_webs(keeper, database_url, environ, wanted)
        for role, count in (("worker", wanted.workers), ("clock", wanted.clocks)):
            for number in range(count):
                keeper.add(f"{role}-{number}", _command("flask", "--app", "wsgi", role), environ)
        fleet = Fleet(keeper, urls, stub, redis_url, database_url, environ, lines)
        fleet.wait_until_serving()
        fleet.wait_until_listening(wanted.workers)
        yield fleet


def _line_to(address: str) -> AbstractContextManager[Line]:
    parts = urlsplit(address)
    return line_to(str(parts.hostname), int(parts.port or 0))


def _through(address: str, line: Line | None) -> str:
    return address if line is None else urlsplit(address)._replace(netloc=f"127.0.0.1:{line.port}").geturl()


def add_redis(keeper: Keeper) -> str:
    """The address of a Redis on a port of its own that forgets everything when it dies."""
    port = free_port()
    command = [redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    keeper.add("redis", [*command, "--dir", str(keeper.folder)])
    url = f"redis://127.0.0.1:{port}/0"
    eventually(lambda: _asked(url, lambda client: client.ping()))
    return url


def _environ(database_url: str, redis_url: str, wechat_base: str, folder: Path, plan: Plan) -> dict[str, str]:
    return {
        **os.environ,
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": TEST_SECRET,
        "STATE_DIR": str(folder),
        "RATE_LIMITS": "off",
        "LOG_LEVEL": "WARNING",
        "WECHAT_APP_ID": APP,
        "WECHAT_APP_SECRET": APP_SECRET,
        "WECHAT_API_BASE": wechat_base,
        "WECHAT_TEMPLATE_TASK": TEMPLATES["task"],
        "WECHAT_TEMPLATE_RESULT": TEMPLATES["result"],
        **plan.settings,
    }


def _add_webs(keeper: Keeper, database_url: str, environ: Mapping[str, str], plan: Plan) -> list[str]:
    usual = "gunicorn" if database_url.startswith("postgres") and plan.webs == 1 else "waitress"
    return [_add_web(keeper, f"web-{number}", environ, plan.server or usual) for number in range(plan.webs)]


def _add_web(keeper: Keeper, name: str, environ: Mapping[str, str], server: str) -> str:
    port = free_port()
    if server == "waitress":
        keeper.add(name, web_command(port), environ)
    else:
        gunicorn = _command("gunicorn", "--config", "config/gunicorn.py", f"--bind=127.0.0.1:{port}", "wsgi:app")
        keeper.add(name, gunicorn, environ)
    if server == "nginx":
        behind, port = port, free_port()
        keeper.add(f"proxy-{name}", nginx.command(keeper.folder, port, behind), environ)
    return f"http://127.0.0.1:{port}"


def _command(*module: str) -> list[str]:
    return [sys.executable, "-m", *module]


def _with_fault(fault: str, command: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tests.fire.faulty", fault, *command[2:]]


def _serves(url: str) -> bool:
    reply = Caller(url).call("GET", "/health/live", timeout_s=2)
    return reply is not None and reply.status == 200


def listening(redis_url: str) -> int:
    """How many workers wait for a wake-up at this moment."""
    waits = {"blmove", "brpoplpush", "blpop"}
    clients = _asked(redis_url, lambda client: client.client_list()) or []
    return sum(one.get("cmd") in waits for one in clients)


def _asked(url: str, ask: Callable[[Any], Any]) -> Any:
    with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
        try:
            return ask(client)
        except (OSError, redis.RedisError):
            return None


def shape(database_url: str, **more: Any) -> Plan:
    """The usual processes of a store: the embedded stack's on SQLite, production's on PostgreSQL."""
    return Plan(**{"workers": 2 if database_url.startswith("postgres") else 1, **more})
