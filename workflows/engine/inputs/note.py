"""A note: a message among the questions, never asked."""
# ruff: noqa: ARG002 - every kind has one signature

from datetime import date

from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, wrong_type


class Note(InputKind):
    """Said, not asked; `data` may carry facts for the phone to draw."""

    kind = "note"
    known = frozenset({"data"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """Nobody answers a note."""
        return ""

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Always refused."""
        raise wrong_type()

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Always refused."""
        raise wrong_type()
