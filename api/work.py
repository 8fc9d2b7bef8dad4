"""What worker and clock do: the table of queues and of who serves each. The composition root of both."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from api import idempotency
from config import clock, database
from config.ids import new_id
from config.settings import Settings
from notifications import delivery, jobs, outbox
from notifications.delivery import Recipient, Whom
from notifications.jobs import Handler
from workflows.domain import reminders, tasks
from workflows.domain.readers import readers
from workflows.engine import records

FORGET_CALLS = "forget-calls"


def handlers(settings: Settings) -> Mapping[str, Handler]:
    """Who serves which queue."""
    return {
        outbox.NOTICES: delivery.notices(settings, _describe),
        f"internal:{FORGET_CALLS}": jobs.internal(_forget_calls),
        f"internal:{tasks.REMINDER}": jobs.internal(reminders.remind),
        f"internal:{tasks.OVERDUE}": jobs.internal(reminders.note_overdue),
    }


def schedule() -> None:
    """Put the house's own recurring work into the outbox, where it is not there already."""
    with database.connection(), database.transaction():
        _schedule_forgetting()


def _describe(told: Sequence[Whom]) -> Mapping[Whom, Recipient]:
    return {whom: Recipient(one.language, one.time_zone) for whom, one in readers(told).items()}


def _forget_calls(_payload: dict[str, Any]) -> None:
    """One slice of what is too old: a job is one transaction, and nobody should wait for a long one."""
    templates = records.forget_templates(clock.now() - records.TEMPLATES_KEPT)
    if max(idempotency.purge(records.FORGOTTEN_AT_ONCE), templates) == records.FORGOTTEN_AT_ONCE:
        outbox.publish_internal(FORGET_CALLS, {}, f"{FORGET_CALLS}:{new_id('job')}")
    _schedule_forgetting()


def _schedule_forgetting() -> None:
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=19, minute=0, second=0, microsecond=0)  # night in China
    outbox.publish_internal(FORGET_CALLS, {}, f"{FORGET_CALLS}:{tomorrow.date()}", available_at=tomorrow)
