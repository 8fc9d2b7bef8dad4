"""Photos that look nearly the same as one, among all that were ever received.

A print is 64 bits; two photos are alike where a pair of their prints differs in at most MOST_BITS of them. The search is exact
and runs in the database, so that it is never stale and needs nothing in memory: the bits are cut into three bands, and of two
prints that differ in 8 bits at least one band differs in 2 or fewer. The prints with such a band are read from its index
(some hundreds among millions), and their bits are counted (docs/adr/0021: measured against other ways). What is found so is
confirmed by 256 finer bits: with 64 alone, every photo among a million would find one by chance (docs/adr/0020).

It looks across all brands and partners. What of it may be said to whom is the caller's to know.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, Final

import peewee

from config import database
from config.database import Record
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import ASKED, KEPT, MOST_BITS, PAIRS, is_confirmed
from workflows.domain.evidence.records import EvidencePhoto

_ALL: Final = (1 << 64) - 1
_FEWEST_SET, _MOST_SET = 12, 52
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Band:
    """Some of the 64 bits of a print: `width` of them from `start` on, and in how many of them a like print may differ there."""

    column: str
    start: int
    width: int
    within: int

    def of(self, bits: int) -> int:
        """The band of a print."""
        return bits >> self.start & ((1 << self.width) - 1)

    def near(self, bits: int) -> list[int]:
        """What the band of a print may look like that is like this one there."""
        own = self.of(bits)
        return [own ^ change for change in _changes(self.width, self.within)]


@dataclass(frozen=True)
class Alike:
    """A photo, by its number, and in how many bits the nearest of its prints differs."""

    photo: int
    bits: int


class PhotoPrint(Record):
    """One kept print of a photo: its 64 bits, as a signed number, the bands by which it is found, and the 256 that confirm it."""

    id = peewee.BigAutoField()
    photo = peewee.ForeignKeyField(EvidencePhoto, on_delete="CASCADE", index=False)
    photo_id: int
    variant = peewee.CharField(max_length=16)
    bits = peewee.BigIntegerField()
    fine = peewee.CharField(max_length=64, null=True)
    band_1 = peewee.IntegerField()
    band_2 = peewee.IntegerField()
    band_3 = peewee.IntegerField()

    class Meta:
        indexes = (
            (("photo", "variant"), True),
            (("band_1", "bits", "id"), False),
            (("band_2", "bits", "id"), False),
            (("band_3", "bits", "id"), False),
        )


def bands(most_bits: int = MOST_BITS) -> tuple[Band, ...]:
    """The three bands, and how far to look in each so that nothing within `most_bits` is missed.

    Were every band off by one more than it is looked for, the whole would be off by at least most_bits + 1.
    """
    share, rest = divmod(most_bits - 2, 3)
    sizes = (("band_1", 0, 21), ("band_2", 21, 21), ("band_3", 42, 22))
    return tuple(Band(*size, share + (number < rest)) for number, size in enumerate(sizes))


BANDS: Final = bands()


def is_telling(bits: int) -> bool:
    """Does a print say anything? Of a flat picture, a black one, nearly all bits are alike, and all flat pictures too."""
    return _FEWEST_SET <= bits.bit_count() <= _MOST_SET


def keep(photo_id: int, prints: Iterable[Print]) -> None:
    """Keep a photo's prints, so that it is found from now on; again does nothing."""
    rows = [_row(photo_id, one) for one in prints if one.variant in KEPT and is_telling(one.bits)]
    if rows:
        PhotoPrint.insert_many(rows).on_conflict_ignore().execute()


def _row(photo_id: int, one: Print) -> dict[str, Any]:
    found = {band.column: band.of(one.bits) for band in BANDS}
    return {"photo": photo_id, "variant": one.variant, "bits": signed(one.bits), "fine": _written(one.fine), **found}


def alike(prints: Iterable[Print], but: int | None = None) -> list[Alike]:
    """The photos that look nearly the same, but for the one numbered `but`; the nearest first."""
    nearest: dict[int, int] = {}
    for asked in prints:
        if asked.variant in ASKED and is_telling(asked.bits):
            for kept in _kept_near(asked.bits):
                if kept.photo_id != but and _is_pair(asked, kept):
                    bits = _distance(asked.bits, kept.bits)
                    nearest[kept.photo_id] = min(bits, nearest.get(kept.photo_id, bits))
    return sorted((Alike(*found) for found in nearest.items()), key=lambda one: (one.bits, one.photo))


def _is_pair(asked: Print, kept: PhotoPrint) -> bool:
    """May these two be compared at all, and do their finer bits say what the 64 said?"""
    fine = None if kept.fine is None else int(kept.fine, 16)
    return (asked.variant, kept.variant) in PAIRS and is_confirmed(asked.fine, fine)


def _written(fine: int | None) -> str | None:
    return None if fine is None else f"{fine:064x}"


def signed(bits: int) -> int:
    """64 bits as the signed number that databases keep."""
    return bits - (1 << 64) if bits >> 63 else bits


def _kept_near(bits: int) -> Iterator[PhotoPrint]:
    ids = sorted(_ids_on_postgres(bits) if database.is_postgres() else _ids_on_sqlite(bits))
    for start in range(0, len(ids), _AT_ONCE):
        yield from PhotoPrint.select().where(PhotoPrint.id.in_(ids[start : start + _AT_ONCE]))


def _ids_on_postgres(bits: int) -> set[int]:
    own = signed(bits)
    values = [value for band in BANDS for value in (band.near(bits), own)]
    return {row_id for (row_id,) in database.proxy.execute_sql(_in_one_query(), values)}


@cache
def _in_one_query() -> str:
    """The server counts the bits itself. `= ANY` of one array, so that the statement is the same for every print."""
    one = "SELECT id FROM photo_print WHERE {column} = ANY(%s) AND bit_count((bits # %s)::bit(64)) <= {most}"
    return " UNION ".join(one.format(column=band.column, most=MOST_BITS) for band in BANDS)


def _ids_on_sqlite(bits: int) -> set[int]:
    """SQLite cannot count bits: its rows are counted here, as they come from the index alone."""
    found: set[int] = set()
    for band in BANDS:
        rows = database.proxy.execute_sql(_near_in(band.column), (json.dumps(band.near(bits)),))
        found.update(row_id for row_id, kept in rows if _distance(bits, kept) <= MOST_BITS)
    return found


@cache
def _near_in(column: str) -> str:
    """One text for every print, so that SQLite reads it once; the values come as one JSON array."""
    return f"SELECT id, bits FROM photo_print WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - ours


def _distance(one: int, kept: int) -> int:
    return ((one ^ kept) & _ALL).bit_count()


@cache
def _changes(width: int, within: int) -> Sequence[int]:
    """Every way to change at most `within` of `width` bits."""
    places = [1 << place for place in range(width)]
    return tuple(sum(chosen) for count in range(within + 1) for chosen in combinations(places, count))
