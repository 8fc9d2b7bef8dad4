"""A supplier reports what it can make: products by months, filled in from its last report, and how busy it is now."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from config.text import Text
from workflows.domain import amounts
from workflows.domain.access import Actor
from workflows.domain.capacity import loads, months, presenting, records
from workflows.domain.capacity.announcing import FLOW as FLOW_KEY
from workflows.domain.capacity.announcing import SUPPLIER_ROLES, title_of
from workflows.domain.capacity.records import CapacityItem, OpenRequest
from workflows.domain.capacity.reporting import report_capacity
from workflows.engine.flow import Card, Flow, Startable, Step, supplier
from workflows.engine.inputs.table import merged_rows
from workflows.engine.rejection import Rejection

_MOST = "100000000"


def steps_for(opened: OpenRequest) -> list[Step]:
    """The table and the load; nothing where nothing is asked about any more."""
    is_known = any(item.known_at for item in opened.items)
    return [
        Step("plan", "table", _KNOWN if is_known else _UNKNOWN, _table(opened), check="plan"),
        Step("load", "choice", loads.QUESTION, {"options": loads.options()}),
    ]


_KNOWN = Text(
    en="How much can you make? The figures are from your last report: correct only what has changed.",
    zh="各月能生产多少？数字取自您上次的上报，只需修改有变化的。",
)
_UNKNOWN = Text(
    en="How much can you make each month? Leave empty what you cannot say yet.",
    zh="各月能生产多少？暂时说不准的可以留空。",
)


def _table(opened: OpenRequest) -> dict[str, Any]:
    units = {item.unit for item in opened.items}
    return {
        "rows": [_row(opened, item, has_own_unit=len(units) > 1) for item in opened.items],
        "columns": [_column(month, min(units)) for month in opened.request.asked],
        "absent_rows": "keep",
    }


def _row(opened: OpenRequest, item: CapacityItem, has_own_unit: bool) -> dict[str, Any]:
    product, asked = item.product, opened.request.asked
    known = presenting.known_words(item, asked, ZoneInfo(opened.supplier.time_zone))
    facts: list[list[Text | str]] = [[Text(en="SKU", zh="货号"), product.sku]]
    if known is not None:
        facts.append([Text(en="Last report", zh="上次上报"), known])
    own = {"constraints": {_key(month): {"unit": item.unit} for month in asked}} if has_own_unit else {}
    cells = {_key(month): amounts.quantity_text(figure) for month, figure in item.figures.items()}
    return {**own, "key": _row_key(item), "text": product.name, "facts": facts, "cells": cells}


def _column(month: date, unit: str) -> dict[str, Any]:
    limits = {"unit": unit, "decimals": amounts.QUANTITY_DECIMALS, "min": "0", "max": _MOST}
    # One word in both languages: in a chat it is typed before the figure.
    name = Text(en=months.text(month), zh=months.words(month).zh)
    return {"key": _key(month), "kind": "quantity", "text": name, "optional": True, **limits}


def _key(month: date) -> str:
    """A month's column, such as `m2026_12`: what was said of a month stays said of it when the months asked move on."""
    return f"m{month.year:04d}_{month.month:02d}"


def _row_key(item: CapacityItem) -> str:
    return f"sku_{item.product.sku}"


def plan_of(opened: OpenRequest, value: Any) -> dict[str, dict[date, int | None]]:
    """What the table says, by sku and month; None where a figure was taken out or never there."""
    rows = merged_rows(value, _table(opened))
    return {
        item.product.sku: {month: _figure(rows[_row_key(item)], month) for month in opened.request.asked}
        for item in opened.items
    }


def _figure(cells: Mapping[str, Any], month: date) -> int | None:
    said = cells.get(_key(month))
    return None if said is None else amounts.quantity(said, least=0)


def check_plan(opened: OpenRequest, _answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """A report must say something: an empty table is none."""
    if any(figure is not None for figures in plan_of(opened, value).values() for figure in figures.values()):
        return None
    return Rejection(
        "nothing_stated",
        Text(
            en="Fill in at least one figure; 0 where you can make nothing.", zh="请至少填写一个数字，不能生产请填 0。"
        ),
    )


def report(opened: OpenRequest, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store plan and load, and read back what was stored."""
    load = loads.tapped(answers["load"])
    request = opened.request
    stored, plans = report_capacity(actor, request.public_id, request.version, plan_of(opened, answers["plan"]), load)
    return presenting.read_back(stored, plans, load)


def card(opened: OpenRequest) -> Card:
    """The request at a glance."""
    return Card(title_of(opened.request), presenting.card_facts(opened))


FLOW = Flow(
    key=FLOW_KEY,
    version=1,
    title=Text(en="Report capacity", zh="上报产能"),
    subject=records.SUBJECT_KIND,
    who=supplier(*SUPPLIER_ROLES),
    steps=steps_for,
    effect=report,
    card=card,
    load=records.load,
    version_of=lambda opened: opened.request.version,
    current_version=records.version_of,
    withdrawn=presenting.withdrawn,
    checks={"plan": check_plan},
    starts_alone=True,
    startable=Startable(
        of=records.startable_requests, opened=records.opened, about=lambda opened: opened.request.subject
    ),
)
