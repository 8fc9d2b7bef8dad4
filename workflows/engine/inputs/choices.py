"""Several of several options, by their keys."""
# ruff: noqa: ARG002 - every kind has one signature

import re
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue, entries
from workflows.engine.inputs.base import InputKind, check_limits, limit, says, wrong_type
from workflows.engine.inputs.choice import (
    check_options,
    numbered_options,
    option_meant,
    option_text,
    unknown_option,
)
from workflows.engine.rejection import InvalidAnswer

TOO_FEW = Text(en="Pick at least {count}.", zh="请至少选择 {count} 项。")
TOO_MANY = Text(en="Pick at most {count}. Take some away.", zh="最多选择 {count} 项，请减少选择。")
NONE = frozenset({"-", "none", "无", "没有", "都没有"})
SEPARATORS = re.compile(r"[,，、;；\n]+")
HINT = Text(en="Several: separate them with commas.", zh="可多选，用逗号分隔。")


class Choices(InputKind):
    """Value: the options' keys, each once, in the order of the options; at least one unless `min` is 0."""

    kind = "choices"
    known = frozenset({"options", "min", "max"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The options' texts."""
        keys = value if isinstance(value, (list, tuple)) else ()
        texts = [option_text(key, constraints, language) for key in keys]
        return ("、" if language == "zh" else ", ").join(texts) or "-"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """The keys, repeated ones once."""
        if not isinstance(value, (list, tuple)) or not all(isinstance(key, str) for key in value):
            raise wrong_type()
        keys = [str(option["key"]) for option in entries(constraints, "options")]
        given = set(value)
        if not given <= set(keys):
            raise unknown_option(constraints)
        _check_count(len(given), constraints)
        return [key for key in keys if key in given]

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Keys, texts or numbers, separated by commas."""
        if says(text, NONE):
            return self.parse([], constraints, today)
        keys = [option_meant(part, constraints) for part in SEPARATORS.split(text) if part.strip()]
        if None in keys:
            raise unknown_option(constraints)
        return self.parse(keys, constraints, today)

    def hint(self, constraints: Constraints, language: str) -> str:
        """That several may be named."""
        return HINT.in_language(language)

    def prompt_lines(self, constraints: Constraints, language: str) -> list[str]:
        """The options, numbered."""
        return numbered_options(constraints, language)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Options, and limits that can be met."""
        wrong = super().check_constraints(constraints) + check_options(constraints)
        wrong += check_limits(constraints, "min", "max")
        options = entries(constraints, "options")
        if options and limit(constraints, "min", 1) > len(options):
            wrong.append("wants more options picked than there are")
        return wrong


def _check_count(count: int, constraints: Constraints) -> None:
    low = limit(constraints, "min", 1)
    high = limit(constraints, "max", len(entries(constraints, "options")))
    if count < low:
        raise InvalidAnswer("too_few", TOO_FEW.format(count=low))
    if count > high:
        raise InvalidAnswer("too_many", TOO_MANY.format(count=high))
