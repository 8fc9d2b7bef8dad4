"""The release after this one, for tests of a rolling deployment: order confirmation asks one thing more, as version 2.

Served like the real one: `waitress-serve tests.fire.next_release:app`. NEXT_SERVED_FROM=2 ends version 1 with it.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.app import start
from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.purchasing.orders import OpenOrder
from workflows.engine.flow import Flow, Step, when
from workflows.engine.registry import use_flows
from workflows.flows import all_flows, order_confirmation

NEW_STEP = "packaging"


def steps_for(order: OpenOrder) -> list[Step]:
    """Version 1's steps, a shorter text, and before sending one question that version 1 did not have."""
    steps = order_confirmation.steps_for(order)
    if not steps:
        return []
    shorter = [
        replace(step, constraints={"min_length": 1, "max_length": 200}) if step.key == "reason_text" else step
        for step in steps
    ]
    options = [{"key": key, "text": Text(en=key, zh=key)} for key in ("box", "pallet")]
    asked = Step(
        NEW_STEP,
        "choice",
        Text(en="Packed in what?", zh="用什么包装？"),
        {"options": options},
        when=when("decision").is_in("accept"),
    )
    return [*shorter[:-1], asked, shorter[-1]]


def confirm(order: OpenOrder, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Version 1's effect; the new answer is read back where it was asked for."""
    told = order_confirmation.confirm(order, answers, actor)
    packed = answers.get(NEW_STEP)
    return (*told, Text(en=f"Packed: {packed}", zh=f"包装：{packed}")) if packed else told


FLOW: Flow = replace(
    order_confirmation.FLOW,
    version=order_confirmation.FLOW.version + 1,
    steps=steps_for,
    effect=confirm,
    served_from=int(os.environ.get("NEXT_SERVED_FROM", "1")),
)

app = start()
use_flows({**all_flows(), FLOW.key: FLOW})
