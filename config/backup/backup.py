"""Take a backup into a folder, keep the newest, restore one into an empty place."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from types import ModuleType

from config import clock, database
from config.backup import postgres, sqlite
from config.backup.manifest import Manifest, Store, Unusable, digest_of, flush_path

_PREFIX = "partnerline-"
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Taken:
    """A finished backup, and the older ones that made room for it."""

    path: Path
    manifest: Manifest
    removed: tuple[Path, ...]


def take(url: str, folder: Path, keep: int) -> Taken:
    """Back up the database at `url` into a new folder in `folder`, of which the newest `keep` stay.

    Whole or not at all: it is written under another name, and verified, before it appears. Raises Unusable.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        moment = clock.now()  # before the snapshot: whatever was acknowledged until now is in it
        name = f"{_PREFIX}{moment.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"
        unfinished = folder / f"{_UNFINISHED}{name}"
        unfinished.mkdir(mode=0o700)
        try:
            store = _module(url)
            held = store.copy(url, unfinished / store.FILE)
            digest = digest_of(unfinished / store.FILE)
            manifest = Manifest(moment, _store(url), store.FILE, digest, held)
            manifest.write(unfinished)
            flush_path(unfinished)
            unfinished.rename(folder / name)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        flush_path(folder)
        return Taken(folder / name, manifest, _forget_oldest(folder, keep))


def restore(backup: Path, url: str, then: Callable[[str], None]) -> Manifest:
    """Restore a backup to the place that `url` names, where nothing may be; `then` works on it before it counts.

    Raises Unusable.
    """
    store = _module(url)
    store.require_free(url)
    manifest = Manifest.read(backup)
    if manifest.store != _store(url):
        raise Unusable(f"this is a backup of {manifest.store}: DATABASE_URL must name such a database")
    unknown = sorted(set(manifest.held.migrations) - set(known_migrations()))
    if unknown:
        raise Unusable(f"it was taken by a newer release ({', '.join(unknown)}): install that one or a later one first")
    store.restore(backup / Path(manifest.file).name, manifest.held, url, then)
    return manifest


def known_migrations() -> list[str]:
    """The migrations that this release brings."""
    return sorted(path.stem for path in database.MIGRATIONS.glob("[0-9]*.py"))


def newest(folder: Path) -> Path | None:
    """The newest finished backup in a folder."""
    return max(folder.glob(f"{_PREFIX}*"), default=None)


def _forget_oldest(folder: Path, keep: int) -> tuple[Path, ...]:
    old = sorted(folder.glob(f"{_PREFIX}*"))[:-keep]
    for path in old:
        shutil.rmtree(path)
    return tuple(old)


def _module(url: str) -> ModuleType:
    return postgres if _store(url) == "postgresql" else sqlite


def _store(url: str) -> Store:
    return "postgresql" if url.startswith("postgres") else "sqlite"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup into a folder at a time; what a killed one left there is cleared away. Raises Unusable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        yield
    except BlockingIOError:
        raise Unusable(f"another backup into {folder} is running") from None
    finally:
        os.close(descriptor)
