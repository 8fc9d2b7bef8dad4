"""A promotion in the words of those who read it: its period, what it pays, what the brand has changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.text import Text
from workflows.domain import amounts
from workflows.domain.promotions.paying import FIXED, PER_STORE, Pay, budget_of, pay_of
from workflows.domain.promotions.records import Promotion

_NAMED = 5
_CHANGED = Text(en="The brand has changed this promotion.", zh="品牌方修改了本活动。")
_SIGN_AGAIN = Text(en="Please read it and sign again.", zh="请阅读后重新签名。")
_NEW_POLICY = Text(en="The policy is new.", zh="活动政策已更新。")
_NEW_PERIOD = Text(en="It runs {period} now.", zh="活动时间改为{period}。")
_NEW_PAY = Text(en="It pays {pay} now.", zh="费用标准改为：{pay}。")
_NEW_BUDGET = Text(en="Its limit is {budget} now.", zh="费用上限改为：{budget}。")
_NEW_STORES = Text(en="New: {names}", zh="新增门店：{names}")
_PAYS = {
    FIXED: Text(en="{amount} in all", zh="一次性 {amount}"),
    PER_STORE: Text(en="{amount} for each store", zh="每店 {amount}"),
}
_PER_UNIT = Text(en="{amount} for each {unit}", zh="每{unit} {amount}")
_PER_PARTNER = Text(en="at most {amount} in all", zh="合计最多 {amount}")
_PER_STORE = Text(en="at most {amount} for each store", zh="每店最多 {amount}")
_NO_LIMIT = Text(en="none", zh="不限")


def period(promotion: Promotion) -> Text:
    """From when to when."""
    days = {"first": promotion.starts_on.isoformat(), "last": promotion.ends_on.isoformat()}
    return Text(en="{first} to {last}", zh="{first} 至 {last}").format(**days)


def moment(at: datetime, time_zone: str) -> str:
    """A moment as people there read it, to the minute."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")


def pay(promotion: Promotion) -> Text:
    """What it pays for a proof."""
    said = pay_of(promotion)
    facts = {"amount": amounts.money_text(said.amount, said.currency)}
    if said.kind in _PAYS:
        return _PAYS[said.kind].format(**facts)
    return _PER_UNIT.format(**facts, unit=_unit(promotion.facts, said))


def _unit(facts: Sequence[Mapping[str, Any]], said: Pay) -> Text:
    unit = next((fact["constraints"].get("unit") for fact in facts if fact["step"] == said.fact), None)
    if isinstance(unit, Mapping):
        return Text.from_json(unit)
    return Text(en=str(unit or "unit"), zh=str(unit or "件"))


def budget(promotion: Promotion) -> Text | None:
    """How much it pays at most; None where no limit is set."""
    most = budget_of(promotion)
    limits = ((most.per_partner, _PER_PARTNER), (most.per_store, _PER_STORE))
    said = [
        words.format(amount=amounts.money_text(amount, promotion.currency))
        for amount, words in limits
        if amount is not None
    ]
    return _joined(said) if said else None


def _joined(parts: Sequence[Text]) -> Text:
    return Text(en=", ".join(part.en for part in parts), zh="，".join(part.zh for part in parts))


def terms_changed(promotion: Promotion, names: Iterable[str]) -> list[Text]:
    """What of the terms is new, in the terms' own names."""
    known = {
        "policy": _NEW_POLICY,
        "period": _NEW_PERIOD.format(period=period(promotion)),
        "pay": _NEW_PAY.format(pay=pay(promotion)),
        "budget": _NEW_BUDGET.format(budget=budget(promotion) or _NO_LIMIT),
    }
    return [known[name] for name in names]


def news(promotion: Promotion, terms: Iterable[str], added: Sequence[str], was_signed: bool) -> tuple[Text, ...]:
    """What a partner that is asked again reads first."""
    stores = [_NEW_STORES.format(names=names(added))] if added else []
    again = [_SIGN_AGAIN] if was_signed else []
    return (_CHANGED, *terms_changed(promotion, terms), *stores, *again)


def names(of: Sequence[str]) -> Text:
    """A few names, and how many more."""
    shown, more = of[:_NAMED], len(of) - _NAMED
    if more <= 0:
        return Text(en=", ".join(shown), zh="、".join(shown))
    return Text(en=f"{', '.join(shown)} and {more} more", zh=f"{'、'.join(shown)}等 {len(of)} 家")
