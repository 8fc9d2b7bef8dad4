"""A supplier's word that what was confirmed will be late or short after all."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import peewee

from config import clock, database
from workflows.domain.access import Actor
from workflows.domain.errors import Conflict
from workflows.domain.purchasing import announcing
from workflows.domain.purchasing.confirming import settle_order
from workflows.domain.purchasing.orders import (
    CHANGE_PROPOSED,
    CONFIRMED,
    PARTLY_CONFIRMED,
    OpenOrder,
    OrderLine,
    OrderQuery,
    PurchaseOrder,
    held,
    orders_of,
    save_lines,
)
from workflows.domain.purchasing.rules import ConfirmationRule, LineAnswer, reasons_for, rule_of

_WITH_AGREEMENTS = (CONFIRMED, PARTLY_CONFIRMED, CHANGE_PROPOSED)
# Nobody tells us that goods have come: an agreement is taken for done so long after the day it was due.
STILL_OPEN = timedelta(days=90)
REPORTED = "reported"


def agreed_lines(opened: OpenOrder) -> list[OrderLine]:
    """The lines of which something can be reported: confirmed, and not taken for done."""
    since = opened.today - STILL_OPEN
    return [line for line in opened.lines if line.state == CONFIRMED and _last_day(line) >= since]


def _last_day(line: OrderLine) -> date:
    return max((line.due_date, *(promise.date for promise in line.promised)))


def reportable(actor: Actor) -> OrderQuery:
    """The actor's orders with something confirmed that may not be done yet, by when it was due or by its last delivery."""
    since = clock.today(actor.time_zone) - STILL_OPEN
    is_open = (OrderLine.due_date >= since) | (_last_delivery() >= since.isoformat())
    agreed = OrderLine.select().where(OrderLine.order == PurchaseOrder.id, OrderLine.state == CONFIRMED, is_open)
    return orders_of(actor).where(PurchaseOrder.state.in_(_WITH_AGREEMENTS), peewee.fn.EXISTS(agreed))


def _last_delivery() -> Any:
    """The day of a line's last delivery, as it stands in the stored text: deliveries are kept in the order of their days."""
    if database.is_postgres():
        return peewee.fn.json_extract_path_text(OrderLine.deliveries.cast("json"), "-1", "date")
    return peewee.fn.json_extract(OrderLine.deliveries, "$[#-1].date")


def report_change(
    actor: Actor, order_id: str, standing: int, answers: Mapping[int, LineAnswer], reason_text: str = ""
) -> OpenOrder:
    """Propose something else for confirmed lines of an order of this standing (by line number); the order as it then stands.

    It always goes to the buyer. What was agreed is remembered, and stands again if the buyer declines. Raises NotFound,
    Conflict when the order has moved on.
    """
    with database.transaction():
        opened = held(actor, order_id)
        if opened.order.standing != standing:
            raise Conflict("order_changed")
        reported = [line for line in agreed_lines(opened) if answers[line.line].decision != "accept"]
        rule = rule_of(opened.order.brand)
        for line in reported:
            _propose(line, answers[line.line], rule)
        save_lines(reported)
        stands = OpenOrder(opened.order, opened.lines, opened.supplier, opened.brand)
        settle_order(actor, stands, None, _all_words(opened, reason_text))
        announcing.change_reported(actor, stands, [line.line for line in reported], reason_text)
    return stands


def _all_words(before: OpenOrder, words: str) -> str:
    """What the buyer reads: what was said to proposals that still wait, and what is said now."""
    earlier = before.order.reason_text if before.proposed else ""
    return "\n".join(dict.fromkeys(said for said in (earlier, words) if said))


def _propose(line: OrderLine, said: LineAnswer, rule: ConfirmationRule) -> None:
    line.former = line.standing_agreement.to_json()
    line.state, line.reason, line.decided_at = CHANGE_PROPOSED, said.reason, None
    line.deliveries = [promise.to_json() for promise in said.deliveries]
    line.why = [REPORTED, *reasons_for(line, said, rule)]
