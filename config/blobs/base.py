"""What a store of named bytes offers, wherever it keeps them."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


class Missing(Exception):
    """Nothing is stored under this name."""


class StoreAway(Exception):
    """The store cannot be asked, or refuses us: nothing is known to be stored, the same may be tried again."""


@dataclass(frozen=True)
class Stored:
    """One name with its size, and when it was stored (aware)."""

    name: str
    size_bytes: int
    at: datetime


class BlobStore(Protocol):
    """Bytes under names such as `original/img_01J9…`. Every method may raise StoreAway."""

    def arriving(self) -> Path:
        """A folder for bytes on their way in: of the store's own disk, where it has one, so that `put` need not copy."""

    def put(self, name: str, path: Path) -> None:
        """Keep a copy of the file's bytes under `name`, in the place of what was there: safe when this returns."""

    def take(self, name: str, path: Path) -> None:
        """Like `put`, but the file itself may be moved away: for one in `arriving()` that nobody needs any more."""

    def open(self, name: str) -> BinaryIO:
        """The bytes, to be closed by the caller. Raises Missing."""

    def local(self, name: str) -> AbstractContextManager[Path]:
        """A real file with the bytes, to be read only, while the block lasts. Raises Missing."""

    def delete(self, name: str) -> None:
        """Forget the bytes; nothing happens where there are none."""

    def names(self, prefix: str = "", after: str = "") -> Iterator[Stored]:
        """What is stored under names that begin with `prefix` and sort behind `after`, in the order of names."""

    def exists(self, name: str) -> bool:
        """Are there bytes under this name?"""


def checked(name: str) -> str:
    """The name, if it is `folder/name`: no store is ever asked for `../` or an absolute path. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of stored bytes")
    return name
