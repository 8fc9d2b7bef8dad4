"""What a brand's new document changes in an order, in the words the supplier reads, and which lines outlive it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from config.text import Text
from workflows.domain import amounts
from workflows.domain.purchasing.order_document import LineDocument, OrderDocument
from workflows.domain.purchasing.orders import CHANGE_PROPOSED, CONFIRMED, PLACED, OpenOrder, OrderLine

_MOST_NAMED = 20


def differences(opened: OpenOrder, document: OrderDocument) -> tuple[Text, ...]:
    """What differs, one sentence each; empty where the document says what already stands."""
    found = (*_header_differences(opened, document), *_line_differences(opened, document))
    if len(found) <= _MOST_NAMED:
        return found
    rest = Text(en="… and {count} more changes", zh="……另有 {count} 处变更").format(count=len(found) - _MOST_NAMED)
    return (*found[:_MOST_NAMED], rest)


def known_dates(opened: OpenOrder) -> dict[int, set[date]]:
    """By line number the dates that a new document may name though they have passed: those spoken of already."""
    return {
        line.line: {line.due_date, line.sent_due_date or line.due_date, *(one.date for one in line.promised)}
        for line in opened.lines
    }


def as_agreed(opened: OpenOrder, document: OrderDocument) -> OrderDocument:
    """The document with the lines that say what they said before the buyer agreed on something else: there the agreement holds.

    A system that sends all its orders every night must not undo by that what its buyer has settled by day.
    """
    if not _is_same_deal(opened, document):
        return document
    stored = {line.line: line for line in opened.lines if line.sent_quantity is not None}
    lines = tuple(_as_agreed(stored.get(line.line), line) for line in document.lines)
    return replace(document, lines=lines)


def _as_agreed(line: OrderLine | None, new: LineDocument) -> LineDocument:
    if line is None or (line.product_id, line.unit) != (new.product.id, new.unit):
        return new
    sent = (line.sent_quantity, line.sent_due_date)
    if sent != (new.quantity, new.due_date):
        return new
    return replace(new, quantity=line.quantity, due_date=line.due_date, sent=sent)


def taken_up(opened: OpenOrder, document: OrderDocument) -> list[OrderLine]:
    """The lines of a document that changes nothing where the brand's system now says itself what was agreed."""
    said = {line.line for line in document.lines if line.sent == (None, None)}
    found = [line for line in opened.lines if line.sent_quantity is not None and line.line in said]
    for line in found:
        line.sent_quantity = line.sent_due_date = None
    return found


def kept_lines(opened: OpenOrder, document: OrderDocument) -> list[OrderLine]:
    """The stored lines that outlive the new document, with the state they now have.

    What is settled and unchanged stays so. A line for which the new document takes over what the supplier promises (its whole
    quantity, its last date) is confirmed by that, reason and deliveries kept. A reported change stays with the buyer. Every
    other unchanged line is asked again.
    """
    wanted = {line.line: line for line in document.lines}
    is_same_deal = _is_same_deal(opened, document)
    kept = []
    for line in opened.lines:
        new = wanted.get(line.line)
        if new is None:
            continue
        if is_same_deal and _takes_over_promise(line, new):
            _confirm(line, new)
        elif _content(line) != new.content:
            continue
        elif not (is_same_deal and _is_settled(line)):
            _ask_again(line)
        line.sent_quantity, line.sent_due_date = new.sent
        kept.append(line)
    return kept


def _is_same_deal(opened: OpenOrder, document: OrderDocument) -> bool:
    return opened.supplier.id == document.supplier.id and opened.order.currency == document.currency


def _confirm(line: OrderLine, new: LineDocument) -> None:
    line.quantity, line.due_date, line.state = new.quantity, new.due_date, CONFIRMED
    line.why = line.former = None


def _ask_again(line: OrderLine) -> None:
    line.state, line.reason, line.deliveries = PLACED, None, []
    line.why = line.former = line.decided_at = None


def _is_settled(line: OrderLine) -> bool:
    """Is there nothing to ask the supplier about it, or has the buyer asked just that already?"""
    if line.state == CHANGE_PROPOSED:
        return line.former is not None
    return line.state == CONFIRMED or line.decided_at is not None


def _takes_over_promise(line: OrderLine, new: LineDocument) -> bool:
    if line.state not in {CHANGE_PROPOSED, CONFIRMED} or not line.promised:
        return False
    promised = (
        line.product_id,
        sum(delivery.quantity for delivery in line.promised),
        line.unit,
        line.price,
        max(delivery.date for delivery in line.promised),
    )
    return promised == new.content


def _content(line: OrderLine) -> tuple[object, ...]:
    return (line.product_id, line.quantity, line.unit, line.price, line.due_date)


def _header_differences(opened: OpenOrder, document: OrderDocument) -> Iterator[Text]:
    order = opened.order
    if opened.supplier.id != document.supplier.id:
        yield Text(en="Another supplier", zh="更换供应商")
    if order.buyer != document.buyer:
        yield Text(en="Another buyer is in charge", zh="采购负责人变更")
    if order.currency != document.currency:
        yield Text(en="Currency: {old} → {new}", zh="币种：{old} → {new}").format(
            old=order.currency, new=document.currency
        )
    if order.note != document.note:
        yield Text(en="Note: {new}", zh="备注：{new}").format(new=document.note or "–")


def _line_differences(opened: OpenOrder, document: OrderDocument) -> Iterator[Text]:
    stored = {line.line: line for line in opened.lines}
    for new in document.lines:
        old = stored.pop(new.line, None)
        if old is None:
            yield _added(new)
        elif _content(old) != new.content:
            yield from _changed(old, new)
    for old in stored.values():
        yield Text(en="Line {line} ({name}) was withdrawn", zh="第 {line} 行（{name}）已取消").format(
            line=old.line, name=old.product.name
        )


def _added(new: LineDocument) -> Text:
    return Text(
        en="New line {line}: {name}, {quantity} {unit}, due {date}",
        zh="新增第 {line} 行：{name} {quantity} {unit}，交期 {date}",
    ).format(
        line=new.line,
        name=new.product.name,
        quantity=amounts.quantity_text(new.quantity),
        unit=new.unit,
        date=new.due_date.isoformat(),
    )


def _changed(old: OrderLine, new: LineDocument) -> Iterator[Text]:
    facts = (
        (Text(en="product", zh="产品"), old.product.name, new.product.name),
        (Text(en="quantity", zh="数量"), _quantity(old.quantity, old.unit), _quantity(new.quantity, new.unit)),
        (Text(en="price", zh="单价"), amounts.unit_price_text(old.price), amounts.unit_price_text(new.price)),
        (Text(en="due date", zh="交期"), old.due_date.isoformat(), new.due_date.isoformat()),
    )
    for label, before, after in facts:
        if before != after:
            yield Text(
                en="Line {line}, {label}: {before} → {after}", zh="第 {line} 行{label}：{before} → {after}"
            ).format(line=old.line, label=label, before=before, after=after)


def _quantity(thousandths: int, unit: str) -> str:
    return f"{amounts.quantity_text(thousandths)} {unit}"
