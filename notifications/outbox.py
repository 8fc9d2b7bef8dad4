"""What is to leave the house: rows written in the caller's transaction, read by the inbox, looked after by an operator.

The row is the truth. A wake-up may be lost or doubled without harm: whoever looks at the table finds what is due
(`leases.py`: claimed under a lease, settled with a result).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import peewee

from config import clock, database
from config.fields import JsonField, PublicIdField, UtcDateTimeField
from config.ids import new_id
from config.prepared import Prepared, Slot, filling
from notifications import wake
from notifications.notice import Notice

NOTICES = "notices"
TEXTS = "texts"
CHECKS = "text-checks"
INTERNAL = "internal:"
LONGEST_ERROR = 200
SHOWN = 50
"""A person's newest notices in one place, which the inbox may show whatever their age."""


class OutboxRow(database.Record):
    """One thing that is to leave the house, and what became of it.

    `unknown`: it may have arrived; nobody can say. `dead`: given up, an operator decides. `about` is the id under
    which rows are cancelled together, `place` the membership under which the recipient is told.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    queue = peewee.CharField(max_length=64)
    kind = peewee.CharField(max_length=32, default="")
    recipient = peewee.CharField(max_length=64, default="")
    place = peewee.CharField(max_length=64, default="")
    about = peewee.CharField(max_length=64, default="", index=True)
    payload = JsonField()
    dedupe_key = peewee.CharField(max_length=255, unique=True)
    state = peewee.CharField(max_length=16, default="due")
    available_at = UtcDateTimeField()
    attempts = peewee.IntegerField(default=0)
    lease_until = UtcDateTimeField(null=True)
    lease_owner = peewee.CharField(max_length=64, null=True)
    channel = peewee.CharField(max_length=32, default="")
    provider_ref = peewee.CharField(max_length=64, default="")
    last_error = peewee.CharField(max_length=LONGEST_ERROR, default="")
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "queue", "available_at"), False), (("recipient", "place", "id"), False))


@dataclass(frozen=True)
class Work:
    """Something to be done in the house at or after a moment: `internal:<name>` with `payload` (JSON, ids only).

    It is taken back with everything else `about` the same id.
    """

    name: str
    payload: Mapping[str, Any]
    dedupe_key: str
    available_at: datetime
    about: str = ""


def publish(notice: Notice, dedupe_key: str, available_at: datetime | None = None) -> bool:
    """Tell a person at or after `available_at`, else once the caller's transaction commits.

    The inbox shows it from the commit on. False when this key was published before.
    """
    return _add(
        queue=NOTICES,
        kind=notice.kind,
        recipient=notice.person,
        place=notice.place,
        about=notice.about,
        payload=notice.to_json(),
        dedupe_key=dedupe_key,
        available_at=available_at or clock.now(),
    )


def publish_internal(
    name: str, payload: Mapping[str, Any], dedupe_key: str, available_at: datetime | None = None, about: str = ""
) -> bool:
    """Have `internal:<name>` run with `payload` (JSON, ids only) at or after `available_at`, now unless told otherwise.

    Inside the caller's transaction. False when this key was published before.
    """
    return _add(
        queue=f"{INTERNAL}{name}",
        about=about,
        payload=dict(payload),
        dedupe_key=dedupe_key,
        available_at=available_at or clock.now(),
    )


def publish_on(
    queue: str,
    payload: Mapping[str, str],
    dedupe_key: str,
    recipient: str = "",
    about: str = "",
    available_at: datetime | None = None,
) -> bool:
    """Put a row on a queue of text messages; `payload` names the row it is made from, never a number, a code or a link.

    Inside the caller's transaction. False when this key was published before.
    """
    return _add(
        queue=queue,
        kind=payload.get("kind", ""),
        recipient=recipient,
        about=about,
        payload=dict(payload),
        dedupe_key=dedupe_key,
        available_at=available_at or clock.now(),
    )


def publish_work(several: Iterable[Work]) -> None:
    """`publish_internal` for several at once, in one round trip. Rows for later: nobody is woken, the sweep finds them."""
    _insert.write_many(
        _values(
            queue=f"{INTERNAL}{one.name}",
            about=one.about,
            payload=dict(one.payload),
            dedupe_key=one.dedupe_key,
            available_at=one.available_at,
        )
        for one in several
    )


def _add(**facts: Any) -> bool:
    # Registered first, because it raises where the caller has no transaction. A row for later is the sweep's.
    database.after_commit("outbox:wake", wake.poke)
    return bool(_insert.write(*_values(**facts)))


def _values(**facts: Any) -> list[Any]:
    facts |= {"public_id": new_id("obx"), "created_at": clock.now()}
    return [facts.get(column.name, "") for column in _NEW]


_NEW = (
    OutboxRow.public_id,
    OutboxRow.queue,
    OutboxRow.kind,
    OutboxRow.recipient,
    OutboxRow.place,
    OutboxRow.about,
    OutboxRow.payload,
    OutboxRow.dedupe_key,
    OutboxRow.available_at,
    OutboxRow.created_at,
)
_insert = Prepared(
    lambda *values: OutboxRow.insert(filling(_NEW, values)).on_conflict(
        action="nothing", conflict_target=[OutboxRow.dedupe_key]
    ),
    count=len(_NEW),
)


def cancel(*about: str) -> int:
    """Take back everything about these ids that is still due, in the caller's transaction; how many rows.

    A row that is being sent at this moment may still arrive.
    """
    if not about:
        return 0
    with database.transaction():
        if not database.is_postgres():
            return _cancelled(len(about)).write(clock.now(), *about)
        # Rows are locked by id everywhere. An UPDATE alone locks them as they lie, and meets a settlement half-way.
        held = [row.id for row in _locked(len(about)).rows(*about)]
        _cancel_one.write_many([(row_id, clock.now()) for row_id in held])
        return len(held)


def _cancelling(now: Slot, *which: peewee.Expression) -> Any:
    end = {"state": "cancelled", "lease_owner": None, "lease_until": None}
    return OutboxRow.update(settled_at=now.into(OutboxRow.settled_at), **end).where(*which)


def _is_due_about(about: Sequence[Slot]) -> tuple[peewee.Expression, ...]:
    """Due, about one of some ids; written out for one, which is what there mostly is."""
    belongs = OutboxRow.about == about[0] if len(about) == 1 else OutboxRow.about.in_(about)
    return (belongs, OutboxRow.state == "due")


@cache
def _cancelled(count: int) -> Prepared:
    return Prepared(lambda now, *about: _cancelling(now, *_is_due_about(about)), 1 + count)


@cache
def _locked(count: int) -> Prepared:
    def build(*about: Slot) -> Any:
        query = OutboxRow.select(OutboxRow.id).where(*_is_due_about(about))
        return query.order_by(OutboxRow.id).for_update()

    return Prepared(build, count)


_cancel_one = Prepared(lambda row_id, now: _cancelling(now, OutboxRow.id == row_id))


def notices_of(person_id: str, place: str, limit: int = SHOWN, kind: str | None = None) -> list[OutboxRow]:
    """A person's notices in one place, newest first, whatever became of their delivery: the in-app inbox.

    Of each row only what an inbox shows is read: ids, key, payload and moment.
    """
    if kind is None:
        return _notices.rows(person_id, place, limit)
    return _notices_of_a_kind.rows(person_id, place, limit, kind)


def _inbox(person: Any, place: Any, limit: Any, *further: peewee.Expression) -> Any:
    query = OutboxRow.select(
        OutboxRow.id, OutboxRow.public_id, OutboxRow.dedupe_key, OutboxRow.payload, OutboxRow.created_at
    ).where(OutboxRow.recipient == person, OutboxRow.place == place, *_is_shown(), *further)
    return query.order_by(OutboxRow.id.desc()).limit(limit)


def _is_shown() -> tuple[peewee.Expression, ...]:
    return (OutboxRow.queue == NOTICES, OutboxRow.state != "cancelled")


_notices = Prepared(_inbox, count=3)
_notices_of_a_kind = Prepared(lambda person, place, limit, kind: _inbox(person, place, limit, OutboxRow.kind == kind))


def due(queues: Iterable[str] | None = None) -> list[tuple[str, datetime]]:
    """The queues with rows that wait to be claimed now, and since when the oldest of each does."""
    since = peewee.fn.MIN(OutboxRow.available_at).converter(OutboxRow.available_at.python_value)
    query = OutboxRow.select(OutboxRow.queue, since).where(is_claimable(clock.now()))
    if queues is not None:
        query = query.where(OutboxRow.queue.in_(list(queues)))
    found: Any = query.group_by(OutboxRow.queue).order_by(OutboxRow.queue).tuples()
    return list(found)


def is_claimable(now: datetime) -> peewee.Expression:
    """Due, its time has come, and nobody holds it."""
    is_free = OutboxRow.lease_until.is_null() | (OutboxRow.lease_until <= now)
    return (OutboxRow.state == "due") & (OutboxRow.available_at <= now) & is_free


def status() -> dict[str, Any]:
    """For an operator: `counts` by queue and state, and `oldest_due_s`, how long the longest due row has waited."""
    counts: dict[str, dict[str, int]] = {}
    query: Any = OutboxRow.select(OutboxRow.queue, OutboxRow.state, peewee.fn.COUNT(OutboxRow.id))
    for queue, state, total in query.group_by(OutboxRow.queue, OutboxRow.state).tuples():
        counts.setdefault(queue, {})[state] = total
    return {"counts": counts, "oldest_due_s": lag_s()}


def lag_s() -> float:
    """How long the longest due row has waited to be claimed, seconds; 0 when nothing waits."""
    oldest = min((since for _, since in due()), default=None)
    waited = timedelta() if oldest is None else clock.now() - oldest
    return waited.total_seconds()


def in_doubt() -> list[str]:
    """After a restore: what was waiting to leave the house at the backup's moment, and may have left since."""
    is_ours = OutboxRow.queue.startswith(INTERNAL) | (OutboxRow.queue == CHECKS)
    query = OutboxRow.select(OutboxRow.public_id).where(OutboxRow.state == "due", ~is_ours)
    return [row.public_id for row in query.where(OutboxRow.available_at <= clock.now()).order_by(OutboxRow.id)]


def retry(public_id: str) -> bool:
    """Let a dead or unknown row be tried again, from the first try; False where there is none."""
    with database.transaction():
        database.after_commit("outbox:wake", wake.poke)
        free = {"settled_at": None, "lease_owner": None, "lease_until": None}
        query = OutboxRow.update(state="due", attempts=0, available_at=clock.now(), **free)
        is_over = OutboxRow.state.in_(["dead", "unknown"])
        return bool(query.where(OutboxRow.public_id == public_id, is_over).execute())


def drop(public_id: str) -> bool:
    """Give up on a row that is due, dead or unknown; False where there is none."""
    with database.transaction():
        query = OutboxRow.update(state="cancelled", settled_at=clock.now(), lease_owner=None, lease_until=None)
        is_open = OutboxRow.state.in_(["due", "dead", "unknown"])
        return bool(query.where(OutboxRow.public_id == public_id, is_open).execute())
