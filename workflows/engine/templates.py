"""Steps handed out to phones, so that a conversation can begin without signal; remembered by their content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domain.access import Actor
from workflows.engine.flow import Flow, Step
from workflows.engine.occasions import Occasion
from workflows.engine.records import NewTemplate, keep_templates

_MOST_ROWS = 200


@dataclass(frozen=True)
class Template:
    """The steps a phone may begin with when it has no signal."""

    id: str
    steps: tuple[Step, ...]


def hand_out(actor: Actor, begun: Mapping[str, tuple[Flow, Occasion, Any]]) -> dict[str, Template]:
    """The template of each flow, occasion and loaded subject, by the caller's key.

    What would be too much for a phone to keep (an order of hundreds of lines) has none: it needs the signal.
    """
    made: dict[str, NewTemplate] = {}
    found: dict[str, Template] = {}
    for key, (flow, occasion, subject) in begun.items():
        steps = tuple(flow.steps(subject))
        if sum(_rows_in(step) for step in steps) <= _MOST_ROWS:
            new = NewTemplate(occasion, flow.version, [step.to_json() for step in steps])
            made[new.public_id] = new
            found[key] = Template(new.public_id, steps)
    keep_templates(actor.organisation_id, made)
    return found


def _rows_in(step: Step) -> int:
    rows = step.constraints.get("rows")
    return len(rows) if isinstance(rows, Sequence) else 0
