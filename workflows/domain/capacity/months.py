"""Calendar months, each kept as its first day, and written `2026-12`."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from config.text import Text
from workflows.domain.values import EARLIEST_DATE, LATEST_DATE, Refused, string

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def of(day: date) -> date:
    """The month a day lies in."""
    return day.replace(day=1)


def plus(month: date, count: int) -> date:
    """The month `count` months later; earlier where it is negative."""
    year, place = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(year, place + 1, 1)


def between(first: date, last: date) -> int:
    """How many months `last` is after `first`."""
    return (last.year - first.year) * 12 + last.month - first.month


def run(first: date, count: int) -> tuple[date, ...]:
    """`count` months from `first` on."""
    return tuple(plus(first, number) for number in range(count))


def day_in(month: date, number: int) -> date:
    """The `number`th day of a month; its last one where it is shorter."""
    return month.replace(day=min(number, monthrange(month.year, month.month)[1]))


def moment(day: date, hour: int, time_zone: str) -> datetime:
    """An hour of a day at a place, in UTC."""
    return datetime.combine(day, time(hour), ZoneInfo(time_zone)).astimezone(UTC)


def text(month: date) -> str:
    """As it stands in JSON: `2026-12`."""
    return f"{month.year:04d}-{month.month:02d}"


def words(month: date) -> Text:
    """As people read it."""
    name = _NAMES[month.month - 1]
    return Text(en=f"{name} {month.year}", zh=f"{month.year}年{month.month}月")


def read(raw: object) -> date:
    """A month as `2026-12`. Raises Refused."""
    match = _MONTH.fullmatch(string(raw))
    if match is None:
        raise Refused("month_malformed")
    found = (int(match[1]), int(match[2]))
    if not (EARLIEST_DATE.year, 1) <= found <= (LATEST_DATE.year, 12):
        raise Refused("month_out_of_range", earliest=text(EARLIEST_DATE), latest=text(LATEST_DATE))
    return date(*found, 1)
