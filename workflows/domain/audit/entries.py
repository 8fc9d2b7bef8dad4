"""The entries of the audit: each seals the one before it.

An entry's hash is SHA-256 over `audit-v1`, the hash before it, its number, and the SHA-256 of its canonical JSON. Whoever edits,
takes away or inserts one breaks every hash that follows. An event's entry holds the fingerprint of the whole event, so that the
log of events cannot be changed behind it. Entries hold ids, never names or phones: a person who is erased leaves the chain whole.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import peewee

from config.database import Record
from config.fields import JsonField, UtcDateTimeField
from config.prepared import Prepared, filling

_VERSION = "audit-v1"


class AuditEntry(Record):
    """One link of a brand's chain. `event` is the number of the event it stands for, None where there is none.

    brand is 0 for what operators do to the house as a whole. record is the id of what it is about.
    """

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    seq = peewee.BigIntegerField()
    at = UtcDateTimeField()
    kind = peewee.CharField(max_length=64)
    actor = peewee.CharField(max_length=64)
    record_kind = peewee.CharField(max_length=32)
    record = peewee.CharField(max_length=64)
    event = peewee.BigIntegerField(null=True)
    data = JsonField()
    hash = peewee.CharField(max_length=64)

    class Meta:
        indexes = (
            (("brand", "seq"), True),
            (("brand", "record", "seq"), False),
            (("brand", "actor", "seq"), False),
        )


@dataclass(frozen=True)
class Fact:
    """What an entry says, before it has its number: what was done, by whom, to what, when."""

    kind: str
    actor: str
    record_kind: str
    record: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    event: int | None = None


@dataclass(frozen=True)
class Head:
    """Where a chain ends: the number and hash of its last entry; 0 and empty for one not yet begun."""

    seq: int = 0
    hash: str = ""


def extended(brand_id: int, head: Head, facts: Sequence[Fact]) -> Head:
    """Write `facts` after `head`; where the chain then ends. The caller keeps every other writer of the brand away."""
    rows = []
    for fact in facts:
        head = linked(brand_id, head, fact)
        rows.append((brand_id, head.seq, *_cells(fact), head.hash))
    _insert.write_many(rows)
    return head


def linked(brand_id: int, head: Head, fact: Fact) -> Head:
    """The end of a chain after one more entry."""
    seq = head.seq + 1
    said = [brand_id, moment(fact.at), *_cells(fact)[1:]]
    link = f"{_VERSION}\0{head.hash}\0{seq}\0{fingerprint(said)}"
    return Head(seq, hashlib.sha256(link.encode()).hexdigest())


def fact_of(entry: AuditEntry) -> Fact:
    """What an entry that was read says."""
    return Fact(entry.kind, entry.actor, entry.record_kind, entry.record, entry.at, entry.data, entry.event)


def fingerprint(content: object) -> str:
    """SHA-256 of content as canonical JSON: keys in order, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def together(parts: Iterable[object]) -> str:
    """SHA-256 of many contents in their order, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(bytes.fromhex(fingerprint(part)))
    return digest.hexdigest()


def moment(at: datetime) -> str:
    """A moment as it is sealed, whatever zone it came in."""
    return at.astimezone(UTC).isoformat()


def _cells(fact: Fact) -> tuple[Any, ...]:
    return (fact.at, fact.kind, fact.actor, fact.record_kind, fact.record, fact.event, fact.data)


_COLUMNS = (
    AuditEntry.brand,
    AuditEntry.seq,
    AuditEntry.at,
    AuditEntry.kind,
    AuditEntry.actor,
    AuditEntry.record_kind,
    AuditEntry.record,
    AuditEntry.event,
    AuditEntry.data,
    AuditEntry.hash,
)
_insert = Prepared(lambda *values: AuditEntry.insert(filling(_COLUMNS, values)), count=len(_COLUMNS))
