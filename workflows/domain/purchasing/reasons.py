"""The few words that stand for why: a supplier's reasons, and what brings an answer before a person."""

from collections.abc import Mapping
from types import MappingProxyType

from config.text import Text

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "capacity": Text(en="Not enough capacity", zh="产能不足"),
        "material": Text(en="Material is missing", zh="缺少物料"),
        "price": Text(en="Price", zh="价格问题"),
        "specification": Text(en="Specification", zh="规格问题"),
        "other": Text(en="Another reason", zh="其他原因"),
    }
)
WHY: Mapping[str, Text] = MappingProxyType(
    {
        "large": Text(en="large order", zh="大额订单"),
        "currency": Text(en="another currency", zh="币种不同"),
        "short": Text(en="less than ordered", zh="数量不足"),
        "over": Text(en="more than ordered", zh="数量超出"),
        "late": Text(en="later than asked", zh="交期延后"),
        "rejected": Text(en="lines rejected", zh="拒绝交付"),
        "reported": Text(en="a change of what was confirmed", zh="变更已确认的内容"),
    }
)


def reason_text(key: str | None) -> Text | None:
    """A supplier's reason in words; None where there is none."""
    return REASONS.get(key or "")


def why_text(keys: list[str] | tuple[str, ...] | None) -> Text:
    """Why it came before a person, in words."""
    said = [WHY[key] for key in keys or () if key in WHY]
    return Text(en=", ".join(one.en for one in said), zh="、".join(one.zh for one in said))
