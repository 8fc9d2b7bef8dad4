"""What the clock does for the audit every ten minutes: seals who saw what, and writes anchors outside."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import clock, database
from config.ids import new_id
from notifications import jobs, outbox
from notifications.jobs import Handler
from workflows.domain.audit import keeping

AUDIT = "audit"
OF_BRAND = "audit-of-brand"
ANCHORS = "audit-anchors"
_EVERY = timedelta(minutes=10)


def handlers(anchors: Path | None) -> Mapping[str, Handler]:
    """Who serves the audit's queues; `anchors` is the file outside."""
    return {
        f"internal:{AUDIT}": jobs.internal(_audit),
        f"internal:{OF_BRAND}": jobs.internal(_audit_of_brand),
        f"internal:{ANCHORS}": jobs.internal(lambda _payload: keeping.anchor(anchors)),
    }


def schedule() -> None:
    """Put the next round into the outbox, where it is not there already."""
    with database.transaction():
        _plan_next()


def _audit(_payload: dict[str, Any]) -> None:
    """Every ten minutes: a job of its own for each brand with something to seal, and one for the anchors outside."""
    for brand in keeping.brands_in_need():
        _publish_audit_of(brand)
    outbox.publish_internal(ANCHORS, {}, f"{ANCHORS}:{new_id('job')}")
    _plan_next()


def _audit_of_brand(payload: dict[str, Any]) -> None:
    if keeping.tend(payload["brand"]):
        _publish_audit_of(payload["brand"])


def _publish_audit_of(brand: int) -> None:
    outbox.publish_internal(OF_BRAND, {"brand": brand}, f"{OF_BRAND}:{new_id('job')}")


def _plan_next() -> None:
    """At the next ten minutes of the hour; the same ones are asked for once, however many workers there are."""
    now = clock.now()
    next_one = now + _EVERY - timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond)
    outbox.publish_internal(AUDIT, {}, f"{AUDIT}:{next_one.isoformat()}", available_at=next_one)
