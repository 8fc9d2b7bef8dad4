"""PostgreSQL: its own pg_dump and pg_restore, on one snapshot that is counted as it is written."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.backup.manifest import Held, Unusable, flush, private

FILE = "database.dump"
_PORTABLE = ("--no-owner", "--no-privileges")  # the new server's roles need not be the old one's


def copy(url: str, target: Path) -> Held:
    """Write the database at `url` to the new file `target`, and say what the snapshot holds. Raises Unusable."""
    try:
        with psycopg.connect(url) as connection, private(target) as file:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            found = connection.execute("SELECT pg_export_snapshot()").fetchone()
            snapshot = str(found[0]) if found else ""
            held = _counted(connection)
            _run(["pg_dump", "--format=custom", *_PORTABLE, f"--snapshot={snapshot}"], url, file)
            flush(file)
    except psycopg.Error as error:
        raise Unusable(f"the database does not answer: {error}") from error
    _run(["pg_restore", "--list", str(target)])
    return held


def restore(file: Path, held: Held, url: str, then: Callable[[str], None]) -> None:
    """Fill the empty database at `url` from `file`, all in one transaction; then compare, and `then(url)` works on it.

    Raises Unusable. Until it returns, no process may be started on the database.
    """
    require_free(url)
    _run(["pg_restore", "--single-transaction", "--exit-on-error", *_PORTABLE, str(file)], url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")  # a dump carries no statistics, and without them the first hours are slow
        if _counted(connection) != held:
            raise Unusable(
                "the restored rows are not those of the backup: drop this database and restore into a new one"
            )
    then(url)


def require_free(url: str) -> None:
    """Raises Unusable where the database is missing or has any table."""
    try:
        with psycopg.connect(url) as connection:
            tables = _tables(connection)
    except psycopg.Error as error:
        raise Unusable(f"no empty database to restore into (createdb makes one): {error}") from error
    if tables:
        raise Unusable(f"the database has {len(tables)} tables: a restore overwrites nothing; give it a new, empty one")


def _tables(connection: Any) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    return [name for (name,) in connection.execute(query)]


def _counted(connection: Any) -> Held:
    count = sql.SQL("SELECT COUNT(*) FROM {}")
    rows = {
        table: int(connection.execute(count.format(sql.Identifier(table))).fetchone()[0])
        for table in _tables(connection)
    }
    return Held([name for (name,) in connection.execute("SELECT name FROM schema_migration ORDER BY name")], rows)


def _run(command: Sequence[str], url: str = "", output: BinaryIO | int = subprocess.DEVNULL) -> None:
    """Run a tool of PostgreSQL's on the database at `url`; its password travels in the environment, which `ps` hides."""
    known: dict[str, Any] = dict(conninfo_to_dict(url)) if url else {}
    password = str(known.pop("password", "") or "")
    environ = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    target = [f"--dbname={make_conninfo(**known)}"] if url else []
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [command[0], *target, *command[1:]],
            env=environ,
            stdout=output,
            stderr=subprocess.PIPE,
            text=False,
            check=False,
        )
    except FileNotFoundError:
        raise Unusable(f"{command[0]} is not on the PATH: install the server's client programs") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
        raise Unusable(f"{command[0]} failed: {' '.join(said)}")
