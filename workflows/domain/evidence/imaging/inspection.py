"""What looking at a photo gives, in whole numbers, and why one cannot be looked at. Plain Python: web processes may import it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

NOT_A_PICTURE = "not_a_picture"
TOO_MANY_PIXELS = "too_many_pixels"
ANIMATED = "animated"
BROKEN = "broken"
TOO_SLOW = "too_slow"
CODES = (NOT_A_PICTURE, TOO_MANY_PIXELS, ANIMATED, BROKEN, TOO_SLOW)


class Unreadable(Exception):
    """These bytes are no photo that we take. A verdict about the photo, not a fault of ours; `code` is one of CODES."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Print:
    """How a picture looks: 64 bits that survive recompressing, by which it is searched, and 256 finer ones that confirm it.

    variant says of which part, or which way round. `likeness.py` says when two prints are alike.
    """

    variant: str
    bits: int
    fine: int | None = None


@dataclass(frozen=True)
class Inspection:
    """A photo that could be read.

    width and height are the whole photo's, turned upright. sharpness, brightness, contrast and screen_likeness are what
    `quality.py` judges. taken_at, make, model and software are what the camera wrote, unchecked; taken_at has a zone only where
    the camera wrote its offset, else it is that place's wall clock.
    """

    width: int
    height: int
    media_type: str
    prints: tuple[Print, ...]
    sharpness: int
    brightness: int
    contrast: int
    screen_likeness: int
    taken_at: datetime | None = field(default=None)
    make: str | None = None
    model: str | None = None
    software: str | None = None

    @property
    def pixels(self) -> int:
        """How many pixels the photo has."""
        return self.width * self.height

    def to_json(self) -> dict[str, Any]:
        """As it travels from the child. Bits are as wide as JSON's integers allow in Python alone."""
        return {**asdict(self), "taken_at": self.taken_at.isoformat() if self.taken_at else None}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Inspection":
        """Read what the child wrote. Raises TypeError, KeyError or ValueError where it is not that."""
        taken_at = found["taken_at"]
        return cls(
            **{
                **found,
                "prints": tuple(Print(**one) for one in found["prints"]),
                "taken_at": datetime.fromisoformat(taken_at) if taken_at else None,
            }
        )
