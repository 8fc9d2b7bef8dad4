"""The one place that knows SQLite from PostgreSQL: connections, transactions, migrations.

A transaction is re-entrant: the outermost commits, and raising anywhere inside rolls all of it back. Work that must be
last in a transaction (`before_commit`) or must wait for it (`after_commit`) is registered by key, so that it runs once.
"""

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import peewee
import structlog
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_BUSY_TIMEOUT_MS = 5_000
_POSTGRES_OPTIONS = "-c lock_timeout=2000 -c statement_timeout=20000 -c timezone=UTC"
_LARGEST_POOL = 70

_log = structlog.get_logger(__name__)
proxy: Any = peewee.DatabaseProxy()


class Record(peewee.Model):
    """What every stored record builds on. Declares no behaviour: operations live beside the records."""

    class Meta:
        database = proxy
        legacy_table_names = False


class _Scope:
    """What one outermost transaction has been asked to do at its end."""

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], None]] = {}
        self.after: dict[str, Callable[[], None]] = {}
        self.gathered: dict[str, Any] = {}
        self.is_broken = False


class _Thread(threading.local):
    scope: _Scope | None = None


_thread = _Thread()
_turn = threading.Lock()


def connect(url: str) -> Any:
    """Bind all records to the database at `url` (`sqlite:///path` or `postgresql://…`); opens nothing yet."""
    database = _postgres(url) if url.startswith("postgres") else _sqlite(url)
    proxy.initialize(database)
    return database


def _sqlite(url: str) -> Any:
    path = url.removeprefix("sqlite:///")
    pragmas = {
        "journal_mode": "wal",
        "synchronous": "full",  # an acknowledged answer survives the power cut, not just the crash
        "foreign_keys": 1,
        "busy_timeout": _SQLITE_BUSY_TIMEOUT_MS,
        "temp_store": "memory",
        "cache_size": -16_000,
    }
    return PooledSqliteDatabase(
        path,
        max_connections=_LARGEST_POOL,
        pragmas=pragmas,
        lock_type="IMMEDIATE",  # read-then-write under WAL fails at once with a deferred lock, whatever the time-out
        check_same_thread=False,
        autoconnect=False,
    )


def _postgres(url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("not a PostgreSQL address")
    return PooledPostgresqlDatabase(
        url,
        max_connections=_LARGEST_POOL,
        stale_timeout=300,
        autoconnect=False,
        options=_POSTGRES_OPTIONS,
        prefer_psycopg3=True,
    )


def is_postgres() -> bool:
    """Is the bound database a PostgreSQL server?"""
    return isinstance(proxy.obj, peewee.PostgresqlDatabase)


@contextmanager
def connection() -> Iterator[None]:
    """Hold a pooled connection for this thread; inside another one it is the same connection."""
    if not proxy.is_closed():
        yield
        return
    proxy.connect()
    try:
        yield
    finally:
        proxy.close()


@contextmanager
def transaction() -> Iterator[None]:
    """One write transaction. The outermost commits; raising anywhere rolls all of it back."""
    outer = _thread.scope
    if outer is not None:
        try:
            yield
        except BaseException:
            outer.is_broken = True
            raise
        return
    scope = _thread.scope = _Scope()
    try:
        with _writers_turn(), proxy.atomic():
            yield
            if scope.is_broken:
                raise RuntimeError("an operation inside this transaction failed and its error was swallowed")
            _run_before(scope)
    finally:
        _thread.scope = None
    _run_after(scope)


def in_transaction() -> bool:
    """Does this thread stand inside a transaction?"""
    return _thread.scope is not None


@contextmanager
def _writers_turn() -> Iterator[None]:
    """On SQLite, one thread of this process at a time: the others stand in line here and not at the file.

    Whoever waits for the file looks again ever more rarely, so that among many threads some wait for seconds.
    """
    if is_postgres():
        yield
        return
    if not _turn.acquire(timeout=_SQLITE_BUSY_TIMEOUT_MS / 1_000):
        raise peewee.OperationalError("database is locked")
    try:
        yield
    finally:
        _turn.release()


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of a transaction that may fail alone: what it wrote is undone, the rest goes on."""
    scope = _thread.scope
    if scope is None:
        raise RuntimeError("a savepoint needs a transaction around it")
    before = (scope.is_broken, dict(scope.before), dict(scope.after), dict(scope.gathered))
    gathered = [(work, copy.deepcopy(vars(work))) for work in scope.gathered.values()]
    try:
        with proxy.savepoint():
            yield
    except BaseException:
        scope.is_broken, scope.before, scope.after, scope.gathered = before  # its hooks are undone with it
        for work, facts in gathered:  # and what it added to work that was begun before it
            vars(work).update(facts)
        raise


def before_commit(key: str, work: Callable[[], None]) -> None:
    """Run `work` as the last thing inside the current transaction, once per `key`."""
    _required_scope().before.setdefault(key, work)


class EndWork(Protocol):
    """Something gathered during a transaction and written as its last act."""

    def write(self) -> None:
        """Write it."""


_Work = TypeVar("_Work", bound=EndWork)
_Query = TypeVar("_Query", bound=Any)


def pending_work(key: str, make: Callable[[], _Work]) -> _Work:
    """What the current transaction gathers under `key`, begun by `make` and written just before the commit."""
    scope = _required_scope()
    if key not in scope.gathered:
        scope.gathered[key] = make()
        before_commit(key, scope.gathered[key].write)
    gathered: _Work = scope.gathered[key]
    return gathered


def after_commit(key: str, work: Callable[[], None]) -> None:
    """Run `work` once the current transaction is safe, once per `key`; its errors are logged, never raised."""
    _required_scope().after.setdefault(key, work)


def locked(query: _Query) -> _Query:
    """The query, with the rows it finds kept from other writers until the transaction ends."""
    _required_scope()
    kept: _Query = query.for_update() if is_postgres() else query
    return kept


def serialise(*name: object) -> None:
    """Let one transaction at a time pass for `name`, until it ends.

    SQLite's immediate transactions already stand in one line. PostgreSQL waits 2 s at most (lock_timeout).
    """
    _required_scope()
    if not is_postgres():
        return
    digest = hashlib.blake2b("\0".join(map(str, name)).encode(), digest_size=8).digest()
    proxy.execute_sql("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(digest, "big", signed=True),))


def touch(record: type[Record], row_id: int, **changes: Any) -> bool:
    """Note something of little weight on one row (when it was last used) without waiting for any other writer.

    False where somebody was in the way: the note is lost, and the read that wanted it goes on.
    """
    row = record.id == row_id  # type: ignore[attr-defined]
    if is_postgres():
        free = record.select(record.id).where(row).for_update(skip_locked=True)  # type: ignore[attr-defined]
        return bool(record.update(**changes).where(record.id.in_(free)).execute())  # type: ignore[attr-defined]
    update = record.update(**changes).where(row)
    if proxy.in_transaction():
        return bool(update.execute())
    proxy.execute_sql("PRAGMA busy_timeout = 0")
    try:
        return bool(update.execute())
    except peewee.OperationalError:
        return False
    finally:
        proxy.execute_sql(f"PRAGMA busy_timeout = {_SQLITE_BUSY_TIMEOUT_MS}")


def _required_scope() -> _Scope:
    if _thread.scope is None:
        raise RuntimeError("this needs a transaction around it")
    return _thread.scope


def _run_before(scope: _Scope) -> None:
    # In the order of their keys, whatever the order of events: two transactions that end with the same rows never
    # wait for each other in a circle.
    while scope.before:
        scope.before.pop(min(scope.before))()


def _run_after(scope: _Scope) -> None:
    for key, work in scope.after.items():
        try:
            work()
        except Exception:  # the data is safe already; a failing hook must not tell the caller otherwise
            _log.exception("after_commit_failed", hook=key)


def runner() -> Any:
    """The migration runner over `config/migrations`."""
    return Runner(proxy.obj, directory=str(MIGRATIONS))


def migrate() -> list[str]:
    """Bring the schema up to date; the names of the migrations applied. One deploy step, never at app start."""
    with connection():
        return [str(name) for name in runner().up()]


def pending() -> list[str]:
    """The names of the migrations not yet applied."""
    with connection():
        return [migration.name for migration in runner().status() if not migration.applied]


def library_version() -> str:
    """What answers our queries, for the readiness page: `SQLite 3.40.1` or `PostgreSQL 15.19`."""
    if is_postgres():
        return f"PostgreSQL {proxy.execute_sql('SHOW server_version').fetchone()[0].split()[0]}"
    return f"SQLite {proxy.execute_sql('SELECT sqlite_version()').fetchone()[0]}"
