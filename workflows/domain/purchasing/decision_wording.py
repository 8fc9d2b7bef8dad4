"""What is said about a buyer's decision: beforehand to the buyer, afterwards to both sides."""

from collections.abc import Iterator, Sequence

from config.text import Text
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.decisions import ACCEPT, COUNTER, Decision, LineDecision, asks_again
from workflows.domain.purchasing.orders import OpenOrder, OrderLine
from workflows.domain.purchasing.wording import deliveries_text

MOST_NAMED = 20

_ACCEPTED = Text(en="accepted as proposed: {what}", zh="接受提议：{what}")
_LET_GO = Text(en="rejection accepted, the line is off the order", zh="同意拒绝，此行不再交付")
_DECLINED = Text(en="not accepted, asked again as ordered: {what}", zh="不接受，仍按订单要求：{what}")
_PUT_BACK = Text(en="not accepted, the agreement stands: {what}", zh="不接受，仍按原约定：{what}")
_COUNTERED = Text(en="the buyer asks for {what} instead", zh="采购希望改为：{what}")


def decided_text(line: OrderLine, said: LineDecision) -> Text:
    """What the buyer says to one proposed line, read before it is settled."""
    if said.kind == ACCEPT:
        return _ACCEPTED.format(what=deliveries_text(line, line.promised)) if line.promised else _LET_GO
    if said.kind == COUNTER and said.wanted is not None:
        return _COUNTERED.format(what=_promise_text(line, said.wanted))
    if line.agreement is not None:
        return _PUT_BACK.format(what=deliveries_text(line, line.agreement.promised))
    return _DECLINED.format(what=_promise_text(line, line.ordered))


def _promise_text(line: OrderLine, promise: Promise) -> Text:
    return deliveries_text(line, (promise,))


def told_of(opened: OpenOrder, decision: Decision) -> tuple[Text, ...]:
    """The decision in sentences for the supplier, one for each line, the buyer's own words last."""
    found = list(_told(opened, decision))
    if len(found) > MOST_NAMED:
        rest = Text(en="… and {count} more lines", zh="……另有 {count} 行").format(count=len(found) - MOST_NAMED)
        found = [*found[:MOST_NAMED], rest]
    if decision.word:
        found.append(Text(en="The buyer writes: {word}", zh="采购留言：{word}").format(word=decision.word))
    return tuple(found)


def _told(opened: OpenOrder, decision: Decision) -> Iterator[Text]:
    for line in opened.proposed:
        yield Text(en="Line {line} ({name}): {said}", zh="第 {line} 行（{name}）：{said}").format(
            line=line.line, name=line.product.name, said=decided_text(line, decision.lines[line.line])
        )


def outcome_of(decision: Decision) -> Text:
    """What the supplier reads in the message where there is nothing left to answer."""
    if all(said.kind == ACCEPT for said in decision.lines.values()):
        return Text(en="Your proposal is accepted", zh="您的提议已被接受")
    if all(said.kind != ACCEPT for said in decision.lines.values()):
        return Text(en="Not accepted: the agreement stands", zh="未接受，仍按原约定")
    return Text(en="The buyer has decided", zh="采购已决定")


def asked_again(opened: OpenOrder, decision: Decision) -> list[OrderLine]:
    """The proposed lines about which the supplier is asked anew."""
    return [line for line in opened.proposed if asks_again(line, decision.lines[line.line])]


def preview_text(opened: OpenOrder, decision: Decision) -> Text:
    """What happens when the decision is sent."""
    again = len(asked_again(opened, decision))
    if not again:
        return Text(
            en="It stands at once. {supplier} is told the result.", zh="发送后立即生效，结果会通知{supplier}。"
        ).format(supplier=opened.supplier.name)
    return Text(
        en="{supplier} gets a new task: {count} of {all} lines to answer again.",
        zh="{supplier}会收到新任务，重新答复 {count} 行（共 {all} 行）。",
    ).format(supplier=opened.supplier.name, count=again, all=len(opened.proposed))


def preview_facts(opened: OpenOrder, decision: Decision) -> list[list[Text | str]]:
    """The decision line by line, label and value."""
    facts: list[list[Text | str]] = [
        [line.product.name, decided_text(line, decision.lines[line.line])] for line in opened.proposed[:MOST_NAMED]
    ]
    if len(opened.proposed) > MOST_NAMED:
        more = Text(en="{count} more lines", zh="另有 {count} 行").format(count=len(opened.proposed) - MOST_NAMED)
        facts.append([Text(en="More", zh="其余"), more])
    if decision.word:
        facts.append([Text(en="To the supplier", zh="给供应商的话"), decision.word])
    return facts


_STATES = {
    orders.CONFIRMED: Text(en="confirmed", zh="已确认"),
    orders.PARTLY_CONFIRMED: Text(en="partly confirmed", zh="部分确认"),
    orders.REJECTED: Text(en="rejected", zh="已拒绝"),
    orders.PLACED: Text(en="with the supplier for an answer", zh="等待供应商答复"),
}


def read_back(stored: OpenOrder, decided: Sequence[int]) -> tuple[Text, ...]:
    """What now stands on the lines that were decided on (their numbers), one message each."""
    head = Text(en="Stored: order {ref} is {state}.", zh="已保存：订单 {ref} {state}。").format(
        ref=stored.order.ref, state=_STATES[stored.order.state]
    )
    numbers = frozenset(decided)
    lines = [line for line in stored.lines if line.line in numbers]
    told = [_stands(line) for line in lines[:MOST_NAMED]]
    if len(lines) > MOST_NAMED:
        told.append(Text(en="… and {count} more lines", zh="……另有 {count} 行").format(count=len(lines) - MOST_NAMED))
    return (head, *told)


def _stands(line: OrderLine) -> Text:
    return Text(en="{name}: {said}", zh="{name}：{said}").format(name=line.product.name, said=_standing(line))


def _standing(line: OrderLine) -> Text:
    if line.state == orders.REJECTED:
        return Text(en="off the order", zh="不再交付")
    if line.state == orders.CONFIRMED:
        return Text(en="confirmed, {what}", zh="已确认，{what}").format(what=deliveries_text(line, line.promised))
    asked = _promise_text(line, line.ordered)
    return Text(en="asked again, {what}", zh="等待供应商答复，{what}").format(what=asked)


def withdrawn(order: OpenOrder | None) -> Text:
    """Why there is nothing left to decide; an order that is no longer theirs to see is None."""
    if order is not None and order.order.state == orders.CANCELLED:
        return Text(en="The order was cancelled: {why}", zh="订单已取消：{why}").format(why=order.order.reason_text)
    return Text(en="The order has moved on. There is nothing left to decide.", zh="订单已有变化，无需再决定。")
