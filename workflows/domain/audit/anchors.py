"""Anchors: where each chain ended at a moment, written where our database cannot rewrite it.

A chain alone shows an edit; that its end was cut off, or all of it written anew, shows only against an anchor kept outside. They
go to an append-only file (`AUDIT_ANCHORS`), one JSON line each; a brand's system can keep its own from `GET audit/head`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config import clock
from workflows.domain.audit.noting import HOUSE
from workflows.domain.events import EventCounter
from workflows.domain.organisations import Organisation

_HOUSE_NAME = "house"


@dataclass(frozen=True)
class Anchor:
    """One chain's end at one moment. `brand` is the brand's public id, `house` for the house's own chain."""

    brand: str
    seq: int
    hash: str
    at: datetime

    def to_line(self) -> str:
        """As it stands in the file."""
        held = {"brand": self.brand, "seq": self.seq, "hash": self.hash, "at": self.at.isoformat()}
        return json.dumps(held, separators=(",", ":")) + "\n"


class Unreadable(ValueError):
    """A line of a file of anchors is none."""


def heads(brand_id: int | None = None) -> list[Anchor]:
    """Where the chains end now: of every brand and the house, or of one."""
    now, names = clock.now(), names_of_brands()
    query = EventCounter.select().where(EventCounter.audit_seq > 0)
    if brand_id is not None:
        query = query.where(EventCounter.brand == brand_id)
    return [
        Anchor(names[row.brand], row.head.seq, row.head.hash, now)
        for row in query.order_by(EventCounter.brand)
        if row.brand in names
    ]


def names_of_brands() -> dict[int, str]:
    """What anchors call each chain, by its number."""
    rows = Organisation.select(Organisation.id, Organisation.public_id).where(Organisation.brand == Organisation.id)
    return {HOUSE: _HOUSE_NAME, **{row.id: row.public_id for row in rows}}


class _Written:
    """How far each file holds each chain already, so that an unchanged one is not written again."""

    known: dict[tuple[str, str], int] = {}  # noqa: RUF012 - this process's memory


def write(path: Path) -> int:
    """Append an anchor for each chain that grew since this process last wrote; how many. Safe on the disk when it returns."""
    grown = [one for one in heads() if _Written.known.get((str(path), one.brand)) != one.seq]
    if grown:
        _append(path, "".join(one.to_line() for one in grown))
        _Written.known.update({(str(path), one.brand): one.seq for one in grown})
    return len(grown)


def _append(path: Path, lines: str) -> None:
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, lines.encode())  # one call: two workers' lines never mix
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Iterator[tuple[int, Anchor | Unreadable]]:
    """The anchors of a file with the numbers of their lines, in order. One line is held at a time."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _parsed(line)


def _parsed(line: str) -> Anchor | Unreadable:
    try:
        held: Mapping[str, Any] = json.loads(line)
        return Anchor(str(held["brand"]), int(held["seq"]), str(held["hash"]), datetime.fromisoformat(held["at"]))
    except (ValueError, TypeError, KeyError) as error:
        return Unreadable(str(error))
