"""What every input kind offers, and the few sentences they share."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from config.text import Text
from workflows.engine.content import Constraints, Content, Entry, JsonValue, text_of
from workflows.engine.rejection import InvalidAnswer

WRONG_TYPE = Text(
    en="This answer came in a form we cannot read. Reload the page and answer again.",
    zh="无法识别这个回答，请刷新页面后重新填写。",
)


class InputKind(ABC):
    """Everything about one kind of input: how it is declared, checked, read and written out.

    `defaults` are the constraints that hold where a step names none; `known` all that a step may name.
    """

    kind: ClassVar[str]
    defaults: ClassVar[Mapping[str, Content]] = {}
    known: ClassVar[frozenset[str]] = frozenset()

    def describe(self, constraints: Constraints) -> Constraints:
        """The constraints as phones get them, defaults filled in."""
        return {**self.defaults, **constraints} if self.defaults else constraints

    @abstractmethod
    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """A parsed value as people read it."""

    @abstractmethod
    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """The value in its one canonical form. Raises InvalidAnswer, and nothing else, whatever is sent."""

    @abstractmethod
    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """The value that a typed chat message means, already parsed. Raises InvalidAnswer."""

    def hint(self, constraints: Constraints, language: str) -> str:  # noqa: ARG002 - most kinds need none
        """How to answer in a chat; empty where the question says it all."""
        return ""

    def prompt_lines(self, constraints: Constraints, language: str) -> list[str]:  # noqa: ARG002 - most kinds show nothing
        """What a chat shows below the question: options, rows, a preview."""
        return []

    def references(self, value: JsonValue) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 - most values name nothing
        """Records a parsed value refers to, as (kind, id): the conversation resolves them through the actor."""
        return ()

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Mistakes in a declaration, as sentences for the flow's author."""
        unknown = sorted(set(constraints) - self.known)
        return [f"has an unknown constraint {name!r}" for name in unknown]


def wrong_type() -> InvalidAnswer:
    """For a value of another JSON type or shape than the kind takes: a client's mistake, not a person's."""
    return InvalidAnswer("wrong_type", WRONG_TYPE)


def whole(value: Content) -> int | None:
    """A JSON number without a fraction as int, else None; JSON readers differ on whether 5.0 is one, so it is."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return None


def limit(constraints: Constraints, name: str, otherwise: int) -> int:
    """A whole-number constraint, or what holds where it is not given."""
    found = constraints.get(name)
    return found if isinstance(found, int) else otherwise


def check_limits(constraints: Constraints, low: str, high: str) -> list[str]:
    """Sentences about two whole-number constraints that must be zero or more, and in order."""
    wrong = [
        f"needs a whole number of at least 0 as {name}"
        for name in (low, high)
        if name in constraints and (whole(constraints[name]) is None or limit(constraints, name, -1) < 0)
    ]
    if not wrong and low in constraints and limit(constraints, low, 0) > limit(constraints, high, 2**53):
        wrong.append(f"has {low} above {high}")
    return wrong


def parts_of(content: Content) -> Sequence[Content]:
    """A list inside a declaration; empty where there is none."""
    return content if isinstance(content, (list, tuple)) else ()


def fact_lines(holder: Entry, language: str) -> list[str]:
    """Labelled facts (`[[label, value], …]`) of a row or a preview, one line each."""
    colon = "：" if language == "zh" else ": "
    return [
        colon.join(text_of(part).in_language(language) for part in parts_of(fact))
        for fact in parts_of(holder.get("facts"))
    ]


def plain(text: str) -> str:
    """Typed text for comparison: full-width signs made ordinary, spaces trimmed, case ignored."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def says(text: str, words: Iterable[str]) -> bool:
    """Whether a typed message is one of these words, a full stop or exclamation mark aside."""
    return plain(text).rstrip(".!。 ") in words


def both(content: Content) -> set[str]:
    """A label's two languages, ready to be compared with typed text."""
    label = text_of(content)
    return {plain(words) for words in (label.en, label.zh) if words}
