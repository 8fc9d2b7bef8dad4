"""Who saw which record: noted once per person (or key), record and day, and sealed into the chain by the clock.

A read that was noted today costs a look into this process's memory; the first one of the day costs one INSERT. The day is the
reader's organisation's own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import peewee
import structlog

from config import clock, database
from config.database import Record
from config.fields import UtcDateTimeField
from config.ids import new_id
from config.prepared import Prepared, filling
from workflows.domain.access import Actor
from workflows.domain.audit.entries import moment, together
from workflows.domain.audit.noting import note
from workflows.domain.events import EventCounter

SEALED_AT_ONCE = 2_000
SETTLES_IN = timedelta(minutes=5)
"""Rows younger than this are not sealed: one whose transaction is still open may yet appear among them."""
KIND = "views.sealed"
_MOST_REMEMBERED = 20_000

_log = structlog.get_logger(__name__)
Seen: TypeAlias = tuple[str, str]
"""What was seen: the kind of record, and its id."""


class AuditView(Record):
    """One person or key (`viewer`) saw one record on one day; at is when they first did."""

    id = peewee.BigAutoField()
    brand = peewee.IntegerField()
    viewer = peewee.CharField(max_length=64)
    record_kind = peewee.CharField(max_length=32)
    record = peewee.CharField(max_length=64)
    day = peewee.DateField()
    at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("brand", "record", "viewer", "day"), True),
            (("brand", "viewer", "id"), False),
            (("brand", "id"), False),
        )


class _Noted:
    """What this process knows to be in the table of the database that is bound.

    Forgotten all at once when it grows too large, which costs an INSERT each.
    """

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._database: object = None

    def unknown(self, keys: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if self._database is not database.proxy.obj:
            self._database, self._known = database.proxy.obj, set()
        known = self._known
        return [key for key in keys if hash(key) not in known]

    def remember(self, keys: Iterable[tuple[Any, ...]]) -> None:
        if len(self._known) > _MOST_REMEMBERED:
            self._known = set()
        self._known.update(map(hash, keys))


_noted = _Noted()


def seen(actor: Actor, records: Iterable[Seen]) -> None:
    """Note that the actor read these records today.

    A database too busy to take the note does not fail the read; the next read of the day notes it.
    """
    viewer, day = actor.name_for_audit, clock.today(actor.time_zone)
    keys = [(actor.brand_id, viewer, kind, record, day) for kind, record in dict.fromkeys(records)]
    fresh = _noted.unknown(keys)
    if not fresh:
        return
    is_inside = database.proxy.in_transaction()
    try:
        _write(fresh)
    except peewee.OperationalError:
        if is_inside:
            raise
        _log.warning("views_not_noted", records=len(fresh))


def _write(keys: Sequence[tuple[Any, ...]]) -> None:
    now = clock.now()
    with database.transaction():
        # In one order everywhere, so that two readers of the same list never wait for each other in a circle.
        _insert.write_many((*key, now) for key in sorted(keys))
        database.after_commit(f"views:{new_id('aud')}", lambda: _noted.remember(keys))


_COLUMNS = (
    AuditView.brand,
    AuditView.viewer,
    AuditView.record_kind,
    AuditView.record,
    AuditView.day,
    AuditView.at,
)
_insert = Prepared(
    lambda *values: AuditView.insert(filling(_COLUMNS, values)).on_conflict(
        action="nothing", conflict_target=[AuditView.brand, AuditView.record, AuditView.viewer, AuditView.day]
    ),
    count=len(_COLUMNS),
)


def brands_to_seal() -> list[int]:
    """The brands with views that are old enough and not in the chain yet."""
    waiting = AuditView.select(AuditView.id).where(AuditView.brand == EventCounter.brand, _is_unsealed())
    query = EventCounter.select(EventCounter.brand).where(peewee.fn.EXISTS(waiting)).order_by(EventCounter.brand)
    return [row.brand for row in query]


def seal(brand_id: int) -> bool:
    """Seal up to 2,000 of a brand's views into its chain, by the clock's hand; are there more?"""
    with database.transaction():
        database.serialise("seal-views", brand_id)
        after = EventCounter.get_by_id(brand_id).views_sealed or 0
        settled = AuditView.at <= clock.now() - SETTLES_IN
        query = between(brand_id, after).where(settled).limit(SEALED_AT_ONCE)
        rows = list(query)
        if not rows:
            return False
        through = rows[-1].id
        content = together(map(content_of, rows))
        note(brand_id, "clock", KIND, "views", "", count=len(rows), content=content, after=after, through=through)
        EventCounter.update(views_sealed=through).where(EventCounter.brand == brand_id).execute()
    return len(rows) == SEALED_AT_ONCE


def between(brand_id: int, after: int, through: int | None = None) -> Any:
    """A brand's views after one row, through another or to the last, in order."""
    query = AuditView.select().where(AuditView.brand == brand_id, AuditView.id > after).order_by(AuditView.id)
    return query if through is None else query.where(AuditView.id <= through)


def content_of(view: AuditView) -> list[Any]:
    """What is sealed of a view."""
    return [view.id, view.viewer, view.record_kind, view.record, view.day.isoformat(), moment(view.at)]


def _is_unsealed() -> peewee.Expression:
    is_new = AuditView.id > peewee.fn.COALESCE(EventCounter.views_sealed, 0)
    settled: datetime = clock.now() - SETTLES_IN
    return is_new & (AuditView.at <= settled)
