"""What is to leave the house: rows written in the caller's transaction, claimed under a lease, settled with a result.

The row is the truth. A wake-up may be lost or doubled without harm: whoever looks at the table finds what is due, and
a claim belongs to one worker until its lease ends. A worker that dies between sending and settling leaves a row that
is sent again; what that means is the channel's policy (docs/adr/0005).
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import peewee
import structlog

from config import clock, database
from config.fields import JsonField, PublicIdField, UtcDateTimeField
from config.ids import new_id
from notifications import metrics, wake
from notifications.notice import Notice

NOTICES = "notices"
INTERNAL = "internal:"
MOST_TRIES = 8
LEASE_S = 25  # more than 3 × http.CALL_S; short enough that a killed worker's rows are tried again within 30 s
_FIRST_WAIT_S = 10
_LONGEST_WAIT_S = 3600
_LONGEST_ERROR = 200

State = Literal["due", "sent", "dead", "cancelled", "unknown"]
_log = structlog.get_logger(__name__)


class OutboxRow(database.Record):
    """One thing that is to leave the house, and what became of it.

    `unknown`: it may have arrived; nobody can say. `dead`: given up, an operator decides. `about` is the id under
    which rows are cancelled together.
    """

    id = peewee.AutoField()
    public_id = PublicIdField()
    queue = peewee.CharField(max_length=64)
    kind = peewee.CharField(max_length=32, default="")
    recipient = peewee.CharField(max_length=64, default="")
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
    last_error = peewee.CharField(max_length=_LONGEST_ERROR, default="")
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("state", "queue", "available_at"), False), (("recipient", "id"), False))


@dataclass(frozen=True)
class Outcome:
    """What became of one try. `then` is bookkeeping that is written in the same transaction as the result.

    `due` tries again, after `wait_s` seconds or else by the doubling schedule; `released` was not tried at all.
    """

    state: Literal["sent", "due", "dead", "cancelled", "unknown", "released"]
    channel: str = ""
    provider_ref: str = ""
    error: str = ""
    wait_s: float | None = None
    then: tuple[Callable[[], None], ...] = ()


def publish(notice: Notice, dedupe_key: str) -> bool:
    """Tell a person, once the caller's transaction commits; False when this key was published before."""
    return _add(
        queue=NOTICES,
        kind=notice.kind,
        recipient=notice.person,
        about=notice.about,
        payload=notice.to_json(),
        dedupe_key=dedupe_key,
        available_at=clock.now(),
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


def _add(*, dedupe_key: str, available_at: datetime, **facts: Any) -> bool:
    now = clock.now()
    # Registered first, because it raises where the caller has no transaction. A row for later is the sweep's.
    database.after_commit("outbox:wake", wake.poke)
    query = OutboxRow.insert(
        public_id=new_id("obx"), dedupe_key=dedupe_key, available_at=available_at, created_at=now, **facts
    ).on_conflict(action="nothing", conflict_target=[OutboxRow.dedupe_key])
    return bool(query.as_rowcount().execute())


def cancel(about: str) -> int:
    """Take back everything about this id that is still due, in the caller's transaction; how many rows.

    A row that is being sent at this moment may still arrive.
    """
    with database.transaction():
        query = OutboxRow.update(state="cancelled", settled_at=clock.now(), lease_owner=None, lease_until=None)
        return int(query.where(OutboxRow.about == about, OutboxRow.state == "due").execute())


def notices_of(person_id: str, limit: int = 50, kind: str | None = None) -> list[OutboxRow]:
    """A person's notices, newest first, whatever became of their delivery: the in-app inbox."""
    query = OutboxRow.select().where(
        OutboxRow.recipient == person_id, OutboxRow.queue == NOTICES, OutboxRow.state != "cancelled"
    )
    if kind is not None:
        query = query.where(OutboxRow.kind == kind)
    return list(query.order_by(OutboxRow.id.desc()).limit(limit))


def due(queues: Iterable[str] | None = None) -> list[tuple[str, datetime]]:
    """The queues with rows that wait to be claimed now, and since when the oldest of each does."""
    since = peewee.fn.MIN(OutboxRow.available_at).converter(OutboxRow.available_at.python_value)
    query = OutboxRow.select(OutboxRow.queue, since).where(_is_claimable(clock.now()))
    if queues is not None:
        query = query.where(OutboxRow.queue.in_(list(queues)))
    found: Any = query.group_by(OutboxRow.queue).order_by(OutboxRow.queue).tuples()
    return list(found)


def claim(queue: str, owner: str, limit: int = 64, lease_s: float = LEASE_S) -> list[OutboxRow]:
    """Lease up to `limit` due rows to `owner`, the longest due first; a row is never leased to two at once.

    `owner` must be new for each claim. Rows whose tries are used up (a worker died in each) are buried instead.
    """
    with database.transaction():
        now = clock.now()
        ids = _claimable_ids(queue, limit, now)
        if not ids:
            return []
        still = OutboxRow.id.in_(ids) & _is_claimable(now)
        _bury(list(OutboxRow.select().where(still, OutboxRow.attempts >= MOST_TRIES)))
        query = OutboxRow.update(
            attempts=OutboxRow.attempts + 1, lease_owner=owner, lease_until=now + timedelta(seconds=lease_s)
        ).where(still, OutboxRow.attempts < MOST_TRIES)
        rows = list(query.returning(OutboxRow).execute())
    return sorted(rows, key=lambda row: (row.available_at, row.id))


def _claimable_ids(queue: str, limit: int, now: datetime) -> list[int]:
    query: Any = OutboxRow.select(OutboxRow.id).where(OutboxRow.queue == queue, _is_claimable(now))
    query = query.order_by(OutboxRow.available_at, OutboxRow.id).limit(limit)
    if database.is_postgres():
        query = query.for_update("FOR UPDATE SKIP LOCKED")
    return [row.id for row in query]


def _is_claimable(now: datetime) -> peewee.Expression:
    is_free = OutboxRow.lease_until.is_null() | (OutboxRow.lease_until <= now)
    return (OutboxRow.state == "due") & (OutboxRow.available_at <= now) & is_free


def _bury(rows: Sequence[OutboxRow]) -> None:
    for row in rows:
        settle([(row, Outcome("dead", error=row.last_error or "no worker survived it"))])


def settle(results: Sequence[tuple[OutboxRow, Outcome]]) -> int:
    """Write what became of claimed rows, with their bookkeeping, in one transaction; how many were still ours.

    A row cancelled meanwhile, or whose lease ended and was taken by another worker, keeps what it has.
    """
    with database.transaction():
        return sum(_settle_one(row, outcome) for row, outcome in results)


def _settle_one(row: OutboxRow, outcome: Outcome) -> bool:
    change = _change(row, outcome)
    query = OutboxRow.update(lease_owner=None, lease_until=None, **change)
    is_ours = OutboxRow.lease_owner.is_null() if row.lease_owner is None else OutboxRow.lease_owner == row.lease_owner
    was_ours = bool(query.where(OutboxRow.id == row.id, OutboxRow.state == "due", is_ours).execute())
    if not was_ours:
        metrics.LEASE_LOST.labels(row.queue).inc()
        _log.warning("outbox_lease_lost", outbox=row.public_id, outcome=outcome.state)
    for work in outcome.then:
        work()  # a consent is spent whoever holds the row now
    if was_ours:
        state = change.get("state", "due")
        database.after_commit(f"outbox:count:{row.id}", lambda: _count(row, outcome, state))
    return was_ours


def _change(row: OutboxRow, outcome: Outcome) -> dict[str, Any]:
    now = clock.now()
    if outcome.state == "released":
        return {"attempts": row.attempts - 1}
    facts: dict[str, Any] = {"last_error": outcome.error[:_LONGEST_ERROR]}
    if outcome.state == "due" and row.attempts < MOST_TRIES:
        wait_s = retry_wait_s(row.attempts) if outcome.wait_s is None else outcome.wait_s
        return {**facts, "available_at": now + timedelta(seconds=wait_s)}
    state = "dead" if outcome.state == "due" else outcome.state
    return {
        **facts,
        "state": state,
        "settled_at": now,
        "channel": outcome.channel,
        "provider_ref": outcome.provider_ref,
    }


def retry_wait_s(attempts: int) -> float:
    """Seconds until the next try after `attempts` failed ones: 10 s doubling to an hour, spread by a quarter each way."""
    wait = min(_FIRST_WAIT_S * 2.0 ** (attempts - 1), _LONGEST_WAIT_S)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreading load, not a secret


def _count(row: OutboxRow, outcome: Outcome, state: str) -> None:
    if state == "sent":
        metrics.SENT.labels(row.queue, outcome.channel).inc()
    if state == "dead":
        metrics.DEAD.labels(row.queue).inc()
        _log.error("outbox_dead", outbox=row.public_id, queue=row.queue, attempts=row.attempts, reason=outcome.error)
    if outcome.state in {"due", "dead", "unknown"}:
        metrics.FAILED.labels(row.queue, outcome.error[:40] or "unknown").inc()


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


def retry(public_id: str) -> bool:
    """Let a dead or unknown row be tried again, from the first try; False where there is none."""
    with database.transaction():
        database.after_commit("outbox:wake", wake.poke)
        query = OutboxRow.update(state="due", attempts=0, available_at=clock.now(), settled_at=None)
        is_over = OutboxRow.state.in_(["dead", "unknown"])
        return bool(query.where(OutboxRow.public_id == public_id, is_over).execute())


def drop(public_id: str) -> bool:
    """Give up on a row that is due, dead or unknown; False where there is none."""
    with database.transaction():
        query = OutboxRow.update(state="cancelled", settled_at=clock.now(), lease_owner=None, lease_until=None)
        is_open = OutboxRow.state.in_(["due", "dead", "unknown"])
        return bool(query.where(OutboxRow.public_id == public_id, is_open).execute())
