"""Builders: a task for somebody, a row in the outbox."""

from datetime import UTC, datetime
from typing import Any

from config import database
from config.text import Text
from notifications import outbox
from notifications.notice import Notice
from notifications.outbox import OutboxRow

LI = "per_01LI"
WANG = "per_01WANG"
STRANGER = "per_01STRANGER"
DUE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def task_notice(person: str = LI, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "kind": "task",
        "person": person,
        "title": Text(en="Confirm order", zh="确认订单"),
        "reference": "PO-1001",
        "due_at": DUE,
        "sender": Text(en="Yunlan Foods", zh="云岚食品"),
        "link": "task/tsk_01",
        "about": "tsk_01",
    }
    return Notice(**{**facts, **changes})


def result_notice(person: str = LI, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "kind": "result",
        "person": person,
        "title": Text(en="Order confirmed", zh="订单已确认"),
        "reference": "PO-1001",
        "outcome": Text(en="Accepted", zh="已接受"),
        "link": "order/po_01",
        "about": "po_01",
    }
    return Notice(**{**facts, **changes})


def published(notice: Notice | None = None, key: str = "key-1") -> OutboxRow:
    """A notice in the outbox, committed."""
    with database.transaction():
        outbox.publish(notice or task_notice(), key)
    return row_of(key)


def row_of(key: str) -> OutboxRow:
    row: OutboxRow = OutboxRow.get(OutboxRow.dedupe_key == key)
    return row
