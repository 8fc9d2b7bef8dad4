"""Decimal numbers as strings, exact, in one canonical form: "12.5", never an exponent, a plus sign or a float."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

from config.text import Text
from workflows.engine.content import Constraints, Content, JsonValue, text_of
from workflows.engine.inputs.base import limit, plain, whole, wrong_type
from workflows.engine.rejection import InvalidAnswer

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
# With three or four decimals more, 15 digits still fit the 64 bits that quantities and amounts are stored in.
WHOLE_DIGITS = 15
SIGNS = 40

NOT_A_NUMBER = Text(en="Enter a number, such as {example}.", zh="请填写数字，例如 {example}。")
TOO_MANY_DECIMALS = Text(en="At most {count} decimals. Round the number.", zh="最多 {count} 位小数，请取整后填写。")
NO_DECIMALS = Text(en="Whole numbers only.", zh="请填写整数。")
TOO_SMALL = Text(en="At least {bound}. Enter a larger number.", zh="最少 {bound}，请填写较大的数量。")
TOO_LARGE = Text(en="At most {bound}. Enter a smaller number.", zh="最多 {bound}，请填写较小的数量。")
FAR_TOO_LARGE = Text(en="That number is too large. Check it.", zh="数字过大，请检查。")
FAR_TOO_SMALL = Text(en="That number is too small. Check it.", zh="数字过小，请检查。")

Measured = Callable[[str], Text]


def canonical(text: str) -> str | None:
    """`"012.50"` → `"12.5"`; None for what is no plain decimal number."""
    if len(text) > SIGNS or not NUMBER.fullmatch(text):
        return None
    before, _, after = text.lstrip("-").partition(".")
    before, after = before.lstrip("0") or "0", after.rstrip("0")
    number = f"{before}.{after}" if after else before
    return f"-{number}" if text.startswith("-") and number != "0" else number


def parse_decimal(value: JsonValue, constraints: Constraints, decimals: int, measured: Measured) -> str:
    """The number in canonical form, within `min` (0 where not given), `max` and the decimals allowed.

    `measured` puts the unit to a bound in a sentence. Raises InvalidAnswer.
    """
    if not isinstance(value, str):
        raise wrong_type()
    number = canonical(value)
    if number is None:
        raise InvalidAnswer("not_a_number", NOT_A_NUMBER.format(example="12.5" if decimals else "12"))
    before, _, after = number.lstrip("-").partition(".")
    if len(before) > WHOLE_DIGITS:
        _out_of_reach(number, constraints, measured)
    if len(after) > decimals:
        words = TOO_MANY_DECIMALS if decimals else NO_DECIMALS
        raise InvalidAnswer("too_many_decimals", words.format(count=decimals))
    _check_bounds(Decimal(number), constraints, measured)
    return number


def _check_bounds(number: Decimal, constraints: Constraints, measured: Measured) -> None:
    low, high = bound(constraints, "min"), bound(constraints, "max")
    if low is not None and number < Decimal(low):
        raise InvalidAnswer("too_small", TOO_SMALL.format(bound=measured(low)))
    if high is not None and number > Decimal(high):
        raise InvalidAnswer("too_large", TOO_LARGE.format(bound=measured(high)))


def _out_of_reach(number: str, constraints: Constraints, measured: Measured) -> NoReturn:
    is_negative = number.startswith("-")
    edge = bound(constraints, "min" if is_negative else "max")
    code = "too_small" if is_negative else "too_large"
    if edge is None:
        raise InvalidAnswer(code, FAR_TOO_SMALL if is_negative else FAR_TOO_LARGE)
    raise InvalidAnswer(code, (TOO_SMALL if is_negative else TOO_LARGE).format(bound=measured(edge)))


def bound(constraints: Constraints, name: str) -> str | None:
    """A bound as a canonical number; a missing `min` is 0, a missing `max` none."""
    found = constraints.get(name)
    if found is None:
        return "0" if name == "min" else None
    return canonical(str(found))


def typed_number(text: str, unit: Content) -> str:
    """A typed number ready to be parsed: full-width digits, grouping commas and the unit behind it are taken."""
    said = unicodedata.normalize("NFKC", text).strip().casefold()
    label = text_of(unit)
    for words in sorted({plain(label.en), plain(label.zh)} - {""}, key=len, reverse=True):
        said = said.removesuffix(words).strip()
    return said.replace(",", "") if GROUPED.fullmatch(said) else said


def check_decimal(constraints: Constraints, most_decimals: int) -> list[str]:
    """Sentences about `decimals`, `min` and `max`."""
    wrong: list[str] = []
    decimals = constraints.get("decimals", 0)
    if whole(decimals) is None or not 0 <= limit(constraints, "decimals", 0) <= most_decimals:
        wrong.append(f"needs decimals between 0 and {most_decimals}")
    for name in ("min", "max"):
        found = constraints.get(name)
        if found is not None and (not isinstance(found, str) or canonical(found) != found):
            wrong.append(f"needs {name} as a string such as '12.5', not {found!r}")
    low, high = bound(constraints, "min"), bound(constraints, "max")
    if not wrong and low is not None and high is not None and Decimal(low) > Decimal(high):
        wrong.append("has min above max (min is 0 unless named)")
    return wrong
