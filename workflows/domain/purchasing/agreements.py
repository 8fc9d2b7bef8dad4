"""What the two sides of an order promise each other: deliveries, and the agreement a confirmed line stands on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Promise:
    """One delivery: quantity in thousandths of the line's unit, and the day it arrives."""

    quantity: int
    date: date

    def to_json(self) -> dict[str, object]:
        """As it is stored on the line."""
        return {"quantity": self.quantity, "date": self.date.isoformat()}


def promises(rows: Iterable[Mapping[str, Any]]) -> tuple[Promise, ...]:
    """Read what `Promise.to_json` wrote."""
    return tuple(Promise(row["quantity"], date.fromisoformat(row["date"])) for row in rows)


@dataclass(frozen=True)
class Agreement:
    """What a confirmed line said: what was ordered, and the deliveries promised for it."""

    ordered: Promise
    promised: tuple[Promise, ...]
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept on the line."""
        promised = [promise.to_json() for promise in self.promised]
        return {"ordered": self.ordered.to_json(), "promised": promised, "reason": self.reason}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Agreement":
        """Read what `to_json` wrote."""
        return cls(promises([kept["ordered"]])[0], promises(kept["promised"]), kept["reason"])
