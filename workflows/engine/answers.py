"""Answers as they arrive: which of them are known already, and how those that were taken are kept."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from config import clock
from config.prepared import Prepared, filling
from workflows.domain.errors import Conflict
from workflows.engine.records import FORGOTTEN, AnswerRecord, content_hash, parse_moment
from workflows.engine.run import Given, Run


def unseen(run: Run, given: Sequence[Given]) -> list[Given]:
    """The answers not yet stored. An id that stands for something else is a conflict."""
    rows = _stored(len(given)).rows(run.record.organisation, *(one.id for one in given))
    known = {row.answer: (row.conversation_id, row.content_hash) for row in rows}
    fresh = []
    for one in given:
        if one.id not in known:
            known[one.id] = (run.record.id, _content_hash(one))  # a batch may name one answer twice
            fresh.append(one)
        elif known[one.id] not in ((run.record.id, _content_hash(one)), (run.record.id, FORGOTTEN)):
            raise Conflict("answer_id_reused", current=run.turn(is_whole=True), answer=one.id)
    return fresh


@cache
def _stored(count: int) -> Prepared:
    def build(organisation: Any, *answers: Any) -> Any:
        return AnswerRecord.select().where(AnswerRecord.organisation == organisation, AnswerRecord.answer.in_(answers))

    return Prepared(build, count + 1)


def record_answers(run: Run, given: Sequence[Given]) -> None:
    """Keep the answers that were taken, each with what it said and when."""
    now = clock.now()
    _record.write_many(
        (
            run.record.organisation,
            one.id,
            run.record.id,
            one.step,
            one.value,
            _content_hash(one),
            run.actor.person,
            parse_moment(one.answered_at, now),
            now,
        )
        for one in given
    )


_ANSWER = (
    AnswerRecord.organisation,
    AnswerRecord.answer,
    AnswerRecord.conversation,
    AnswerRecord.step,
    AnswerRecord.value,
    AnswerRecord.content_hash,
    AnswerRecord.person,
    AnswerRecord.answered_at,
    AnswerRecord.recorded_at,
)
_record = Prepared(lambda *values: AnswerRecord.insert(filling(_ANSWER, values)), count=len(_ANSWER))


def _content_hash(given: Given) -> str:
    return content_hash([given.step, given.value])
