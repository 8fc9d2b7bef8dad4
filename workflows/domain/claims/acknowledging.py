"""A partner's answer to a promotion, and what follows from it: the proofs of what it signed for are asked, others no more."""

from collections.abc import Collection

from config import database
from workflows.domain.access import Actor
from workflows.domain.claims import asking
from workflows.domain.promotions import joining
from workflows.domain.promotions.joining import Part


def join(actor: Actor, public_id: str, version: int, stores: Collection[str] | None, signature: str) -> Part:
    """Sign up for some of the stores, whose proofs are asked from the promotion's beginning on. Raises as `joining.join`."""
    with database.transaction():
        part = joining.join(actor, public_id, version, stores, signature)
        asking.ask(part.participation)
    return part


def decline(actor: Actor, public_id: str, version: int, reason: str, reason_text: str) -> Part:
    """Take no part: proofs asked under an earlier signature are asked no more, those sent stay. Raises as `joining.decline`."""
    with database.transaction():
        part = joining.decline(actor, public_id, version, reason, reason_text)
        asking.ask(part.participation)
    return part
