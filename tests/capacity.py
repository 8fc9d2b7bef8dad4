"""What tests of capacity say again and again: a request put, a task found, the clock's work done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from api import work
from config import clock
from config.settings import Settings
from notifications import jobs
from notifications.outbox import OutboxRow
from tests.trade import Trade
from workflows.domain.capacity import overview, recurring
from workflows.domain.capacity.asking import filters_of
from workflows.domain.capacity.records import CapacityRequest, OpenRequest
from workflows.domain.capacity.requesting import put_request
from workflows.domain.tasks import Task


def request_body(**changes: Any) -> dict[str, Any]:
    """Three months of two products from December 2026 on, to be answered by the end of November."""
    body = {"supplier": "S1", "items": ["A", "B"], "first_month": "2026-12", "months": 3, "due_date": "2026-11-30"}
    return {**body, **changes}


def ask(trade: Trade, ref: str = "CAP-1", **changes: Any) -> OpenRequest:
    """Put a request."""
    return put_request(trade.system, ref, request_body(**changes)).opened


def task_of(ref: str = "CAP-1") -> Task:
    """The open task about a request."""
    found: Task = Task.get(Task.subject_ref == ref, Task.state == "open")
    return found


def request(ref: str = "CAP-1") -> CapacityRequest:
    """A request as it is stored."""
    found: CapacityRequest = CapacityRequest.get(CapacityRequest.ref == ref)
    return found


def planned(ref: str = "CAP-1") -> list[tuple[datetime, str]]:
    """When the clock will ask again, and how each of these rows stands, oldest first."""
    about = f"{request(ref).public_id}:again"
    rows = OutboxRow.select().where(OutboxRow.queue == f"internal:{recurring.QUEUE}", OutboxRow.about == about)
    return [(row.available_at, row.state) for row in rows.order_by(OutboxRow.id)]


def run_clock(settings: Settings) -> int:
    """Do what is due, as worker and clock do; how many rows were settled."""
    handlers = {queue: one for queue, one in work.handlers(settings).items() if queue.startswith("internal:capacity")}
    return jobs.drain_due(handlers, threading.Event(), 20)


@contextmanager
def at(moment: str) -> Iterator[None]:
    """Live at a moment written in ISO 8601 with its offset."""
    with clock.frozen(datetime.fromisoformat(moment)):
        yield


def rows_of(trade: Trade, **asked: Any) -> list[dict[str, Any]]:
    """Everything `GET capacity` shows, page after page of two."""
    filters = filters_of(trade.system, {"first": None, "last": None, "supplier": None, "sku": None, **asked})
    found: list[dict[str, Any]] = []
    after = None
    while True:
        part = overview.overview(trade.system, filters, after, 2)
        found += overview.documents(part)
        if part.next is None:
            return found
        after = part.next
