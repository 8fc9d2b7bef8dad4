"""When a request that recurs is asked again: on its day of the month, in the morning at the supplier's place.

The coming month is one row of the outbox, `internal:capacity-round`. It names the moment it was planned for, and the request
keeps the only one that counts: a row which runs twice, or late, or after the request was changed, asks nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from config import clock
from notifications import outbox
from workflows.domain.capacity import months
from workflows.domain.capacity.records import CapacityRequest

QUEUE = "capacity-round"
_OPENS_AT_HOUR = 9
_DUE_AT_HOUR = 18
_LEAST_TIME = timedelta(hours=1)


@dataclass(frozen=True)
class Round:
    """One asking: in which month, from which month on, and until when the answer is expected."""

    month: date
    asked_month: date
    due_at: datetime


def due_at(day: date, time_zone: str) -> datetime:
    """The end of the working day by which an answer is expected, and never in less than an hour."""
    return max(months.moment(day, _DUE_AT_HOUR, time_zone), clock.now() + _LEAST_TIME)


def due_in(days: int, time_zone: str) -> datetime:
    """The end of the working day in so many days there."""
    return due_at(clock.today(time_zone) + timedelta(days=days), time_zone)


def opens_at(month: date, day: int, time_zone: str) -> datetime:
    """When a month's request opens: at nine on its day, on the last day of a month that is shorter."""
    return months.moment(months.day_in(month, day), _OPENS_AT_HOUR, time_zone)


def present_round(request: CapacityRequest, time_zone: str) -> Round | None:
    """What is to be asked now, where its time has come: the last month's only, however long nobody looked."""
    day = request.recurs_on_day
    if day is None or opens_at(months.plus(request.round_month, 1), day, time_zone) > clock.now():
        return None
    month = months.of(clock.today(time_zone))
    if opens_at(month, day, time_zone) > clock.now():
        month = months.plus(month, -1)
    return Round(month, months.plus(month, request.month_offset), due_in(request.answer_days, time_zone))


def plan_next(request: CapacityRequest, time_zone: str) -> None:
    """Have the coming month asked when its time comes, instead of whatever was planned before; in the caller's transaction."""
    cancel_next(request)
    request.next_at = None
    if request.recurs_on_day is not None:
        request.next_at = opens_at(months.plus(request.round_month, 1), request.recurs_on_day, time_zone)
        outbox.publish_internal(
            QUEUE,
            {"request": request.public_id, "at": request.next_at.isoformat()},
            f"{QUEUE}:{request.public_id}:{request.version}:{request.next_at.isoformat()}",
            available_at=request.next_at,
            about=_about(request),
        )


def is_planned(request: CapacityRequest, payload: Mapping[str, Any]) -> bool:
    """Is this row of the outbox the one that the request waits for?"""
    return request.next_at is not None and request.next_at.isoformat() == payload["at"]


def cancel_next(request: CapacityRequest) -> None:
    """Nothing is asked again; in the caller's transaction."""
    request.next_at = None
    outbox.cancel(_about(request))


def _about(request: CapacityRequest) -> str:
    return f"{request.public_id}:again"
