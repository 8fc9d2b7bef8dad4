"""A promotion as the brand's door takes it: published or changed, and its proofs asked for in the same transaction."""

from collections.abc import Mapping
from typing import Any

from config import database
from workflows.domain.access import Actor
from workflows.domain.claims import asking
from workflows.domain.promotions import examples, requesting
from workflows.domain.promotions.promotion_document import FactsReader
from workflows.domain.promotions.requesting import Requested
from workflows.domain.promotions.standing import OpenPromotion


def publish(
    actor: Actor, ref: str, fields: Mapping[str, Any], read_facts: FactsReader, version: int | None = None
) -> Requested:
    """Publish a promotion under `ref`, or change it; the same content changes nothing.

    read_facts reads the brand's own questions: steps belong to the engine, which stands above (`own_questions.read_questions`).
    Raises as `put_promotion` does.
    """
    with database.transaction():
        put = requesting.put_promotion(actor, ref, fields, read_facts, version)
        if put.is_changed:
            asking.ask_all(put.opened.promotion)
        return put


def withdraw(actor: Actor, ref: str) -> Requested:
    """Ask no more, of anybody; what was sent stays. Raises NotFound, Forbidden."""
    with database.transaction():
        put = requesting.withdraw_promotion(actor, ref)
        if put.is_changed:
            asking.ask_all(put.opened.promotion)
        return put


def show_example(actor: Actor, ref: str, shot: str, picture: str) -> OpenPromotion:
    """Let a picture (`img_…`) show how a shot should look, to everybody who proves it. Raises as `examples.show_example`."""
    with database.transaction():
        now, is_changed = examples.show_example(actor, ref, shot, picture)
        if is_changed:
            asking.ask_all(now.promotion)
        return now
