"""Notes in the chain what changes something and is no business fact: sign-ins, keys, exports, operators' commands."""

from typing import Any

from config import clock
from workflows.domain import events
from workflows.domain.audit.entries import Fact

HOUSE = 0
"""The chain of what operators do to the house as a whole, which belongs to no brand."""
OPERATOR = "operator"


def note(brand_id: int, actor: str, kind: str, record_kind: str, record: str, **data: Any) -> None:
    """Seal that `actor` (a person's or key's id, `operator`) did `kind` to a record, in the caller's transaction.

    `data` holds ids and figures, never a name, a phone, a text or a secret.
    """
    fact = Fact(kind, actor, record_kind, record, clock.now(), data)
    events.ending(brand_id).facts.append(fact)
