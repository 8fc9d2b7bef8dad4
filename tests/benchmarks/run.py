"""One run of all benchmarks, store by store, and what there is to say about the machine."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config import database
from tests.benchmarks import (
    cold_start,
    copies,
    feed,
    first_open,
    inbox,
    likeness,
    looking,
    notices,
    order,
    photographs,
    receipts,
    turn,
)
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Plan, environ_of, prepared
from tests.benchmarks.processes import running_redis
from tests.benchmarks.stores import Store, bound

_DOORS = (turn, inbox, order)


@dataclass
class Found:
    """The figures, what could not be measured here, which databases answered, and how busy the machine was."""

    figures: list[Figure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, name: str, measure: Callable[[], list[Figure]]) -> None:
        """Measure one thing; what breaks is said, and does not take the rest with it."""
        started = time.monotonic()
        try:
            self.figures += measure()
        except Exception as error:  # one broken bench must not hide the others
            self.left_out.append(f"{name}: could not be measured ({type(error).__name__}: {str(error)[:300]})")
        self.loads.append(os.getloadavg()[0])
        sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")


def everything(folder: Path, plan: Plan, server: str | None) -> Found:
    """All that can be measured here: on SQLite, and at the doors on PostgreSQL where there is a server."""
    found, started = Found(), time.monotonic()
    with running_redis(folder) as redis_url:
        for address in (None, server) if server else (None,):
            _doors(found, Store(folder, address), redis_url, plan)
        _house(found, folder, redis_url, plan)
    if not server:
        found.left_out.append("PostgreSQL: not measured, TEST_DATABASE_URL is not set")
    found.seconds = time.monotonic() - started
    return found


def _doors(found: Found, store: Store, redis_url: str, plan: Plan) -> None:
    with ExitStack() as stack:
        stack.callback(store.remove)
        ground = stack.enter_context(prepared(store, redis_url, plan))
        with bound(ground.world.url):
            found.libraries.append(database.library_version())
        for bench in _DOORS:
            name = bench.__name__.rpartition(".")[2]
            found.add(f"{name}, {store.name}", lambda bench=bench: bench.measured(ground, plan))
            found.add(f"{name}'s statements, {store.name}", lambda bench=bench: bench.statement_counts(ground))
        found.add(f"receipts, {store.name}", lambda: receipts.measured(ground, plan))
        found.add(f"feed, {store.name}", lambda: feed.measured(store, redis_url, plan))
        found.add(f"near-duplicates, {store.name}", lambda: likeness.measured(store, plan))


def _house(found: Found, folder: Path, redis_url: str, plan: Plan) -> None:
    store = Store(folder)
    environ = environ_of(store.migrated(), redis_url, folder)
    found.add("cold start", lambda: cold_start.measured(environ, plan, folder))
    found.add("notices", lambda: notices.measured(store, environ, plan))
    found.add("a photo looked at", lambda: looking.measured(folder, plan))
    pictures = photographs.fetched(folder) if plan.has_photographs else []
    found.add("copies of photos", lambda: copies.measured(plan, pictures))
    if plan.has_photographs and not pictures:
        found.left_out.append("copies of packaged photographs: no package registry was reached")
    if not plan.has_browser:
        return
    if first_open.is_possible():
        found.add("first open", lambda: first_open.measured(folder))
    else:
        found.left_out.append("first open and confirming: no browser (apt install chromium)")
