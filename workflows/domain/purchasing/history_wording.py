"""An event of an order in words, as both sides read it: what was placed, proposed, countered, confirmed, changed, cancelled."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

from config.text import Text
from workflows.domain.purchasing.orders import CHANGE_PROPOSED, CONFIRMED, PLACED, REJECTED
from workflows.domain.purchasing.reasons import reason_text

MOST_LINES = 20
Names = Mapping[str, str]
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """What happened, and what is to be said of its lines."""

    text: Text
    lines: tuple[Text, ...] = ()


def said(kind: str, data: Data, before: Data, names: Names) -> Said:
    """The event `kind` in words; `before` is how the order stood before it, names are the products' by sku."""
    return KINDS[kind](data, before, names)


def _placed(data: Data, _before: Data, names: Names) -> Said:
    head = Text(en="Order placed, {amount} {currency}", zh="下单，{amount} {currency}").format(
        amount=data["amount"], currency=data["currency"]
    )
    return Said(head, _listed(data["lines"], lambda line: _line(line, names, _ordered(line))))


def _changed(data: Data, before: Data, names: Names) -> Said:
    if not before:  # it was another supplier's before: whoever has it now reads of it first
        return _placed(data, before, names)
    changes = list(_differences(data, before, names))
    if changes:
        return Said(Text(en="Order changed", zh="订单变更"), _cut(changes))
    asked = [line for line in data["lines"] if line["state"] == PLACED]
    if not asked:
        return Said(Text(en="Order changed, nothing to answer", zh="订单变更，无需答复"))
    head = Text(en="Asked again", zh="请供应商重新答复")
    return Said(head, _listed(asked, lambda line: _line(line, names, _ordered(line))))


def _differences(data: Data, before: Data, names: Names) -> Iterator[Text]:
    if before.get("supplier") != data.get("supplier"):
        yield Text(en="Another supplier: {ref}", zh="更换供应商：{ref}").format(ref=data["supplier"])
    former = {line["line"]: line for line in before["lines"]}
    for line in data["lines"]:
        old = former.pop(line["line"], None)
        if old is None or _ordered(old).en != _ordered(line).en or old["sku"] != line["sku"]:
            yield _line(line, names, _from_to(old, line, names))
    for gone in former.values():
        yield _line(gone, names, Text(en="withdrawn", zh="取消"))
    if _total(before) != _total(data):  # where nothing else is named, a price has changed
        yield Text(en="Total: {old} → {new}", zh="总额：{old} → {new}").format(old=_total(before), new=_total(data))


def _total(data: Data) -> str:
    return f"{data['amount']} {data['currency']}"


def _from_to(old: Data | None, line: Data, names: Names) -> Text:
    if old is None:
        return Text(en="new, {what}", zh="新增，{what}").format(what=_ordered(line))
    product = "" if old["sku"] == line["sku"] else names.get(old["sku"], old["sku"]) + " "
    return _plain(f"{product}{_ordered(old).en} → {_ordered(line).en}")


def _proposed(data: Data, before: Data, names: Names) -> Said:
    is_report = data.get("report", False)
    head = Text(en="Change proposed", zh="提出变更")
    if is_report:
        head = Text(en="Reported: what was confirmed will be late or short", zh="报告变更：已确认的内容无法按约交付")
    reported = data.get("reported")
    open_lines = [
        line
        for line in data["lines"]
        if line["state"] == CHANGE_PROPOSED and (reported is None or line["line"] in reported)
    ]
    former = {line["line"]: line for line in before.get("lines", ())}
    told = _listed(open_lines, lambda line: _line(line, names, _proposal(line, former.get(line["line"]))))
    return Said(head, (*told, *_own_words(data)))


def _proposal(line: Data, before: Data | None) -> Text:
    was_agreed = before is not None and before["state"] == CONFIRMED and before["deliveries"]
    if not line["deliveries"]:
        return _because(Text(en="rejected", zh="拒绝交付"), line)
    if _is_as_ordered(line) and not was_agreed:
        return Text(en="as ordered, {what}", zh="按订单，{what}").format(what=_promised(line))
    old = _promised(before) if before is not None and was_agreed else _ordered(line)
    what = Text(en="{new} instead of {old}", zh="{new}（原 {old}）").format(new=_promised(line), old=old)
    return _because(what, line)


def _because(what: Text, line: Data) -> Text:
    reason = reason_text(line.get("reason"))
    return Text(en="{what}: {why}", zh="{what}：{why}").format(what=what, why=reason) if reason else what


_DECISIONS = {
    "accept": Text(en="accepted", zh="接受"),
    "decline": Text(en="not accepted", zh="不接受"),
    "counter": Text(en="countered: {what}", zh="另提方案：{what}"),
}


def _decided(data: Data, _before: Data, names: Names) -> Said:
    lines = {line["line"]: line for line in data["lines"]}
    told = _listed(data["decisions"], lambda one: _decision(one, lines[one["line"]], names))
    words = (Text(en="“{word}”", zh="“{word}”").format(word=data["word"]),) if data.get("word") else ()
    return Said(Text(en="Decision on the proposal", zh="对提议的决定"), (*told, *words))


def _decision(one: Data, line: Data, names: Names) -> Text:
    return _line(line, names, _DECISIONS[one["decision"]].format(what=_ordered({**line, **one})))


def _confirmed(data: Data, before: Data, names: Names) -> Said:
    is_whole = data["state"] == CONFIRMED
    head = Text(en="Confirmed", zh="已确认") if is_whole else Text(en="Partly confirmed", zh="部分确认")
    former = {line["line"]: line["state"] for line in before.get("lines", ())}
    fresh = [line for line in data["lines"] if line["state"] == CONFIRMED != former.get(line["line"])]
    gone = [line for line in data["lines"] if line["state"] == REJECTED != former.get(line["line"])]
    return Said(head, _listed([*fresh, *gone], lambda line: _line(line, names, _standing(line))))


def _standing(line: Data) -> Text:
    return _promised(line) if line["deliveries"] else _because(Text(en="rejected", zh="不交付"), line)


def _rejected(data: Data, _before: Data, _names: Names) -> Said:
    reason = reason_text(data.get("reason"))
    return Said(Text(en="Rejected", zh="已拒绝"), (*((reason,) if reason else ()), *_own_words(data)))


def _cancelled(data: Data, _before: Data, _names: Names) -> Said:
    return Said(Text(en="Cancelled", zh="已取消"), (Text(en=data["reason"], zh=data["reason"]),))


def _own_words(data: Data) -> tuple[Text, ...]:
    words = data.get("reason_text")
    return (Text(en="“{word}”", zh="“{word}”").format(word=words),) if words else ()


KINDS: Mapping[str, Callable[[Data, Data, Names], Said]] = MappingProxyType(
    {
        "order.placed": _placed,
        "order.changed": _changed,
        "order.change-proposed": _proposed,
        "order.change-decided": _decided,
        "order.confirmed": _confirmed,
        "order.rejected": _rejected,
        "order.cancelled": _cancelled,
    }
)


def _line(line: Data, names: Names, what: Text) -> Text:
    name = names.get(line["sku"], line["sku"])
    return Text(en="Line {line} {name}: {what}", zh="第 {line} 行 {name}：{what}").format(
        line=line["line"], name=name, what=what
    )


def _ordered(line: Data) -> Text:
    return _plain(_delivery(line["quantity"], line["due_date"], line))


def _promised(line: Data) -> Text:
    return _plain(" + ".join(_delivery(one["quantity"], one["date"], line) for one in line["deliveries"]))


def _delivery(quantity: str, date: str, line: Data) -> str:
    return f"{quantity} {line.get('unit', '')}".strip() + f" · {date}"


def _is_as_ordered(line: Data) -> bool:
    return list(line["deliveries"]) == [{"quantity": line["quantity"], "date": line["due_date"]}]


def _plain(words: str) -> Text:
    return Text(en=words, zh=words)


def _listed(lines: Sequence[Data], write: Callable[[Data], Text]) -> tuple[Text, ...]:
    return _cut([*map(write, islice(lines, MOST_LINES))], len(lines))


def _cut(told: Sequence[Text], count: int | None = None) -> tuple[Text, ...]:
    """At most so many lines, and how many there are beyond."""
    shown, beyond = tuple(told[:MOST_LINES]), (len(told) if count is None else count) - MOST_LINES
    if beyond <= 0:
        return shown
    return (*shown, Text(en="… and {count} more lines", zh="……另有 {count} 行").format(count=beyond))
