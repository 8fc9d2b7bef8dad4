"""Which people ever used which app, kept in a file: their made-up openids must still be known after a restart.

Consents and messages are not kept: the fixture brings the first, and a phone's old messages are of no use.
"""

import json
from pathlib import Path

from miniapp_stub.wechat_server.errors import Misuse


class PhoneBook:
    """A file with one line per person and app: ["uid", "appid"]."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[tuple[str, str]] = set()

    def read(self) -> list[tuple[str, str]]:
        """Give everybody written down; nobody when there is no file yet. Misuse when the file is something else."""
        if not self._path.exists():
            return []
        try:
            lines = [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]
            people = [(str(uid), str(appid)) for uid, appid in lines]
        except (OSError, ValueError, TypeError) as problem:
            raise Misuse(f"--state {self._path}: {problem}") from problem
        self._known = set(people)
        return people

    def add(self, uid: str, appid: str) -> None:
        """Write a person down, once."""
        if (uid, appid) in self._known:
            return
        self._known.add((uid, appid))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([uid, appid], ensure_ascii=False) + "\n")

    def clear(self) -> None:
        """Forget everybody."""
        self._known = set()
        self._path.unlink(missing_ok=True)
