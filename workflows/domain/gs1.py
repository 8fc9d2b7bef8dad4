"""GS1 numbers: what a trade item number must look like (GS1 General Specifications, 7.9.1)."""

import re

_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def is_gtin_shaped(number: str) -> bool:
    """Has `number` the length of a GTIN-8, -12, -13 or -14?"""
    return _GTIN.fullmatch(number) is not None


def has_right_check_digit(number: str) -> bool:
    """Does the last digit close the weighted sum? The weights are 3 and 1 in turn, from the right."""
    body, check = number[:-1], int(number[-1])
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return (10 - total % 10) % 10 == check


def gtin14(number: str) -> str:
    """The number in fourteen digits: a GTIN-12 and the GTIN-13 with a zero in front name the same thing."""
    return number.zfill(14)
