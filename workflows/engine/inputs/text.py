"""A few words of the person's own."""
# ruff: noqa: ARG002 - every kind has one signature

import re
import unicodedata
from datetime import date

from config.text import Text as Words
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, check_limits, limit, wrong_type
from workflows.engine.rejection import InvalidAnswer

MAX_LENGTH = 500
# Named one by one, so that Python and JavaScript trim the same.
BLANK = " \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
TRIM = re.compile(f"^[{BLANK}]+|[{BLANK}]+$")
# Control characters but the line feed; overrides that make text read other than it is stored; halves of pairs.
REFUSED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

TOO_SHORT = Words(en="Write at least {count} characters.", zh="请至少填写 {count} 个字。")
EMPTY = Words(en="Write a few words.", zh="请填写内容。")
TOO_LONG = Words(en="At most {count} characters. Shorten it.", zh="最多 {count} 个字，请缩短。")
BAD_CHARACTERS = Words(
    en="The text holds invisible signs that cannot be stored. Type it again.",
    zh="文字中含有无法保存的隐藏字符，请重新输入。",
)


class Text(InputKind):
    """Value: trimmed text in composed form (NFC), counted in characters; line breaks are kept."""

    kind = "text"
    defaults = {"min_length": 1, "max_length": MAX_LENGTH}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"min_length", "max_length"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The words themselves; where none were needed and none were said, a dash."""
        return str(value) or "–"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Trimmed and composed; refuses what cannot be stored or would deceive a reader."""
        if not isinstance(value, str):
            raise wrong_type()
        most = limit(constraints, "max_length", MAX_LENGTH)
        # Trimming and composing shorten a text; one this long is refused before that work is done on it.
        if len(value) > 4 * most + 100:
            raise InvalidAnswer("too_long", TOO_LONG.format(count=most))
        words = TRIM.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
        if REFUSED.search(words):
            raise InvalidAnswer("bad_characters", BAD_CHARACTERS)
        words = unicodedata.normalize("NFC", words)
        _check_length(len(words), limit(constraints, "min_length", 1), most)
        return words

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """The message as it is."""
        return self.parse(text, constraints, today)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Lengths that can be met."""
        wrong = super().check_constraints(constraints)
        return wrong + check_limits({**self.defaults, **constraints}, "min_length", "max_length")


def _check_length(length: int, least: int, most: int) -> None:
    if length < least:
        raise InvalidAnswer("too_short", EMPTY if least == 1 else TOO_SHORT.format(count=least))
    if length > most:
        raise InvalidAnswer("too_long", TOO_LONG.format(count=most))
