"""SQLite: its own online backup. One read snapshot of all pages, the ones still in the WAL included, while others write."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.backup.manifest import Held, Unusable, flush_path, private

FILE = "database.sqlite3"
_BESIDE = ("", "-wal", "-shm", "-journal")
_BUSY_TIMEOUT_S = 30


def copy(url: str, target: Path) -> Held:
    """Write the database at `url` to the new file `target`, verify the copy, and say what it holds. Raises Unusable."""
    source = path_of(url)
    if not source.exists():
        raise Unusable(f"there is no database at {source}")
    private(target).close()
    with _open(source) as live, _open(target) as made:
        live.backup(made)  # in one step: a backup in several begins again whenever another process writes
        made.execute("PRAGMA journal_mode = delete")  # one file, whole by itself
    flush_path(target)
    return held_by(target)


def restore(file: Path, held: Held, url: str, then: Callable[[str], None]) -> None:
    """Put the copy in `file` in the place that `url` names, where nothing may be; `then(url)` works on it before.

    The database appears whole or not at all. Raises Unusable.
    """
    target = path_of(url)
    require_free(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target) as unfinished:
        shutil.copyfile(file, unfinished)
        if held_by(unfinished) != held:
            raise Unusable("the restored rows are not those of the backup")
        then(f"sqlite:///{unfinished}")
        with _open(unfinished) as database:
            database.execute("PRAGMA journal_mode = delete")
        flush_path(unfinished)
        try:
            os.link(unfinished, target)  # unlike a rename it never replaces what appeared meanwhile
        except FileExistsError:
            raise Unusable(f"a database appeared at {target} meanwhile") from None
    flush_path(target.parent)


def require_free(url: str) -> None:
    """Raises Unusable where there is a database, or what a running one keeps beside it."""
    target = path_of(url)
    found = [path for path in (target.with_name(target.name + end) for end in _BESIDE) if path.exists()]
    if found:
        names = ", ".join(map(str, found))
        raise Unusable(f"{names} exists: stop what uses it and move it away first; a restore overwrites nothing")


def held_by(path: Path) -> Held:
    """What a database at rest holds, once every page of it was found whole. Raises Unusable."""
    try:
        with _open(path) as database:
            faults = [row[0] for row in database.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            faults += [f"{row[0]} refers to a missing {row[2]}" for row in database.execute("PRAGMA foreign_key_check")]
            if faults:
                raise Unusable(f"{path} is damaged: {'; '.join(faults[:5])}")
            return _counted(database)
    except sqlite3.DatabaseError as error:
        raise Unusable(f"{path} is no database that can be read: {error}") from error


def _counted(database: sqlite3.Connection) -> Held:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [row[0] for row in database.execute(query)]
    rows = {table: database.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608 - no value
    migrations = [row[0] for row in database.execute("SELECT name FROM schema_migration ORDER BY name")]
    return Held(migrations, rows)


def path_of(url: str) -> Path:
    """The file that a database's address names."""
    return Path(url.removeprefix("sqlite:///")).absolute()


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file beside `target`, for its owner alone, gone at the end with all that SQLite puts next to it."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".restoring")
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for end in _BESIDE:
            with suppress(FileNotFoundError):
                os.unlink(name + end)
