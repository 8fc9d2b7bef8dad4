"""Bytes without a row, and rows without bytes: looked for every night, both in one walk along the names.

Bytes that no row names are what a killed process left behind; they go when they are a day old, since an upload may still be on
its way. A row without bytes should never be: it is counted, logged and shown (`flask photos verify`), and never deleted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from config import blobs, clock, database, forgetting
from config.blobs import Stored
from config.forgetting import Slice
from workflows.domain.evidence.receiving import ORIGINAL
from workflows.domain.evidence.records import EvidencePhoto

AT_ONCE = 1_000
LEFT_BEHIND = timedelta(hours=24)


@dataclass
class Swept:
    """What one slice of the walk found: how many were looked at, what was deleted, which photos (keys) lack their bytes.

    `after` is the name behind which the walk goes on; None at its end.
    """

    looked_at: int = 0
    orphans: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    after: str | None = None


def slice_after(after: str, deletes: bool = True) -> Swept:
    """Walk along the next thousand names; without `deletes` only tell what would go.

    Must not run inside a transaction: the store may be another house. Raises StoreAway.
    """
    began = clock.now()
    names = list(islice(blobs.store().names(after=after), AT_ONCE))
    known = known_keys(key_of(one.name) for one in names)
    found = Swept(len(names), [one.name for one in _orphans(names, known, began)])
    is_last = len(names) < AT_ONCE
    found.after = None if is_last else names[-1].name
    found.missing = _missing(after, found.after, names, began)
    for name in found.orphans if deletes else ():
        blobs.store().delete(name)
    return found


def walk(deletes: bool = False) -> Iterator[Swept]:
    """The whole walk, slice by slice."""
    after: str | None = ""
    while after is not None:
        found = slice_after(after, deletes)
        yield found
        after = found.after


def forget_places(before: datetime, after: int) -> Slice:
    """Forget where a slice of the photos received before a moment were taken; what came of it stays with its claim."""
    with database.transaction():
        known = EvidencePhoto.select(EvidencePhoto.id).where(
            EvidencePhoto.id > after, EvidencePhoto.place.is_null(False), EvidencePhoto.recorded_at < before
        )
        ids = [row.id for row in known.order_by(EvidencePhoto.id).limit(forgetting.AT_ONCE)]
        EvidencePhoto.update(place=None).where(EvidencePhoto.id.in_(ids)).execute()
    return Slice(len(ids), ids[-1] if len(ids) == forgetting.AT_ONCE else None)


def _orphans(names: Iterable[Stored], known: set[str], now: datetime) -> list[Stored]:
    return [one for one in names if key_of(one.name) not in known and one.at < now - LEFT_BEHIND]


def known_keys(keys: Iterable[str]) -> set[str]:
    """Those of the keys that are photos."""
    asked = sorted(set(keys))
    found: set[str] = set()
    for at in range(0, len(asked), AT_ONCE):
        rows = EvidencePhoto.select(EvidencePhoto.key).where(EvidencePhoto.key.in_(asked[at : at + AT_ONCE]))
        found |= {row.key for row in rows}
    return found


def _missing(after: str, last: str | None, names: Sequence[Stored], began: datetime) -> list[str]:
    """The photos between two names of originals whose bytes are not among them; of those received before the names were read."""
    there = {key_of(one.name) for one in names if one.name.startswith(f"{ORIGINAL}/")}
    query = EvidencePhoto.select(EvidencePhoto.key).where(EvidencePhoto.recorded_at < began)
    beyond = f"{ORIGINAL}0"  # behind every name that begins with `original/`
    if after >= beyond or (last is not None and last < f"{ORIGINAL}/"):
        return []
    if after.startswith(f"{ORIGINAL}/"):
        query = query.where(EvidencePhoto.key > key_of(after))
    if last is not None and last < beyond:
        query = query.where(EvidencePhoto.key <= key_of(last))
    return [row.key for row in query.order_by(EvidencePhoto.key).iterator() if row.key not in there]


def key_of(name: str) -> str:
    """The photo a name belongs to: `thumb/img_….jpg` and `original/img_…` to `img_…`."""
    return name.partition("/")[2].partition(".")[0]
