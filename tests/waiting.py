"""Waits in tests: on a condition, with a deadline, never for a length of time."""

import time
from collections.abc import Callable

import pytest

from config import database

PATIENCE_S = 10


def until(is_so: Callable[[], bool]) -> None:
    """Go on as soon as `is_so`; the test fails where it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail("waited in vain")
        time.sleep(0.01)


def somebody_waits() -> bool:
    """Does another connection wait for a lock of ours? On SQLite the second writer has not even begun."""
    if not database.is_postgres():
        return True
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return bool(database.proxy.execute_sql(waiting).fetchone()[0])
