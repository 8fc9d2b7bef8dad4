"""Photos that were taken and never used: replaced before sending, or of a conversation that was given up."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from config import database, forgetting
from config.forgetting import Slice
from workflows.domain.evidence.records import EvidencePhoto
from workflows.engine.inputs.photo import PHOTO_ID
from workflows.engine.records import ASKING, DONE, Conversation


def forget_unused(before: datetime, after: int) -> Slice:
    """Forget a slice of the photos received before a moment that stand in no answer of a conversation that is done or open.

    The rows go here; their bytes, which no row names any more, go with the next sweep of the store. A picture that no step
    asked for (an example of the brand's) stays.
    """
    with database.transaction():
        rows = list(
            EvidencePhoto.select()
            .where(
                EvidencePhoto.id > after,
                EvidencePhoto.recorded_at < before,
                EvidencePhoto.conversation.is_null(False),
            )
            .order_by(EvidencePhoto.id)
            .limit(forgetting.AT_ONCE)
        )
        used = _used(rows)
        unused = [row.id for row in rows if (row.organisation, row.public_id) not in used]
        EvidencePhoto.delete().where(EvidencePhoto.id.in_(unused)).execute()
    return Slice(len(unused), rows[-1].id if len(rows) == forgetting.AT_ONCE else None)


def _used(rows: Sequence[EvidencePhoto]) -> set[tuple[int, str]]:
    """What the conversations about the same things name, by organisation; of one that is still asked, everything it received."""
    query = Conversation.select(
        Conversation.organisation, Conversation.public_id, Conversation.state, Conversation.answers
    ).where(
        Conversation.organisation.in_({row.organisation for row in rows}),
        Conversation.subject_id.in_({row.subject_id for row in rows}),
        Conversation.state.in_([ASKING, DONE]),
    )
    open_ones: set[tuple[int, str]] = set()
    used: set[tuple[int, str]] = set()
    for talk in query:
        used |= {(talk.organisation, name) for name in _named(talk.answers)}
        if talk.state == ASKING:
            open_ones.add((talk.organisation, talk.public_id))
    return used | _received_by(rows, open_ones)


def _received_by(rows: Sequence[EvidencePhoto], talks: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    return {(row.organisation, row.public_id) for row in rows if (row.organisation, row.conversation) in talks}


def _named(answers: object) -> list[str]:
    return PHOTO_ID.findall(json.dumps(answers))
