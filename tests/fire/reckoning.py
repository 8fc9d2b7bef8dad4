"""What the database holds against what was acknowledged: nothing lost, nothing doubled, every table tells the same story."""

from collections import Counter, defaultdict
from typing import Any

from config import database
from notifications.outbox import NOTICES, OutboxRow
from tests.fire.market import Ledger, Market
from workflows.domain.events import Event
from workflows.domain.purchasing.orders import OrderLine, PurchaseOrder
from workflows.domain.tasks import Task

NOTICES_OF = {"order.placed": 1, "order.changed": 1, "order.confirmed": 1, "order.cancelled": 1}
"""Each fact is told to one person: the stall has one owner, the order one buyer."""


def disagreements(market: Market, ledger: Ledger) -> list[str]:
    """Every difference, in words; the caller holds a connection and the processes are at rest."""
    orders = {order.ref: order for order in PurchaseOrder.select().where(PurchaseOrder.brand == market.brand.id)}
    facts = _facts(market)
    return [
        *_integrity(),
        *_lost(ledger, orders),
        *_numbers(market),
        *_stories(ledger, facts),
        *_notices(facts, orders),
        *_open_tasks(orders),
    ]


def _integrity() -> list[str]:
    if database.is_postgres():
        return []
    said = [row[0] for row in database.proxy.execute_sql("PRAGMA integrity_check").fetchall()]
    return [] if said == ["ok"] else said


def _lost(ledger: Ledger, orders: dict[str, Any]) -> list[str]:
    found = [f"{ref} was acknowledged and is not there" for ref in ledger.ends.keys() - orders.keys()]
    found += [f"{ref} is there, and nobody placed it" for ref in orders.keys() - ledger.ends.keys()]
    for ref in ledger.ends.keys() & orders.keys():
        if orders[ref].state != ledger.ends[ref]:
            found.append(f"{ref} was acknowledged as {ledger.ends[ref]} and is {orders[ref].state}")
    held = _quantities()
    found += [
        f"{ref} was acknowledged with {quantity} and has {held.get(ref)}"
        for ref, quantity in ledger.quantities.items()
        if ref in orders and held.get(orders[ref].id) != [int(quantity) * 1000]
    ]
    return found


def _quantities() -> dict[int, list[int]]:
    held: dict[int, list[int]] = defaultdict(list)
    for order, quantity in OrderLine.select(OrderLine.order, OrderLine.quantity).tuples():
        held[order].append(quantity)
    return held


def _facts(market: Market) -> dict[str, list[str]]:
    told: dict[str, list[str]] = defaultdict(list)
    mine: Any = Event.select().where(Event.brand == market.brand.id, Event.subject_kind == "purchase_order")
    for event in mine.order_by(Event.seq):
        told[event.subject_ref].append(event.type)
    return told


def _numbers(market: Market) -> list[str]:
    numbers = [event.seq for event in Event.select(Event.seq).where(Event.brand == market.brand.id).order_by(Event.seq)]
    return [] if numbers == list(range(1, len(numbers) + 1)) else ["the log has gaps or doubles"]


def _stories(ledger: Ledger, facts: dict[str, list[str]]) -> list[str]:
    return [
        f"{ref}: acknowledged {ledger.facts.get(ref)}, the log says {facts.get(ref)}"
        for ref in sorted(ledger.facts.keys() | facts.keys())
        if ledger.facts.get(ref) != facts.get(ref)
    ]


def _notices(facts: dict[str, list[str]], orders: dict[str, Any]) -> list[str]:
    subjects = {order.public_id: ref for ref, order in orders.items()}
    tasks = {task.public_id: task.subject_ref for task in Task.select() if task.subject_id in subjects}
    rows = Counter(
        subjects.get(row.about) or tasks.get(row.about)
        for row in OutboxRow.select(OutboxRow.about).where(OutboxRow.queue == NOTICES)
    )
    return [
        f"{ref}: {rows[ref]} notices for {told}"
        for ref, told in facts.items()
        if rows[ref] != sum(NOTICES_OF[fact] for fact in told)
    ]


def _open_tasks(orders: dict[str, Any]) -> list[str]:
    waiting = Counter(task.subject_id for task in Task.select().where(Task.state == "open"))
    return [
        f"{ref} is {order.state} and has {waiting[order.public_id]} open tasks"
        for ref, order in orders.items()
        if waiting[order.public_id] != (1 if order.state == "placed" else 0)
    ]
