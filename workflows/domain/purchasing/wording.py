"""What is said about an answer to an order: beforehand who decides on it, afterwards what was stored."""

from collections.abc import Mapping, Sequence

from config.text import Text
from workflows.domain import amounts
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.confirming import OrderAnswer, stands_rejected
from workflows.domain.purchasing.orders import OpenOrder, OrderLine
from workflows.domain.purchasing.reasons import why_text
from workflows.domain.purchasing.rules import LineAnswer, Verdict

_MOST_READ_BACK = 20

_STATES = {
    orders.CONFIRMED: Text(en="confirmed", zh="已确认"),
    orders.PARTLY_CONFIRMED: Text(en="partly confirmed", zh="部分确认"),
    orders.CHANGE_PROPOSED: Text(en="waiting for the brand's buyer", zh="等待品牌采购决定"),
    orders.REJECTED: Text(en="rejected", zh="已拒绝"),
}


def verdict_text(opened: OpenOrder, verdict: Verdict, answer: OrderAnswer) -> Text:
    """Whether an answer stands at once, or the brand's buyer decides, and why."""
    if stands_rejected(opened, answer) and len(opened.asked) < len(opened.lines):
        return Text(
            en="The lines asked about are rejected. The brand's buyer is told.",
            zh="所询问的行将被拒绝，并通知品牌采购。",
        )
    if stands_rejected(opened, answer):
        return Text(en="The order is rejected. The brand's buyer is told.", zh="订单将被拒绝，并通知品牌采购。")
    if verdict.is_automatic:
        return Text(en="It will be accepted automatically.", zh="发送后自动接受，无需等待。")
    return Text(
        en="The brand's buyer decides ({why}). We will tell you.", zh="需由品牌采购决定（{why}），结果会通知您。"
    ).format(why=why_text(verdict.reasons))


def said(lines: Sequence[OrderLine], answers: Mapping[int, LineAnswer]) -> list[list[Text | str]]:
    """What an answer says otherwise than the lines do, label and value."""
    told = [(line, answers[line.line]) for line in lines if answers[line.line].decision != "accept"]
    facts: list[list[Text | str]] = [[line.product.name, _line_text(line, one)] for line, one in told[:_MOST_READ_BACK]]
    if not told:
        as_ordered = Text(en="{count} as ordered", zh="{count} 行按订单").format(count=len(lines))
        return [[Text(en="Lines", zh="行数"), as_ordered]]
    if len(told) > _MOST_READ_BACK:
        more = Text(en="{count} lines changed or rejected", zh="{count} 行有变更或拒绝")
        facts.append([Text(en="More", zh="其余"), more.format(count=len(told) - _MOST_READ_BACK)])
    return facts


def _line_text(line: OrderLine, said: LineAnswer) -> Text:
    if said.decision == "reject":
        return Text(en="rejected", zh="拒绝")
    return deliveries_text(line, said.deliveries)


def deliveries_text(line: OrderLine, promises: Sequence[Promise]) -> Text:
    """Deliveries as people read them: `60 pcs · 2026-12-20 + 40 pcs · 2026-12-30`."""
    told = " + ".join(f"{amounts.quantity_text(one.quantity)} {line.unit} · {one.date.isoformat()}" for one in promises)
    return Text(en=told, zh=told)


def read_back(stored: OpenOrder, asked: Sequence[int]) -> tuple[Text, ...]:
    """What now stands on the lines that were asked (their numbers), one message each."""
    head = Text(en="Stored: order {ref} is {state}.", zh="已保存：订单 {ref} {state}。").format(
        ref=stored.order.ref, state=_STATES[stored.order.state]
    )
    numbers = frozenset(asked)
    answered = [line for line in stored.lines if line.line in numbers]
    told = [_read_back(line) for line in answered[:_MOST_READ_BACK]]
    if len(answered) > _MOST_READ_BACK:
        more = Text(en="… and {count} more lines", zh="……另有 {count} 行").format(count=len(answered) - _MOST_READ_BACK)
        told.append(more)
    return (head, *told)


def _read_back(line: OrderLine) -> Text:
    said = Text(en="rejected", zh="拒绝") if not line.promised else deliveries_text(line, line.promised)
    return Text(en="{name}: {said}", zh="{name}：{said}").format(name=line.product.name, said=said)


def withdrawn(order: OpenOrder | None) -> Text:
    """Why nothing is asked any more; an order that went to another supplier is None."""
    if order is None:
        return Text(
            en="The brand withdrew this order from you. There is nothing left to answer.",
            zh="品牌方已撤回发给您的此订单，无需再答复。",
        )
    if order.order.state == orders.CANCELLED:
        return Text(en="The brand cancelled this order: {why}", zh="品牌方已取消此订单：{why}").format(
            why=order.order.reason_text
        )
    return Text(
        en="The brand changed this order. There is nothing left to answer.", zh="品牌方已变更此订单，无需再答复。"
    )
