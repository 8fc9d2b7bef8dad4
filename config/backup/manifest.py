"""What a backup says of itself, in `manifest.json` beside its one file."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

Store = Literal["sqlite", "postgresql"]

_NAME = "manifest.json"
_CHUNK = 1024 * 1024


class Unusable(Exception):
    """One sentence that says why nothing was backed up or restored, and what to do."""


@dataclass(frozen=True)
class Held:
    """What a database holds: the migrations it has had, and its rows by table."""

    migrations: Sequence[str]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """A backup: every write acknowledged before `moment` (UTC) is in it, and of those in flight some prefix."""

    moment: datetime
    store: Store
    file: str
    sha256: str
    held: Held

    def write(self, folder: Path) -> None:
        """Leave it beside the backup's file, for its owner alone."""
        content = json.dumps({**asdict(self), "moment": self.moment.isoformat()}, indent=1)
        with private(folder / _NAME) as file:
            file.write(content.encode())
            flush(file)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a backup, whose file is checked against it. Raises Unusable."""
        try:
            found: dict[str, Any] = json.loads((folder / _NAME).read_text(encoding="utf-8"))
            moment = datetime.fromisoformat(found.pop("moment"))
            manifest = cls(**{**found, "moment": moment, "held": Held(**found["held"])})
            digest = digest_of(folder / Path(manifest.file).name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unusable(f"{folder} is no backup that can be read: {error}") from error
        if digest != manifest.sha256:
            raise Unusable(f"{folder} is damaged: {manifest.file} is not what was written then. Take another backup.")
        return manifest


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        found = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def private(path: Path) -> BinaryIO:
    """A new file that only its owner reads."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def flush(file: BinaryIO) -> None:
    """Have what was written on the disk, not on its way there."""
    file.flush()
    os.fsync(file.fileno())


def flush_path(path: Path) -> None:
    """The same for a file that something else wrote, or for a folder's list of names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
