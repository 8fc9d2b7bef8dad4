"""Measuring fairly on a machine that others use: our side and its limit take turns, call by call."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.wire import Reply

_WARM_UP = 20  # more than the server's threads, each of which opens its own connection


@dataclass(frozen=True)
class Timing:
    """How long calls took, in seconds, and how long the processors of what was measured worked for them."""

    samples: tuple[float, ...]
    worked: tuple[float, ...] = ()

    @property
    def median_s(self) -> float:
        """What half of the calls stayed below."""
        return statistics.median(self.samples)

    @property
    def cpu_s(self) -> float:
        """The processor time of a middling call: hardly moved by what else the machine does. 0 where nobody tells."""
        return statistics.median(self.worked) if self.worked else 0.0

    @property
    def p95_s(self) -> float:
        """What all but one call in twenty stayed below."""
        return sorted(self.samples)[int(len(self.samples) * 0.95)]

    def __str__(self) -> str:
        cpu = f", CPU {_shown(self.cpu_s)}" if self.cpu_s else ""
        return f"{_shown(self.median_s)}, p95 {_shown(self.p95_s)}{cpu}"


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def taking_turns(sides: Sequence[Callable[[], Reply]], rounds: int, budget_s: float = 20) -> list[Timing]:
    """Call each side once per round, in turns; how long each took.

    Stops early when the budget is spent, and never before one round. The first rounds warm caches and are forgotten.
    """
    until = time.monotonic() + budget_s
    replies: list[list[Reply]] = [[] for _ in sides]
    for _ in range(rounds):
        for place, side in enumerate(sides):
            replies[place].append(side())
        if time.monotonic() > until:
            break
    skipped = min(_WARM_UP, len(replies[0]) // 3)
    return [_timing(taken[skipped:]) for taken in replies]


def _timing(replies: Sequence[Reply]) -> Timing:
    return Timing(tuple(reply.seconds for reply in replies), tuple(reply.cpu_s for reply in replies))
