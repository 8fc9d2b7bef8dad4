"""How much of something, in its unit."""
# ruff: noqa: ARG002 - every kind has one signature

from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue, text_of
from workflows.engine.inputs.base import InputKind, limit
from workflows.engine.inputs.decimals import check_decimal, parse_decimal, typed_number

# Quantities are stored in thousandths of the unit.
MOST_DECIMALS = 3


class Quantity(InputKind):
    """Value: a decimal string, `"12.5"`; whole and not negative unless `decimals` and `min` say otherwise."""

    kind = "quantity"
    defaults = {"decimals": 0, "min": "0"}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"unit", "decimals", "min", "max"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The number and its unit."""
        return in_unit(str(value), constraints).in_language(language)

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Canonical, within the bounds."""
        decimals = limit(constraints, "decimals", 0)
        return parse_decimal(value, constraints, decimals, lambda number: in_unit(number, constraints))

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """As typed: "1,200", "５００件"."""
        return self.parse(typed_number(text, constraints.get("unit")), constraints, today)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """A unit, and bounds that can be met."""
        wrong = super().check_constraints(constraints) + check_decimal(constraints, MOST_DECIMALS)
        return wrong if constraints.get("unit") else [*wrong, "has no unit"]


def in_unit(number: str, constraints: Constraints) -> Text:
    """As "500 pcs"."""
    unit = text_of(constraints.get("unit"))
    return Text(en=f"{number} {unit.en}".strip(), zh=f"{number} {unit.zh}".strip())
