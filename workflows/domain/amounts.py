"""Exact numbers of the trade: decimal text in, whole numbers inside, decimal text out. No float comes near them.

Quantities are thousandths of their unit, unit prices 1/10,000 of the currency unit, amounts the currency's minor unit.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from workflows.domain.values import Refused

QUANTITY_DECIMALS = 3
UNIT_PRICE_DECIMALS = 4
LARGEST_QUANTITY = 10**9 * 10**QUANTITY_DECIMALS
LARGEST_UNIT_PRICE = 10**7 * 10**UNIT_PRICE_DECIMALS
LARGEST_AMOUNT = 10**17  # minor units; an order's total above it is a mistake, and its sums still fit 64 bits

# Decimals of each currency we trade in (ISO 4217).
MINOR_DIGITS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(("AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "IDR", "INR", "MOP", "MYR"), 2)
    | dict.fromkeys(("NZD", "PHP", "SGD", "THB", "TWD", "USD"), 2)
    | dict.fromkeys(("JPY", "KRW", "VND"), 0)
)

_LONGEST = 40
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


def quantity(raw: object, least: int = 1) -> int:
    """A quantity in thousandths of its unit, at least `least` thousandths. Raises Refused."""
    return scaled(raw, QUANTITY_DECIMALS, least, LARGEST_QUANTITY)


def unit_price(raw: object, least: int = 0) -> int:
    """A unit price in 1/10,000 of the currency unit. Raises Refused."""
    return scaled(raw, UNIT_PRICE_DECIMALS, least, LARGEST_UNIT_PRICE)


def amount(raw: object, currency_code: str, least: int = 0) -> int:
    """An amount in the minor unit of a currency we trade in. Raises Refused."""
    return scaled(raw, MINOR_DIGITS[currency_code], least, LARGEST_AMOUNT)


def currency(raw: object) -> str:
    """An ISO 4217 code we trade in. Raises Refused."""
    if isinstance(raw, str) and raw in MINOR_DIGITS:
        return raw
    raise Refused("currency_unknown")


def scaled(raw: object, decimals: int, least: int, most: int) -> int:
    """Read decimal text (`"12.5"`), or a whole JSON number, as a whole number of 10^-`decimals`.

    `least` and `most` are scaled too. Floats, exponents, NaN, signs other than a minus and digits of other scripts are
    refused: what was meant must be what is stored. Raises Refused with number_expected, number_malformed,
    too_many_decimals, too_small or too_large.
    """
    value = raw * _ten_to(decimals) if isinstance(raw, int) and not isinstance(raw, bool) else _parsed(raw, decimals)
    if value < least:
        raise Refused("too_small", least=decimal_text(least, decimals))
    if value > most:
        raise Refused("too_large", most=decimal_text(most, decimals))
    return value


def _parsed(raw: object, decimals: int) -> int:
    if not isinstance(raw, str):
        raise Refused("number_expected")
    match = _DECIMAL.fullmatch(raw.strip()) if len(raw) <= _LONGEST else None
    if match is None:
        raise Refused("number_malformed")
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if len(fraction) > decimals:
        raise Refused("too_many_decimals", decimals=decimals)
    value = int(whole) * _ten_to(decimals) + int(fraction.ljust(decimals, "0") or "0")
    return -value if sign else value


def _ten_to(decimals: int) -> int:
    power: int = 10**decimals
    return power


def decimal_text(value: int, decimals: int) -> str:
    """A scaled whole number as the shortest exact decimal text: 12500 with three decimals is `"12.5"`."""
    if decimals == 0:
        return str(value)
    whole, fraction = divmod(abs(value), _ten_to(decimals))
    digits = f"{fraction:0{decimals}}".rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def quantity_text(thousandths: int) -> str:
    """A quantity as it stands in JSON and messages: `"12.5"`."""
    return decimal_text(thousandths, QUANTITY_DECIMALS)


def unit_price_text(ten_thousandths: int) -> str:
    """A unit price as it stands in JSON: `"0.0375"`."""
    return decimal_text(ten_thousandths, UNIT_PRICE_DECIMALS)


def amount_text(minor: int, currency_code: str) -> str:
    """An amount with all the decimals of its currency, as money is written: `"12.50"` yuan, `"1250"` yen."""
    digits = MINOR_DIGITS[currency_code]
    if digits == 0:
        return str(minor)
    whole, fraction = divmod(abs(minor), _ten_to(digits))
    return f"{'-' if minor < 0 else ''}{whole}.{fraction:0{digits}}"


def money_text(minor: int, currency_code: str) -> str:
    """An amount as people read it: `CNY 100,000.00`."""
    whole, point, fraction = amount_text(minor, currency_code).partition(".")
    return f"{currency_code} {int(whole):,}{point}{fraction}"


def line_amount(thousandths: int, ten_thousandths: int, currency_code: str) -> int:
    """What a quantity costs at a unit price, in minor units, rounded half up, once. Neither is negative."""
    minor_times_scale = thousandths * ten_thousandths * _ten_to(MINOR_DIGITS[currency_code])
    scale = _ten_to(QUANTITY_DECIMALS + UNIT_PRICE_DECIMALS)
    return (minor_times_scale + scale // 2) // scale
