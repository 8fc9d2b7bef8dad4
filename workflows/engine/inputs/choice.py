"""One of several options, by its key."""
# ruff: noqa: ARG002 - every kind has one signature

from collections.abc import Iterable
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, Entry, JsonValue, entries, is_bilingual, text_of
from workflows.engine.inputs.base import InputKind, both, plain, wrong_type
from workflows.engine.rejection import InvalidAnswer

OPTIONS_NAMED = 4
PICK_ONE = Text(en="Pick one of these: {options}.", zh="请从中选一项：{options}。")
PICK_SHOWN = Text(en="Pick one of the options shown.", zh="请从列出的选项中选择。")


class Choice(InputKind):
    """Value: the option's key."""

    kind = "choice"
    known = frozenset({"options"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The option's text."""
        return option_text(value, constraints, language)

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """The key, if there is such an option."""
        if not isinstance(value, str):
            raise wrong_type()
        if not any(option["key"] == value for option in entries(constraints, "options")):
            raise unknown_option(constraints)
        return value

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """An option's key, its text in either language, or its number in the list."""
        found = option_meant(text, constraints)
        if found is None:
            raise unknown_option(constraints)
        return found

    def prompt_lines(self, constraints: Constraints, language: str) -> list[str]:
        """The options, numbered."""
        return numbered_options(constraints, language)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Options with distinct keys and bilingual texts."""
        return super().check_constraints(constraints) + check_options(constraints)


def unknown_option(constraints: Constraints) -> InvalidAnswer:
    """Says what may be picked, as long as that fits a phone."""
    options = [text_of(option["text"]) for option in entries(constraints, "options")]
    if not 0 < len(options) <= OPTIONS_NAMED:
        return InvalidAnswer("unknown_option", PICK_SHOWN)
    named = Text(en=", ".join(one.en for one in options), zh="、".join(one.zh for one in options))
    return InvalidAnswer("unknown_option", PICK_ONE.format(options=named))


def option_text(key: JsonValue, constraints: Constraints, language: str) -> str:
    """The text of the option with this key; the key itself where the options have changed since."""
    for option in entries(constraints, "options"):
        if option["key"] == key:
            return text_of(option["text"]).in_language(language)
    return str(key)


def numbered_options(constraints: Constraints, language: str) -> list[str]:
    """As "1. Accept", one line per option."""
    options = entries(constraints, "options")
    return [
        f"{number}. {text_of(option['text']).in_language(language)}" for number, option in enumerate(options, start=1)
    ]


def option_meant(text: str, constraints: Constraints) -> str | None:
    """The key of the option a typed word means: its key, its text, or its number in the list."""
    options = entries(constraints, "options")
    said = plain(text)
    for option in options:
        if said == plain(str(option["key"])) or said in both(option["text"]):
            return str(option["key"])
    if said.isdecimal() and len(said) <= 3 and 1 <= int(said) <= len(options):
        return str(options[int(said) - 1]["key"])
    return None


def check_options(constraints: Constraints) -> list[str]:
    """Sentences about the options of a choice."""
    options = entries(constraints, "options")
    if not options:
        return ["has no options"]
    return list(_option_mistakes(options))


def _option_mistakes(options: Iterable[Entry]) -> Iterable[str]:
    keys: set[str] = set()
    for option in options:
        key = option.get("key")
        if not isinstance(key, str) or not key:
            yield f"has an option without a key: {option!r}"
            continue
        if key in keys:
            yield f"has two options {key!r}"
        keys.add(key)
        if not isinstance(option.get("text"), Text) and not is_bilingual(option.get("text")):
            yield f"has option {key!r} without a text in both languages"
