"""Capacity as documents for the brand's systems, and as people read it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from config.text import Text
from workflows.domain import amounts
from workflows.domain.capacity import loads, months
from workflows.domain.capacity.records import (
    OPEN,
    CapacityItem,
    CapacityPlan,
    Load,
    OpenRequest,
)

_MOST_READ_BACK = 12
NOTHING = "–"


def request_document(opened: OpenRequest) -> dict[str, Any]:
    """A request as the brand reads it."""
    request = opened.request
    return {
        "id": request.public_id,
        "ref": request.ref,
        "supplier": opened.supplier.ref,
        "items": [product.sku for product in opened.products],
        "first_month": months.text(request.first_month) if request.first_month else None,
        "months": request.months,
        "due_date": request.due_date.isoformat(),
        "recurs_on_day": request.recurs_on_day,
        "note": request.note,
        "asked_months": [months.text(month) for month in request.asked],
        "due_at": request.due_at,
        "next_at": request.next_at,
        "state": request.state,
        "reported_at": request.reported_at,
        "version": request.version,
        "created_at": request.created_at,
        "updated_at": request.updated_at,
    }


def card_facts(opened: OpenRequest) -> tuple[tuple[Text, Text | str], ...]:
    """What a request is about, at a glance."""
    request = opened.request
    items = Text(en="{count}", zh="{count} 种").format(count=len(opened.items))
    facts: list[tuple[Text, Text | str]] = [
        (Text(en="From", zh="品牌方"), opened.brand.name),
        (Text(en="Number", zh="编号"), request.ref),
        (Text(en="Products", zh="产品"), items),
    ]
    if request.note:
        facts.append((Text(en="Note", zh="备注"), request.note))
    return tuple(facts)


def known_words(item: CapacityItem, asked: Sequence[date], time_zone: Any) -> Text | None:
    """What was reported before, month by month, and when; None where nothing was."""
    if item.known_at is None:
        return None
    figures = item.figures
    said = " / ".join(amounts.quantity_text(figures[month]) if month in figures else NOTHING for month in asked)
    day = item.known_at.astimezone(time_zone).date().isoformat()
    return Text(en="{said} ({day})", zh="{said}（{day}）").format(said=said, day=day)


def read_back(opened: OpenRequest, plans: Iterable[CapacityPlan], load: Load) -> tuple[Text, ...]:
    """What was stored, in words: product by product, then the load."""
    by_product: dict[int, dict[date, int]] = {}
    for plan in plans:
        by_product.setdefault(plan.product_id, {})[plan.month] = plan.quantity
    asked = opened.request.asked
    header = Text(en="Stored for {months}:", zh="已上报 {months}：").format(
        months=Text(
            en=" / ".join(months.words(month).en for month in asked),
            zh=" / ".join(months.words(month).zh for month in asked),
        )
    )
    lines = [_line(item, by_product.get(item.product_id, {}), asked) for item in opened.items[:_MOST_READ_BACK]]
    more = len(opened.items) - _MOST_READ_BACK
    tail = [Text(en="and {count} more", zh="以及另外 {count} 种").format(count=more)] if more > 0 else []
    words = [header, *(Text(en=line, zh=line) for line in lines), *tail]
    figures = Text(en="\n".join(one.en for one in words), zh="\n".join(one.zh for one in words))
    return figures, load_read_back(load)


def load_read_back(load: Load) -> Text:
    """The load that was stored, in words."""
    return Text(en="Load stored: {load}", zh="负荷已记录：{load}").format(load=loads.words(load))


def withdrawn(opened: OpenRequest | None) -> Text:
    """Why nothing is asked any more."""
    if opened is not None and opened.request.state == OPEN:
        return Text(en="The brand has changed this request.", zh="品牌方已修改此产能需求。")
    if opened is not None and opened.request.reported_at is not None:
        return Text(en="This has been reported.", zh="此产能已上报。")
    return Text(en="The brand has withdrawn this request.", zh="品牌方已撤回此产能需求。")


def _line(item: CapacityItem, figures: dict[date, int], asked: Sequence[date]) -> str:
    said = " / ".join(amounts.quantity_text(figures[month]) if month in figures else NOTHING for month in asked)
    return f"{item.product.sku}: {said} {item.unit}"
