"""From a notice to the fields of a subscribe-message template, in the sizes and characters WeChat accepts.

The fields of both templates are data; a field's name begins with its type, and the type decides the rule
(developers.weixin.qq.com, api_sendmessage). A value that breaks its rule costs the whole message (47003), so values are
cut, cleaned and never empty.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from config.text import Text
from notifications.notice import Kind, Notice

Data = dict[str, dict[str, str]]

# Template field → what of the notice it carries.
FIELDS: Mapping[Kind, Mapping[str, str]] = {
    "task": {"thing1": "title", "character_string2": "reference", "time3": "due_at", "thing4": "sender"},
    "result": {"thing1": "title", "character_string2": "reference", "thing3": "outcome"},
}
NEUTRAL: Mapping[Kind, Text] = {
    "task": Text(en="A task is waiting", zh="有新的待办事项"),
    "result": Text(en="There is a result", zh="有新的处理结果"),
}
_EMPTY = "-"
_LONGEST_THING = 20
_CUT_THING = 17
_LONGEST_STRING = 32
# Controls, line and paragraph separators, lone surrogates, private use and format characters (bidirectional marks).
_UNWANTED = frozenset({"Cc", "Zl", "Zp", "Cs", "Co", "Cf", "Cn"})


def data_of(notice: Notice, language: str, time_zone: str) -> Data:
    """The template's `data` for this notice, in a person's language and time zone."""
    return {
        field: {"value": _value(field, getattr(notice, source), language, time_zone)}
        for field, source in FIELDS[notice.kind].items()
    }


def neutral_data_of(notice: Notice, language: str, time_zone: str) -> Data:
    """The same with every sentence replaced by a harmless one: for a message whose words WeChat refused."""
    data = data_of(notice, language, time_zone)
    words = NEUTRAL[notice.kind].in_language(language)
    return {field: {"value": words} if field.startswith("thing") else entry for field, entry in data.items()}


def _value(field: str, value: Text | str | datetime | None, language: str, time_zone: str) -> str:
    if isinstance(value, datetime):
        return local_time(value, time_zone)
    words = value.in_language(language) if isinstance(value, Text) else value or ""
    return thing(words) if field.startswith("thing") else character_string(words)


def thing(words: str) -> str:
    """At most 20 UTF-16 units (an emoji counts two), the longer cut to 17 and `...`; one line, never empty."""
    clean = " ".join("".join(_readable(character) for character in words).split()) or _EMPTY
    if _units(clean) <= _LONGEST_THING:
        return clean
    while _units(clean) > _CUT_THING:
        clean = clean[:-1]
    return f"{clean}..."


def character_string(words: str) -> str:
    """At most 32 printable ASCII characters, never empty; WeChat takes no Han here."""
    clean = "".join(character for character in words if " " <= character <= "~").strip()
    return clean[:_LONGEST_STRING] or _EMPTY


def local_time(moment: datetime, time_zone: str) -> str:
    """As WeChat documents it, in either language: `2026年11月25日 17:00`."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _readable(character: str) -> str:
    if character in "\n\r\t\u2028\u2029":
        return " "
    return "" if unicodedata.category(character) in _UNWANTED else character


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
