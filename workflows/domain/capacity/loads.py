"""How busy a supplier can say it is, each in one tap: a colour with the days of work it is behind."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from config.text import Text
from workflows.domain.capacity.records import Load

_TAPS: Mapping[str, tuple[Load, Text]] = MappingProxyType(
    {
        "green_0": (Load("green", 0), Text(en="Green: room for more orders", zh="绿灯：有余力，可接新单")),
        "green_5": (Load("green", 5), Text(en="Green: about 5 days behind", zh="绿灯：正常，积压约5天")),
        "amber_10": (Load("amber", 10), Text(en="Amber: about 10 days behind", zh="黄灯：偏满，积压约10天")),
        "amber_20": (Load("amber", 20), Text(en="Amber: about 20 days behind", zh="黄灯：很满，积压约20天")),
        "red_30": (Load("red", 30), Text(en="Red: about 30 days behind", zh="红灯：超负荷，积压约30天")),
        "red_60": (Load("red", 60), Text(en="Red: 60 days or more behind", zh="红灯：停接新单，积压60天以上")),
    }
)
QUESTION = Text(en="How busy are you right now?", zh="现在的生产负荷如何？")


def options() -> list[dict[str, Any]]:
    """The options of the question; a tone lets a screen show the colour beside its name."""
    return [{"key": key, "text": text, "tone": load.colour} for key, (load, text) in _TAPS.items()]


def tapped(key: str) -> Load:
    """The load that an option stands for."""
    return _TAPS[key][0]


def words(load: Load) -> Text:
    """A load as people read it back."""
    return next(text for one, text in _TAPS.values() if one == load)
