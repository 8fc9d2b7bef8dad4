"""What the worker does for photos by night: the store and the rows are held against each other (`evidence.sweeping`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from config import clock, database
from notifications import jobs, outbox
from notifications.jobs import Handler
from workflows.domain.evidence import sweeping

NIGHT, SLICE = "photo-night", "photo-sweep"
_AT_HOUR = 20  # UTC, an hour behind the retention that leaves bytes without rows
_MOST_NAMED = 20

MISSING = Counter("partnerline_photos_missing", "Photos found without their bytes, each night anew")
ORPHANS = Counter("partnerline_photos_orphaned", "Stored bytes that belonged to no photo, deleted")
_log = structlog.get_logger(__name__)


def handlers() -> Mapping[str, Handler]:
    """Who serves the photos' queues."""
    return {
        f"internal:{NIGHT}": jobs.internal(_begin_night),
        f"internal:{SLICE}": jobs.repeatable(_sweep, at_once=1),
    }


def schedule() -> None:
    """Have the next night's walk done, where it is not planned already."""
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=_AT_HOUR, minute=0, second=0, microsecond=0)
    night = tomorrow.date().isoformat()
    with database.transaction():
        outbox.publish_internal(NIGHT, {"night": night}, f"{NIGHT}:{night}", available_at=tomorrow)


def _begin_night(payload: dict[str, Any]) -> None:
    _publish(payload["night"], 0, "")
    schedule()


def _sweep(payload: dict[str, Any]) -> None:
    """One slice, and the next one where there is one. Done twice it finds nothing to delete, and says again what is missing."""
    with database.connection():
        found = sweeping.slice_after(payload["after"])
        _tell(found)
        if found.after is not None:
            with database.transaction():
                _publish(payload["night"], payload["slice"] + 1, found.after)


def _tell(found: sweeping.Swept) -> None:
    ORPHANS.inc(len(found.orphans))
    MISSING.inc(len(found.missing))
    if found.orphans:
        _log.info("photos_orphaned", count=len(found.orphans))
    if found.missing:
        _log.error("photos_missing", count=len(found.missing), photos=found.missing[:_MOST_NAMED])


def _publish(night: str, number: int, after: str) -> None:
    outbox.publish_internal(SLICE, {"night": night, "slice": number, "after": after}, f"{SLICE}:{night}:{number}")
