"""How much money, in a currency."""
# ruff: noqa: ARG002 - every kind has one signature

from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, limit
from workflows.engine.inputs.decimals import check_decimal, parse_decimal, typed_number

# Unit prices have up to four decimals, amounts those of their currency.
MOST_DECIMALS = 4
SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€"}


class Amount(InputKind):
    """Value: a decimal string, `"1200.5"`; two decimals and not negative unless said otherwise."""

    kind = "amount"
    defaults = {"decimals": 2, "min": "0"}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"currency", "decimals", "min", "max"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """The amount and its currency."""
        return _in_currency(str(value), constraints).in_language(language)

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Canonical, within the bounds."""
        decimals = limit(constraints, "decimals", 2)
        return parse_decimal(value, constraints, decimals, lambda number: _in_currency(number, constraints))

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """As typed: "¥1,200.50", "1200元"."""
        said = text.replace("￥", "¥").strip()
        sign = SIGNS.get(str(constraints.get("currency")))
        said = said.removeprefix(sign) if sign else said
        unit = "元" if constraints.get("currency") == "CNY" else constraints.get("currency")
        return self.parse(typed_number(said, unit), constraints, today)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """A currency, and bounds that can be met."""
        wrong = super().check_constraints(constraints) + check_decimal(constraints, MOST_DECIMALS)
        currency = constraints.get("currency")
        if not isinstance(currency, str) or len(currency) != 3 or not currency.isupper():
            wrong.append("needs a currency such as 'CNY'")
        return wrong


def _in_currency(number: str, constraints: Constraints) -> Text:
    words = f"{number} {constraints.get('currency') or ''}".strip()
    return Text(en=words, zh=words)
