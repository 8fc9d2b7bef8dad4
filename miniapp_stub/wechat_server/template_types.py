"""The value rules of subscribe-message templates: the prefix of a field's name decides what it accepts.

Source: reference/wechat.md §3.3. Lengths count UTF-16 units, the strictest reading of what the platform leaves open.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

MAX_UNITS = {
    "thing": 20,
    "short_thing": 20,
    "const": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
}
MAX_AMOUNT_DIGITS = 10
MAX_NAME_CHINESE, MAX_NAME_LATIN = 10, 20

_DAY = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{1,2}-\d{1,2})"
_HOUR = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_TIME = re.compile(rf"(?:(?P<day>{_DAY}) ?)?{_HOUR}")
_DATE = re.compile(rf"(?P<day>{_DAY})(?: ?{_HOUR})?")
_AMOUNT = re.compile(r"(?P<sign>[^\d\s])?(?P<whole>\d+)(?:\.(?P<part>\d+))?元?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CAR_NUMBER = re.compile(r"[\u3400-\u9fffA-Za-z0-9][A-Za-z0-9]*[\u3400-\u9fffA-Za-z0-9]")


@dataclass(frozen=True)
class Field:
    """One field of a template. choices holds the values an enum (or const) accepts, empty for the others."""

    key: str
    kind: str
    choices: tuple[str, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether the platform would send this value; anything but a non-blank text is refused."""
        if not isinstance(value, str) or not value.strip():
            return False
        if utf16_units(value) > MAX_UNITS.get(self.kind, len(value) * 2):
            return False
        if self.choices:
            return value in self.choices
        return RULES[self.kind](value)


def utf16_units(text: str) -> int:
    """Count a text's length as the platform's clients do: an astral character (an emoji) counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003134f" or char == "〇"


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _has_no_control(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in text)


def _is_number(text: str) -> bool:
    return text.isascii() and _NUMBER.fullmatch(text) is not None


def _is_letters(text: str) -> bool:
    return all(_is_latin(char) for char in text)


def _is_symbols(text: str) -> bool:
    return all(_is_symbol(char) for char in text)


def _is_character_string(text: str) -> bool:
    return all((" " <= char <= "~") or _is_symbol(char) for char in text)


def _is_phone_number(text: str) -> bool:
    digits = [char for char in text if char.isascii() and char.isdigit()]
    return bool(digits) and all(char in "0123456789 " or _is_symbol(char) for char in text)


def _is_car_number(text: str) -> bool:
    return _CAR_NUMBER.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    if not all(_is_han(char) or _is_latin(char) or _is_symbol(char) or char == " " for char in text):
        return False
    chinese = any(_is_han(char) for char in text)
    return utf16_units(text) <= (MAX_NAME_CHINESE if chinese else MAX_NAME_LATIN)


def _is_phrase(text: str) -> bool:
    return all(_is_han(char) for char in text)


def _is_amount(text: str) -> bool:
    found = _AMOUNT.fullmatch(text) if text.replace("元", "").isprintable() else None
    if found is None or not found["whole"].isascii():
        return False
    sign, digits = found["sign"], found["whole"] + (found["part"] or "")
    return len(digits) <= MAX_AMOUNT_DIGITS and (sign is None or unicodedata.category(sign) == "Sc")


def _is_calendar_day(text: str) -> bool:
    year, month, day = (int(part) for part in re.findall(r"\d+", text))
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_moment(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.fullmatch(text) if text.replace("年", "").replace("月", "").replace("日", "").isascii() else None
    return found is not None and (found["day"] is None or _is_calendar_day(found["day"]))


def _is_moment_or_range(pattern: re.Pattern[str], text: str) -> bool:
    parts = text.split("~")
    return len(parts) <= 2 and all(_is_moment(pattern, part.strip()) for part in parts)


def _is_time(text: str) -> bool:
    return _is_moment_or_range(_TIME, text)


def _is_date(text: str) -> bool:
    return _is_moment_or_range(_DATE, text)


def _is_listed(_text: str) -> bool:
    # An enum without a list of values accepts nothing; a template like that cannot be loaded.
    return False


RULES: dict[str, Callable[[str], bool]] = {
    "thing": _has_no_control,
    "short_thing": _has_no_control,
    "const": _has_no_control,
    "number": _is_number,
    "letter": _is_letters,
    "symbol": _is_symbols,
    "character_string": _is_character_string,
    "time": _is_time,
    "date": _is_date,
    "amount": _is_amount,
    "phone_number": _is_phone_number,
    "car_number": _is_car_number,
    "name": _is_name,
    "phrase": _is_phrase,
    "enum": _is_listed,
}
