"""A calendar day, in the organisation's own zone."""

import re
from datetime import date, timedelta

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, plain, wrong_type
from workflows.engine.rejection import InvalidAnswer

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RELATIVE = re.compile(r"today(?:([+-])([0-9]{1,4}))?")
FULL = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?")
SHORT = re.compile(r"([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?")
IN_DAYS = re.compile(r"(?:in\s+)?([0-9]{1,3})\s*(?:days?|天后|天以后|天之后)")
WORDS = {
    **dict.fromkeys(("today", "今天", "今日"), 0),
    **dict.fromkeys(("tomorrow", "明天", "明日"), 1),
    **dict.fromkeys(("the day after tomorrow", "day after tomorrow", "后天"), 2),
    "大后天": 3,
}

NOT_A_DATE = Text(en="Enter a date such as 2026-12-01.", zh="请填写日期，例如 2026-12-01。")
TOO_EARLY = Text(en="Not before {bound}. Pick a later day.", zh="不能早于 {bound}，请选择更晚的日期。")
TOO_LATE = Text(en="Not after {bound}. Pick an earlier day.", zh="不能晚于 {bound}，请选择更早的日期。")


class Date(InputKind):
    """Value: `"2026-12-01"`. `min` and `max` are such a day, or count from the day of the answer: `today+30`."""

    kind = "date"
    known = frozenset({"min", "max"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:  # noqa: ARG002 - one signature
        """The day as it is written everywhere."""
        return str(value)

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """A day that exists, within the bounds."""
        if not isinstance(value, str):
            raise wrong_type()
        day = _day(value)
        if day is None:
            raise InvalidAnswer("not_a_date", NOT_A_DATE)
        low, high = bound(constraints.get("min"), today), bound(constraints.get("max"), today)
        if low is not None and day < low:
            raise InvalidAnswer("too_early", TOO_EARLY.format(bound=low.isoformat()))
        if high is not None and day > high:
            raise InvalidAnswer("too_late", TOO_LATE.format(bound=high.isoformat()))
        return value

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """As typed: "12月1日", "2026/12/1", "tomorrow", "3天后"."""
        said = plain(text)
        day = _spoken(said, today) or _full(said) or _nearest(said, constraints, today)
        return self.parse(day.isoformat() if day else said, constraints, today)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Bounds that are days, in order."""
        wrong = super().check_constraints(constraints)
        day = date(2000, 1, 1)
        for name in ("min", "max"):
            if constraints.get(name) is not None and bound(constraints[name], day) is None:
                wrong.append(f"needs {name} as '2026-12-01' or 'today+30', not {constraints[name]!r}")
        bounds = [str(constraints.get(name) or "") for name in ("min", "max")]
        low, high = bound(bounds[0], day), bound(bounds[1], day)
        if low and high and bounds[0].startswith("today") == bounds[1].startswith("today") and low > high:
            wrong.append("has min after max")
        return wrong


def bound(content: object, today: date) -> date | None:
    """A bound as a day: an ISO date, or `today`, `today+30`, `today-7`; None where there is none."""
    if not isinstance(content, str):
        return None
    relative = RELATIVE.fullmatch(content)
    if relative is None:
        return _day(content)
    days = int(relative[2] or 0)
    return today + timedelta(days=-days if relative[1] == "-" else days)


def _day(text: str) -> date | None:
    if not ISO.fullmatch(text):
        return None
    return _date(int(text[:4]), int(text[5:7]), int(text[8:]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _spoken(said: str, today: date) -> date | None:
    counted = IN_DAYS.fullmatch(said)
    days = int(counted[1]) if counted else WORDS.get(said)
    return None if days is None else today + timedelta(days=days)


def _full(said: str) -> date | None:
    match = FULL.fullmatch(said)
    return _date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _nearest(said: str, constraints: Constraints, today: date) -> date | None:
    """A day without a year: the nearest one within the bounds, else the nearest."""
    match = SHORT.fullmatch(said)
    if match is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    days = [day for year in years if (day := _date(year, int(match[1]), int(match[2])))]
    low = bound(constraints.get("min"), today) or date.min
    high = bound(constraints.get("max"), today) or date.max
    days = [day for day in days if low <= day <= high] or days
    return min(days, key=lambda day: abs(day - today), default=None)
