"""What one value from outside must look like to be taken: texts, references, days, codes. Pure functions."""

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from workflows.domain import gs1

EARLIEST_DATE = date(2000, 1, 1)
LATEST_DATE = date(2199, 12, 31)
_REF = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# Embeddings, overrides and isolates turn the reading order of what follows: an order line could show another number.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_SEPARATORS = frozenset("\u2028\u2029")


class Refused(Exception):
    """A value we do not take: a stable code, and facts for its sentence."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


def string(raw: object) -> str:
    """`raw` as it came, if it is text. Raises Refused."""
    if not isinstance(raw, str):
        raise Refused("text_expected")
    return raw


def clean_text(raw: object, longest: int, has_lines: bool = False) -> str:
    """Unicode NFC without spaces around it; `""` where nobody would see anything. Raises Refused.

    Controls, lone surrogates, line separators and bidi overrides are refused; `has_lines` lets tab and newline pass.
    """
    text = string(raw)
    # NFC joins what was typed apart, three characters into one at most: what is longer still needs no cleaning.
    if len(text) > 4 * longest + 64:
        raise Refused("too_long", longest=longest)
    refused = refused_character(text, has_lines)
    if refused:
        raise Refused("character_refused", character=refused)
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > longest:
        raise Refused("too_long", longest=longest)
    return "" if _is_blank(clean) else clean


def refused_character(text: str, has_lines: bool = False) -> str | None:
    """The first character that no text may hold, as `U+202E`."""
    for character in text:
        if has_lines and character in "\n\t":
            continue
        if _is_refused(character):
            return f"U+{ord(character):04X}"
    return None


def _is_refused(character: str) -> bool:
    if character < "\x7f":
        return character < " "
    if character in _BIDI_CONTROLS or character in _LINE_SEPARATORS:
        return True
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return is_noncharacter or unicodedata.category(character) in {"Cc", "Cs"}


def _is_blank(text: str) -> bool:
    # Zero-width characters alone are as invisible as spaces.
    return all(character.isspace() or unicodedata.category(character) == "Cf" for character in text)


def valid_ref(raw: object) -> bool:
    """Can `raw` stand as a caller's own reference? 1 to 64 letters that need no escaping in an address."""
    # A dot alone is a path segment that proxies and browsers fold away.
    return isinstance(raw, str) and _REF.fullmatch(raw) is not None and raw not in {".", ".."}


def ref(raw: object) -> str:
    """A caller's own reference, kept letter for letter. Raises Refused."""
    text = string(raw)
    if not valid_ref(text):
        raise Refused("ref_malformed")
    return text


def choice(raw: object, choices: Collection[str]) -> str:
    """One of a few words. Raises Refused."""
    if isinstance(raw, str) and raw in choices:
        return raw
    raise Refused("choice_unknown", choices=sorted(choices))


def time_zone(raw: object) -> str:
    """An IANA time zone such as `Asia/Shanghai`. Raises Refused."""
    if isinstance(raw, str) and raw in _time_zones():
        return raw
    raise Refused("time_zone_unknown")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def gtin(raw: object) -> str:
    """A GS1 trade item number of 8, 12, 13 or 14 digits with the right check digit. Raises Refused."""
    text = string(raw)
    if not gs1.is_gtin_shaped(text):
        raise Refused("gtin_malformed")
    if not gs1.has_right_check_digit(text):
        raise Refused("gtin_check_digit")
    return text


def day(raw: object, earliest: date = EARLIEST_DATE, latest: date = LATEST_DATE) -> date:
    """A calendar day, `2026-12-01`, between two days. Raises Refused."""
    found = _calendar_day(string(raw))
    if found < earliest:
        raise Refused("date_too_early", earliest=earliest.isoformat())
    if found > latest:
        raise Refused("date_too_late", latest=latest.isoformat())
    return found


def _calendar_day(text: str) -> date:
    # fromisoformat alone also takes 20260102 and 2026-W01-1, which nobody means.
    if not _ISO_DATE.fullmatch(text):
        raise Refused("date_malformed")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("date_malformed") from error


def moment(raw: object) -> datetime:
    """A moment with its offset, `2026-12-01T08:00:00+08:00` (RFC 3339), in UTC. Raises Refused."""
    text = string(raw)
    if not _RFC3339.fullmatch(text):
        raise Refused("time_malformed")
    try:
        found = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused("time_malformed") from error
    if found.date() < EARLIEST_DATE:
        raise Refused("date_too_early", earliest=EARLIEST_DATE.isoformat())
    if found.date() > LATEST_DATE:
        raise Refused("date_too_late", latest=LATEST_DATE.isoformat())
    return found
