"""Photos in a folder of this machine (or of a disk that all machines mount)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from config.blobs.base import Missing, StoreAway, Stored, checked
from config.ids import new_id

ARRIVING = "arriving"


class FolderStore:
    """One file per name. What `put` stored survives a power cut: the file and its folder are both synced before it returns."""

    def __init__(self, root: Path) -> None:
        """Make nothing yet: the first `put` does."""
        self._root = root

    def arriving(self) -> Path:
        """`arriving/` in the folder itself: a rename from there is no copy."""
        return self._made(self._root / ARRIVING)

    def put(self, name: str, path: Path) -> None:
        """Keep a copy. Raises StoreAway where the disk is full or gone."""
        try:
            beside = self.arriving() / new_id("put")
            shutil.copyfile(path, beside)
        except OSError as error:
            raise StoreAway(str(error)) from error
        self.take(name, beside)

    def take(self, name: str, path: Path) -> None:
        """Keep the file itself, which lies on this disk. Raises StoreAway."""
        target = self._root / checked(name)
        try:
            self._made(target.parent)
            _sync(path)
            os.replace(path, target)
            _sync(target.parent)
        except OSError as error:
            raise StoreAway(str(error)) from error

    def open(self, name: str) -> BinaryIO:
        """The file, open for reading."""
        try:
            return (self._root / checked(name)).open("rb")
        except FileNotFoundError:
            raise Missing(name) from None

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The file itself."""
        path = self._root / checked(name)
        if not path.is_file():
            raise Missing(name)
        yield path

    def delete(self, name: str) -> None:
        """Take the file away."""
        (self._root / checked(name)).unlink(missing_ok=True)

    def names(self, prefix: str = "", after: str = "") -> Iterator[Stored]:
        """Every file, folder by folder."""
        for folder in self._folders():
            names = (f"{folder}/{entry.name}" for entry in os.scandir(self._root / folder) if entry.is_file())
            yield from self._known(sorted(name for name in names if name.startswith(prefix) and name > after))

    def exists(self, name: str) -> bool:
        """Is there such a file?"""
        return (self._root / checked(name)).is_file()

    def _folders(self) -> list[str]:
        if not self._root.is_dir():
            return []
        return sorted((entry.name for entry in os.scandir(self._root) if entry.is_dir()), key=lambda name: f"{name}/")

    def _known(self, names: list[str]) -> Iterator[Stored]:
        for name in names:
            with suppress(FileNotFoundError):  # deleted since it was listed
                found = (self._root / name).stat()
                yield Stored(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def _made(self, folder: Path) -> Path:
        """The folder, which nobody but our own user looks into."""
        for one in (self._root, folder):
            if not one.is_dir():
                one.mkdir(parents=True, exist_ok=True, mode=0o700)
                _sync(one.parent)  # a folder that is lost takes with it what was safe inside
        return folder


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
