"""Who may work on which outbox row: claimed under a lease, settled with a result and its bookkeeping.

A claim belongs to one worker until its lease ends. A worker that dies between sending and settling leaves a row that is
sent again; what that means is the channel's policy (docs/adr/0005).
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import peewee
import structlog

from config import clock, database
from notifications import metrics
from notifications.outbox import LONGEST_ERROR, OutboxRow, is_claimable

MOST_TRIES = 8
LEASE_S = 8  # a killed worker's rows are tried again within 10 s; a living one renews while it sends
_FIRST_WAIT_S = 10
_LONGEST_WAIT_S = 3600

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Entry:
    """Bookkeeping about one person, written with a result; entries of the same `book` are handed to it together."""

    book: Callable[[Sequence[str]], None]
    person: str


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
    then: tuple[Entry, ...] = ()


Result = tuple[OutboxRow, Outcome]


def claim(queue: str, owner: str, limit: int = 64, lease_s: float = LEASE_S) -> list[OutboxRow]:
    """Lease up to `limit` due rows to `owner`, the longest due first; a row is never leased to two at once.

    `owner` must be new for each claim. Rows whose tries are used up (a worker died in each) are buried instead.
    """
    with database.transaction():
        now = clock.now()
        ids = _claimable_ids(queue, limit, now)
        if not ids:
            return []
        still = OutboxRow.id.in_(ids) & is_claimable(now)
        _bury(list(OutboxRow.select().where(still, OutboxRow.attempts >= MOST_TRIES).order_by(OutboxRow.id)))
        query = OutboxRow.update(
            attempts=OutboxRow.attempts + 1, lease_owner=owner, lease_until=now + timedelta(seconds=lease_s)
        ).where(still, OutboxRow.attempts < MOST_TRIES)
        rows = list(query.returning(OutboxRow).execute())
    return sorted(rows, key=lambda row: (row.available_at, row.id))


def _claimable_ids(queue: str, limit: int, now: datetime) -> list[int]:
    query: Any = OutboxRow.select(OutboxRow.id).where(OutboxRow.queue == queue, is_claimable(now))
    query = query.order_by(OutboxRow.available_at, OutboxRow.id).limit(limit)
    if database.is_postgres():
        query = query.for_update("FOR UPDATE SKIP LOCKED")
    return [row.id for row in query]


def _bury(rows: Sequence[OutboxRow]) -> None:
    """Give up on rows that this transaction has locked with its claim: burying waits for nobody."""
    for row in rows:
        settle([(row, Outcome("dead", error=row.last_error or "no worker survived it"))])


def renew(rows: Sequence[OutboxRow], lease_s: float = LEASE_S) -> None:
    """Hold on to rows that are still being worked on; those lost meanwhile stay lost.

    A row locked by the transaction that ends it needs no renewal: nobody can claim it.
    """
    until = clock.now() + timedelta(seconds=lease_s)
    owners = {row.lease_owner for row in rows}
    with database.transaction():
        held: Any = OutboxRow.select(OutboxRow.id).where(
            OutboxRow.id.in_([row.id for row in rows]), OutboxRow.lease_owner.in_(owners), OutboxRow.state == "due"
        )
        if database.is_postgres():
            held = held.for_update("FOR UPDATE SKIP LOCKED")
        ids = {row.id for row in held}
        OutboxRow.update(lease_until=until).where(OutboxRow.id.in_(ids)).execute()
    for row in rows:
        row.lease_until = until if row.id in ids else row.lease_until


def mark(row: OutboxRow) -> bool:
    """Before a send that must not happen twice: from here on the row is `unknown`, unless `settle` says otherwise.

    Nobody claims an unknown row, so a process that dies while it sends leaves it to whoever can ask what became of it.
    False where the row is not its claim's any more.
    """
    is_ours = (OutboxRow.id == row.id) & (OutboxRow.state == "due") & (OutboxRow.lease_owner == row.lease_owner)
    change = {"state": "unknown", "last_error": "sending", "settled_at": clock.now()}
    return bool(OutboxRow.update(**change).where(is_ours).execute())


def settle(results: Sequence[Result]) -> int:
    """Write what became of claimed rows, with their bookkeeping, in one transaction; how many were still ours.

    A row cancelled meanwhile, or whose lease ended and was taken by another worker, keeps what it has; its bookkeeping
    is written all the same, because a consent is spent whoever holds the row now.
    """
    with database.transaction():
        ours = _still_ours([row for row, _ in results])
        kept = [(row, outcome) for row, outcome in results if row.id in ours]
        _write(kept)
        _book(entry for _, outcome in results for entry in outcome.then)
        lost = [(row, outcome) for row, outcome in results if row.id not in ours]
        database.after_commit(f"outbox:count:{id(results)}", lambda: _count(kept, lost))
    return len(kept)


def _still_ours(rows: Sequence[OutboxRow]) -> set[int]:
    held: Any = OutboxRow.select(OutboxRow.id, OutboxRow.lease_owner).where(
        OutboxRow.id.in_([row.id for row in rows]),
        OutboxRow.state.in_(["due", "unknown"]),  # marked rows are still ours
    )
    if database.is_postgres():
        held = held.order_by(OutboxRow.id).for_update()
    owners = {row.id: row.lease_owner for row in held}
    return {row.id for row in rows if row.id in owners and owners[row.id] == row.lease_owner}


def _write(results: Sequence[Result]) -> None:
    """One statement for all rows that change alike: a round trip for each row would halve the worker's rate."""
    now = clock.now()
    alike: dict[tuple[tuple[str, Any], ...], list[Result]] = {}
    for row, outcome in results:
        alike.setdefault(tuple(_change(row, outcome, now).items()), []).append((row, outcome))
    for change, group in alike.items():
        facts = dict(change)
        if any(outcome.provider_ref for _, outcome in group):
            facts["provider_ref"] = peewee.Case(OutboxRow.id, [(row.id, done.provider_ref) for row, done in group], "")
        query = OutboxRow.update(lease_owner=None, lease_until=None, **facts)
        query.where(OutboxRow.id.in_([row.id for row, _ in group])).execute()


def _change(row: OutboxRow, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.state == "released":
        return {"attempts": row.attempts - 1}
    state = _state_after(row, outcome)
    facts: dict[str, Any] = {"state": state, "last_error": outcome.error[:LONGEST_ERROR]}
    if state == "due":
        wait_s = retry_wait_s(row.attempts) if outcome.wait_s is None else outcome.wait_s
        return {**facts, "available_at": now + timedelta(seconds=wait_s), "settled_at": None}
    return {**facts, "settled_at": now, "channel": outcome.channel}


def _state_after(row: OutboxRow, outcome: Outcome) -> str:
    if outcome.state == "released":
        return "due"
    return "dead" if outcome.state == "due" and row.attempts >= MOST_TRIES else outcome.state


def _book(entries: Iterable[Entry]) -> None:
    persons: dict[Callable[[Sequence[str]], None], list[str]] = {}
    for entry in entries:
        persons.setdefault(entry.book, []).append(entry.person)
    for book in sorted(persons, key=_place_of_book):
        book(persons[book])


def _place_of_book(book: Callable[[Sequence[str]], None]) -> tuple[str, ...]:
    """Consents before addresses and template by template: the order in which everybody locks them."""
    function = getattr(book, "func", book)
    return (function.__module__, *map(str, getattr(book, "args", ())), function.__qualname__)


def retry_wait_s(attempts: int) -> float:
    """Seconds until the next try after `attempts` failed ones: 10 s doubling to an hour, spread by a quarter each way."""
    wait = min(_FIRST_WAIT_S * 2.0 ** (attempts - 1), _LONGEST_WAIT_S)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - spreading load, not a secret


def _count(kept: Sequence[Result], lost: Sequence[Result]) -> None:
    for row, outcome in kept:
        state = _state_after(row, outcome)
        if state == "sent":
            metrics.SENT.labels(row.queue, outcome.channel).inc()
            metrics.DELAY.labels(row.queue).observe((clock.now() - row.available_at).total_seconds())
        if state == "dead":
            metrics.DEAD.labels(row.queue).inc()
            _log.error("outbox_dead", outbox=row.public_id, queue=row.queue, tries=row.attempts, reason=outcome.error)
        if outcome.state in {"due", "dead", "unknown"}:
            metrics.FAILED.labels(row.queue, outcome.error[:40] or "unknown").inc()
    for row, outcome in lost:
        metrics.LEASE_LOST.labels(row.queue).inc()
        _log.warning("outbox_lease_lost", outbox=row.public_id, outcome=outcome.state)
