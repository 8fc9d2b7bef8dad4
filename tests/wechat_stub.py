"""The WeChat stub as a real process for tests: start it, drive its phones, look at what reached them.

with running_stub(fixture) as stub:
    code = stub.login("wxdemo", "chen")
    stub.outbox_wait(count=1)
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
START_DEADLINE_S = 30.0


class RunningStub:
    """A running stub. url is its root; wechat_base is what the product calls WeChat's base address."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid
        self.wechat_base = f"{url}/wx"
        self._session = requests.Session()

    def get(self, path: str, /, **asked: Any) -> Any:
        """Read from /_stub; raises requests.HTTPError with the stub's sentence."""
        return _read(self._session.get(f"{self.url}/_stub{path}", params=asked, timeout=90))

    def post(self, path: str, /, **said: Any) -> Any:
        """Tell /_stub something."""
        return _read(self._session.post(f"{self.url}/_stub{path}", json=said, timeout=90))

    def delete(self, path: str) -> Any:
        """Take something away from /_stub."""
        return _read(self._session.delete(f"{self.url}/_stub{path}", timeout=90))

    def reset(self, **said: Any) -> None:
        """Bring it back to its start."""
        self.post("/reset", **said)

    def load(self, fixture: dict[str, Any]) -> None:
        """Add a fixture until the next reset."""
        self.post("/load", fixture=fixture)

    def login(self, appid: str, user: str) -> str:
        """A person opens the mini-program; gives the login code."""
        return str(self.post("/client/login", appid=appid, user=user)["code"])

    def openid(self, appid: str, user: str) -> str:
        """Give a person's openid in an app."""
        return str(self.post("/client/open", appid=appid, user=user)["openids"][appid])

    def subscribe(self, appid: str, user: str, answers: dict[str, str], **more: Any) -> dict[str, Any]:
        """A person answers the consent popup for these templates."""
        said = {"appid": appid, "user": user, "tmplIds": list(answers), "answers": answers, **more}
        return dict(self.post("/client/subscribe", **said))

    def settings(self, user: str, **changed: Any) -> dict[str, Any]:
        """A person changes settings: main_switch, items, risk_block."""
        return dict(self.post("/client/settings", user=user, **changed))

    def outbox(self, **wanted: Any) -> list[dict[str, Any]]:
        """Give what reached the phones: channel, touser, user, template_id, since."""
        return list(self.get("/outbox", **wanted)["items"])

    def outbox_wait(self, count: int = 1, timeout: float = 10, **wanted: Any) -> list[dict[str, Any]]:
        """Give what reached the phones once there are so many; AssertionError when they do not come in time."""
        answer = self.get("/outbox/wait", count=count, timeout=timeout, **wanted)
        assert answer["complete"], f"{len(answer['items'])} of {count} messages came within {timeout} s"
        return list(answer["items"])

    def calls(self, path: str | None = None, **wanted: Any) -> list[dict[str, Any]]:
        """Give the journal: path (with or without /wx), appid, since."""
        return list(self.get("/calls", **({"path": path} if path else {}), **wanted)["items"])

    def quota(self, **wanted: Any) -> int:
        """Give the consents left: appid, user, openid, template."""
        return int(self.get("/quota", **wanted)["left"])

    def tokens(self, appid: str) -> dict[str, Any]:
        """Give per family (stable, legacy) the counts calls, issued, forced, living."""
        return dict(self.get("/tokens")["apps"].get(appid, {}))

    def fail_next(self, path: str, errcode: int, n: int = 1) -> int:
        """Let the next n calls of a path fail."""
        return int(self.post("/fail_next", path=path, errcode=errcode, n=n)["id"])

    def rule(self, match: dict[str, str], action: dict[str, Any], **how: Any) -> int:
        """Put an injection rule in force: times, skip, prob."""
        return int(self.post("/rules", match=match, action=action, **how)["id"])

    def clear_rules(self) -> None:
        """Take all rules out of force."""
        self.delete("/rules")

    def expire_tokens(self, appid: str) -> None:
        """Let an app's tokens run out: 42001 follows."""
        self.post("/tokens/expire", appid=appid)

    def revoke_tokens(self, appid: str) -> None:
        """Make an app's tokens invalid: 40001 follows."""
        self.post("/tokens/revoke", appid=appid)

    def rate(self, name: str, limit: int, window: float) -> None:
        """Change a limit; window in seconds."""
        self.post("/rate", name=name, limit=limit, window=window)

    def outage(self, on: bool = True, **action: Any) -> None:
        """Let every WeChat call fail, by default with HTTP 503."""
        self.post("/outage", on=on, **({"action": action} if action else {}))

    def quirks(self, **switched: Any) -> None:
        """Switch deviations: text_plain, no_msgid, strict_unicode, tmplids_max."""
        self.post("/quirks", **switched)

    def advance(self, seconds: float) -> None:
        """Move the stub's clock."""
        self.post("/clock", advance_s=seconds)

    def close(self) -> None:
        """Close this side's connections."""
        self._session.close()


@contextmanager
def running_stub(
    fixture: dict[str, Any] | Path | None = None,
    *,
    arguments: Sequence[str] = (),
) -> Iterator[RunningStub]:
    """Run the stub on a free port for as long as the block lasts; fixture is an object or a file."""
    with tempfile.TemporaryDirectory(prefix="wechat-stub-") as folder, (Path(folder) / "stderr").open("w+b") as stderr:
        command = [sys.executable, "-m", "miniapp_stub.wechat_server", "--port", "0", *arguments]
        if fixture is not None:
            command += ["--fixture", str(_fixture_file(fixture, Path(folder)))]
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL
        )
        stub = None
        try:
            stub = RunningStub(_announced_url(process, stderr), process.pid)
            assert stub.get("/health")["status"] == "ok"
            yield stub
        finally:
            if stub is not None:
                stub.close()
            process.kill()
            process.communicate()


def _fixture_file(fixture: dict[str, Any] | Path, folder: Path) -> Path:
    if isinstance(fixture, Path):
        return fixture
    path = folder / "fixture.json"
    path.write_text(json.dumps(fixture, ensure_ascii=False), encoding="utf-8")
    return path


def _environment() -> dict[str, str]:
    return {**os.environ, "PARTNERLINE_ENV": "test", "PYTHONUNBUFFERED": "1"}


def _announced_url(process: subprocess.Popen[bytes], stderr: Any) -> str:
    """Read the line in which the stub says that it listens; it comes when connections are accepted, not before."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_DEADLINE_S
    ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
    line = process.stdout.readline().decode() if ready else ""
    if "http://" not in line:
        process.kill()
        process.wait()
        stderr.seek(0)
        raise AssertionError(f"the WeChat stub did not start: {stderr.read().decode(errors='replace')}")
    return line.split()[-1]


def _read(response: requests.Response) -> Any:
    if response.status_code >= 400:
        raise requests.HTTPError(f"{response.status_code}: {response.text}", response=response)
    return response.json()
