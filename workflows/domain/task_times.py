"""When people are reminded of a task: pure, in the zone of those it concerns, never in their night.

docs/adr/0013 says why these moments.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WAKES, EVENING, SLEEPS = time(8), time(20), time(21)
SHORTEST = timedelta(hours=1)
_SETTLING_IN = timedelta(minutes=30)
_FIRST, _LAST = (2, timedelta(days=3)), (8, timedelta(days=1))


def reminders(opened_at: datetime, due_at: datetime, time_zone: str) -> tuple[datetime, ...]:
    """When those asked at `opened_at` are reminded of what is due at `due_at`: at most twice, UTC, earliest first.

    Once half of the time is gone (at most three days before), and once more when an eighth of it is left (at most a day);
    both by day there. A task due within the hour has none, and no two come within an hour.
    """
    left = due_at - opened_at
    if left <= SHORTEST:
        return ()
    found: list[datetime] = []
    free_from = opened_at + _SETTLING_IN
    for part, longest in (_FIRST, _LAST):
        moment = by_day_before(due_at - min(left / part, longest), due_at, time_zone)
        if moment >= free_from:
            found.append(moment)
            free_from = moment + SHORTEST
    return tuple(found)


def by_day_before(moment: datetime, due_at: datetime, time_zone: str) -> datetime:
    """A moment out of the night: the morning after it, or the evening before where that is too close to `due_at`."""
    morning = by_day(moment, time_zone)
    if morning == moment or due_at - morning >= SHORTEST:
        return morning
    return _at(_day(morning, time_zone) - timedelta(days=1), EVENING, time_zone)


def by_day(moment: datetime, time_zone: str) -> datetime:
    """A moment of the day as it is; for one of the night, the morning after. UTC."""
    local = moment.astimezone(ZoneInfo(time_zone))
    if WAKES <= local.time() < SLEEPS:
        return moment
    day = local.date() if local.time() < WAKES else local.date() + timedelta(days=1)
    return _at(day, WAKES, time_zone)


def _day(moment: datetime, time_zone: str) -> date:
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _at(day: date, hour: time, time_zone: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(time_zone)).astimezone(UTC)
