"""Reads what a brand's system wants to see of capacity."""

from collections.abc import Mapping
from typing import Any

from config import clock
from workflows.domain.access import Actor
from workflows.domain.capacity import months
from workflows.domain.capacity.overview import Filters, Span
from workflows.domain.documents import Faults

_USUAL_MONTHS = 12
_MOST_MONTHS = 24


def filters_of(actor: Actor, asked: Mapping[str, Any]) -> Filters:
    """From this month on (the brand's own) for a year, unless said otherwise. Raises Invalid."""
    faults = Faults()
    first = faults.read(("from",), asked["first"], months.read, is_optional=True)
    last = faults.read(("to",), asked["last"], months.read, is_optional=True)
    faults.raise_if_any()
    first = first or months.of(clock.today(actor.time_zone))
    last = last or months.plus(first, _USUAL_MONTHS - 1)
    if not 0 <= months.between(first, last) < _MOST_MONTHS:
        faults.add(("to",), "months_in_order", most=_MOST_MONTHS)
    faults.raise_if_any()
    return Filters(Span(first, last), asked["supplier"], asked["sku"])
