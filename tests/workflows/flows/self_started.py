"""Two flows that nobody asks for, as a test serves them beside the real ones: one about the organisation, one about an order."""

from collections.abc import Mapping
from typing import Any

from config.text import Text
from tests import make
from workflows.domain import organisations
from workflows.domain.access import Actor
from workflows.domain.organisations import Organisation
from workflows.domain.purchasing import orders
from workflows.domain.purchasing.orders import PurchaseOrder
from workflows.engine.flow import Card, Flow, Startable, Step, supplier

GONE = Text(en="The order is closed.", zh="订单已关闭。")


def _steps(_subject: Any) -> list[Step]:
    colours = [{"key": key, "text": Text(en=key, zh=key)} for key in ("green", "red")]
    return [
        Step("colour", "choice", Text(en="How does it look?", zh="情况如何？"), {"options": colours}),
        Step("why", "text", Text(en="Why?", zh="为什么？"), {"min_length": 1, "max_length": 40}),
    ]


def _said(_subject: Any, answers: Mapping[str, Any], _actor: Actor) -> Text:
    return Text(en="Noted: {colour}", zh="已记录：{colour}").format(colour=answers["colour"])


def _orders(actor: Actor) -> Any:
    return orders.orders_of(actor).where(PurchaseOrder.state == orders.PLACED)


MOOD = Flow(
    key="mood",
    version=1,
    title=Text(en="Say how it looks", zh="说明情况"),
    subject="organisation",
    who=supplier("owner"),
    steps=_steps,
    effect=_said,
    card=lambda organisation: Card(Text(en=organisation.name, zh=organisation.name)),
    load=lambda actor, _subject_id: organisations.own(actor),
    version_of=lambda organisation: organisation.version,
    current_version=lambda actor, _subject_id: organisations.own(actor).version,
    withdrawn=lambda _organisation: GONE,
    starts_alone=True,
)
REMARK = Flow(
    key="remark",
    version=1,
    title=Text(en="Remark on an order", zh="订单备注"),
    subject=orders.SUBJECT_KIND,
    who=supplier("owner", "clerk"),
    steps=_steps,
    effect=_said,
    card=lambda opened: Card(Text(en=opened.order.ref, zh=opened.order.ref)),
    load=orders.load,
    version_of=lambda opened: opened.order.version,
    current_version=orders.version_of,
    withdrawn=lambda _order: GONE,
    starts_alone=True,
    startable=Startable(of=_orders, opened=orders.opened, about=lambda opened: opened.order.subject),
)
ALONE = {flow.key: flow for flow in (MOOD, REMARK)}


def renamed(partner: Organisation) -> None:
    """The brand changes what it knows of a partner: a new version of it."""
    make.partner(Organisation.get_by_id(partner.brand), partner.kind, partner.ref, name=f"{partner.name} 新")
