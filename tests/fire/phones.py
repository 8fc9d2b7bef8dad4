"""What reached the phones of a market, as WeChat's stub kept it, against the orders it should tell of."""

import time
from collections import Counter
from datetime import datetime

from notifications.outbox import OutboxRow
from tests.acceptance.stack import eventually
from tests.fire.market import Market
from workflows.domain.tasks import Task


def messages(market: Market) -> Counter[str]:
    """How often each task was told to a phone, by task."""
    pages = [item["body"].get("page", "") for item in market.fleet.stub.outbox()]
    return Counter(page.partition("?id=")[2] for page in pages if page.startswith("pages/task/"))


def tasks_of(market: Market) -> dict[str, str]:
    """The tasks there are, and the order of each."""
    mine = Task.select(Task.public_id, Task.subject_ref).where(Task.brand == market.brand.id)
    return {task.public_id: task.subject_ref for task in mine}


def lost(market: Market) -> list[str]:
    """The orders that no phone heard of."""
    told = messages(market)
    return [ref for task, ref in tasks_of(market).items() if not told[task]]


def doubled(market: Market) -> dict[str, int]:
    """The tasks that a phone heard of more than once, and how often."""
    tasks = tasks_of(market)
    return {task: count for task, count in messages(market).items() if count > 1 and task in tasks}


def tries(market: Market) -> dict[str, int]:
    """How often each task's notice was taken in hand."""
    rows = OutboxRow.select(OutboxRow.about, OutboxRow.attempts).where(OutboxRow.kind == "task")
    mine = tasks_of(market)
    return {row.about: row.attempts for row in rows if row.about in mine}


def is_all_told() -> bool:
    """Has every order's notice been settled? Costs one query, and asks no phone."""
    waiting = OutboxRow.select().where(OutboxRow.kind == "task", OutboxRow.state == "due")
    return not waiting.exists()


def seconds_until_told(timeout_s: float) -> float:
    """How long it still takes until nothing waits."""
    began = time.monotonic()
    eventually(is_all_told, timeout_s=timeout_s)
    return time.monotonic() - began


def arrivals(market: Market) -> dict[str, datetime]:
    """When each order first reached a phone."""
    tasks, found = tasks_of(market), {}
    for item in market.fleet.stub.outbox():
        ref = tasks.get(item["body"].get("page", "").partition("?id=")[2])
        if ref:
            found.setdefault(ref, datetime.fromisoformat(item["at"]))
    return found


def of_order(market: Market, ref: str) -> int:
    """How often one order was told to a phone."""
    told, tasks = messages(market), tasks_of(market)
    return sum(told[task] for task, order in tasks.items() if order == ref)
