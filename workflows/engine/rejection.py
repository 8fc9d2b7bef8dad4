"""A wrong answer as a value: what is wrong and what to do about it."""

from dataclasses import dataclass

from config.text import Text
from workflows.engine.content import JsonValue

NAMES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class BadCell:
    """One fault in a table; `column` is None when the whole row is meant."""

    row: str
    column: str | None
    code: str
    text: Text

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """As the phone marks it."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "text": self.text.in_language(language),
        }


@dataclass(frozen=True, slots=True)
class Rejection:
    """An answer that was not taken: a stable code, a sentence, and which answer to which step."""

    code: str
    text: Text
    answer: str | None = None
    step: str | None = None
    cells: tuple[BadCell, ...] = ()

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """CONTRACT §3's `rejection`; `cells` only for a table."""
        body: dict[str, JsonValue] = {
            "answer": self.answer,
            "step": self.step,
            "code": self.code,
            "text": self.text.in_language(language),
        }
        if self.cells:
            body["cells"] = [cell.to_json(language) for cell in self.cells]
        return body


class InvalidAnswer(Exception):
    """Raised by an input kind for a value it cannot take; the engine makes a Rejection of it."""

    def __init__(self, code: str, text: Text, cells: tuple[BadCell, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.cells = cells

    def rejection(self, answer: str, step: str) -> Rejection:
        """The same as a value, naming the answer and the step."""
        return Rejection(self.code, self.text, answer, step, self.cells)


def readable_name(name: str) -> str:
    """A name from outside, fit to be repeated in a sentence: short, printable, always encodable."""
    short = name if len(name) <= NAMES_SHOWN else name[:NAMES_SHOWN] + "…"
    return "".join(sign if sign.isprintable() else "?" for sign in short)
