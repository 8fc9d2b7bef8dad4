"""What a buyer can say to a supplier's proposal."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.domain.purchasing.agreements import Promise
from workflows.domain.purchasing.orders import OrderLine

ACCEPT, DECLINE, COUNTER = "accept", "decline", "counter"


@dataclass(frozen=True)
class LineDecision:
    """What the buyer says to one proposed line; `wanted` is the counter-proposal."""

    kind: str
    wanted: Promise | None = None


@dataclass(frozen=True)
class Decision:
    """What the buyer says to every proposed line, by its number, with a word to the supplier."""

    lines: Mapping[int, LineDecision]
    word: str = ""


def is_as_ordered(line: OrderLine) -> bool:
    """Does the supplier propose just what was ordered? Then a person decides for another reason: a large order."""
    return line.former is None and line.promised == (line.ordered,)


def asks_again(line: OrderLine, said: LineDecision) -> bool:
    """Is the supplier asked anew about the line? A declined report puts the former agreement back instead."""
    return said.kind == COUNTER or (said.kind == DECLINE and line.former is None)
