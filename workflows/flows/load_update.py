"""A supplier says how busy it is now: two taps, one to open and one to say."""

from collections.abc import Mapping
from typing import Any

from config.text import Text
from workflows.domain import organisations
from workflows.domain.access import Actor
from workflows.domain.capacity import loads, presenting
from workflows.domain.capacity.announcing import LOAD_FLOW, SUPPLIER_ROLES
from workflows.domain.capacity.reporting import report_load
from workflows.domain.organisations import Organisation
from workflows.engine.flow import Card, Flow, Step, supplier

_GONE = Text(en="This organisation is no longer yours to speak for.", zh="您已不能代表该企业上报。")


def steps_for(_supplier: Organisation) -> list[Step]:
    """One question."""
    return [Step("load", "choice", loads.QUESTION, {"options": loads.options()})]


def report(_supplier: Organisation, answers: Mapping[str, Any], actor: Actor) -> Text:
    """Store the load, and read back what was stored."""
    return presenting.load_read_back(report_load(actor, loads.tapped(answers["load"])))


def card(own: Organisation) -> Card:
    """The supplier itself."""
    return Card(Text(en=own.name, zh=own.name))


def load(actor: Actor, _organisation: str) -> Organisation:
    """The organisation that speaks."""
    return organisations.own(actor)


FLOW = Flow(
    key=LOAD_FLOW,
    version=1,
    title=Text(en="Update our load", zh="更新生产负荷"),
    subject="organisation",
    who=supplier(*SUPPLIER_ROLES),
    steps=steps_for,
    effect=report,
    card=card,
    load=load,
    # How busy one is does not depend on what was said before: nothing makes the question outdated.
    version_of=lambda _own: 1,
    current_version=lambda _actor, _organisation: 1,
    withdrawn=lambda _own: _GONE,
    starts_alone=True,
)
