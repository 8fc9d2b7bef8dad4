"""Photos that look nearly the same, searched for among a million: the search alone, all prints of one photo asked."""

import random
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from config import database
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Plan
from tests.benchmarks.measuring import Timing
from tests.benchmarks.stores import Store, bound
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import ASKED, KEPT, MOST_BITS
from workflows.domain.evidence.likeness import BANDS, alike, signed

MOST_MS = 20
_COLUMNS = ("photo_id", "variant", "bits", "fine", *(band.column for band in BANDS))
_WARM_UP = 10
_EVERY = 1_000
_chance = random.Random(12)  # noqa: S311 - made-up pictures, the same million in every run


def measured(store: Store, plan: Plan) -> list[Figure]:
    """One photo's search, p95. Each asked photo is one of the million with as many bits changed as may be; it must be found."""
    url = store.migrated()
    samples = _filled(store, url, plan.photos)
    with bound(url):
        taken = [_searched(_chance.choice(samples)) for _ in range(plan.searches + _WARM_UP)][_WARM_UP:]
    timing = Timing(tuple(seconds for seconds, _cpu in taken), tuple(cpu for _seconds, cpu in taken))
    work = f"near-duplicate search among {plan.photos:,} photos, p95"
    kept = f"{len(KEPT)} prints of 64 bits each, {len(ASKED)} asked, up to {MOST_BITS} bits off"
    return [Figure(work, store.name, str(timing), kept, timing.p95_s * 1_000, " ms", MOST_MS)]


def _searched(planted: tuple[int, int]) -> tuple[float, float]:
    """How long it took, and how long our own processor worked for it (with SQLite all there is, with PostgreSQL our part)."""
    photo, bits = planted
    for place in _chance.sample(range(64), MOST_BITS):
        bits ^= 1 << place
    prints = [Print(variant, bits if number == 0 else _bits()) for number, variant in enumerate(ASKED)]
    started, cpu = time.perf_counter(), time.thread_time()
    found = alike(prints)
    taken = (time.perf_counter() - started, time.thread_time() - cpu)
    assert photo in {one.photo for one in found}
    return taken


def _filled(store: Store, url: str, photos: int) -> list[tuple[int, int]]:
    """Write the prints of a million photos, past the records: some of them, to be asked for."""
    samples: list[tuple[int, int]] = []
    rows = _rows(photos, samples)
    if store.server is None:
        _fill_sqlite(url, rows)
    else:
        _fill_postgres(url, rows)
    with bound(url):
        database.proxy.execute_sql("ANALYZE photo_print")
    return samples


def _fill_sqlite(url: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Indexes last: with them there, every row would land on three pages of its own."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
        indexes = file.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'photo_print' AND type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        file.execute("PRAGMA synchronous = OFF")
        for name, _sql in indexes:
            file.execute(f'DROP INDEX "{name}"')
        places = ", ".join("?" * len(_COLUMNS))
        file.executemany(f"INSERT INTO photo_print ({', '.join(_COLUMNS)}) VALUES ({places})", rows)  # noqa: S608 - ours
        for _name, sql in indexes:
            file.execute(sql)
    file.close()


def _fill_postgres(url: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        indexes = server.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'photo_print' AND indexdef NOT LIKE '%%UNIQUE%%'"
        ).fetchall()
        for name, _sql in indexes:
            server.execute(f'DROP INDEX "{name}"')
        server.execute("SET session_replication_role = replica")  # there are no photos behind the prints
        with server.cursor().copy(f"COPY photo_print ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        for _name, sql in indexes:
            server.execute(sql)
        server.execute("VACUUM photo_print")


def _rows(photos: int, samples: list[tuple[int, int]]) -> Iterator[tuple[Any, ...]]:
    for photo in range(1, photos + 1):
        for variant in KEPT:
            bits = _bits()
            if photo % _EVERY == 0 and variant == KEPT[0]:
                samples.append((photo, bits))
            yield (photo, variant, signed(bits), f"{bits:064x}", *(band.of(bits) for band in BANDS))


def _bits() -> int:
    """A print as pictures have them: about half of the bits are set, since they say what is above the middle."""
    while True:
        bits = _chance.getrandbits(64)
        if 29 <= bits.bit_count() <= 35:
            return bits
