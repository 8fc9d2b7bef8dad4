"""Why a conversation takes nothing more from somebody: each conflict shows the turn that stands and says who is behind it."""

from typing import Any

from workflows.domain import people
from workflows.domain.errors import Conflict
from workflows.engine.records import ASKING, DONE, SUPERSEDED, AnswerRecord
from workflows.engine.run import Run


def require_open(run: Run) -> None:
    """Raises Conflict where the conversation has ended: superseded, already_answered, conversation_closed."""
    if run.record.state == SUPERSEDED:
        raise Conflict("superseded", current=run.turn(is_whole=True))
    if run.record.state == DONE:
        raise already_answered(run)
    if run.record.state != ASKING:
        raise Conflict("conversation_closed", current=run.turn(is_whole=True))


def require_current(run: Run, revision: int) -> None:
    """Raises Conflict where the caller has not seen what stands: taken_over by a colleague, or stale_revision."""
    if run.record.revision == revision:
        return
    current = run.turn(is_whole=True)
    if _is_taken_over(run):
        raise Conflict("taken_over", current=current, by=_known(run, run.record.holder or ""))
    raise Conflict("stale_revision", current=current)


def already_answered(run: Run) -> Conflict:
    """The conflict that shows the result that stands, whose it is and since when."""
    last = max(run.interview.answers.values(), key=lambda answer: answer.at)
    return Conflict("already_answered", current=run.turn(is_whole=True), by=_known(run, last.by), at=last.at)


def _is_taken_over(run: Run) -> bool:
    """Does a colleague hold what the caller answered before?"""
    person = run.actor.person
    if run.record.holder in {None, person}:
        return False
    given = AnswerRecord.select().where(AnswerRecord.conversation == run.record.id, AnswerRecord.person == person)
    return bool(given.exists())


def _known(run: Run, person: str) -> dict[str, Any]:
    """A person by id, and by name where the caller may know them."""
    name = people.names_of(run.actor, [person]).get(person)
    return {"id": person, "name": name} if name else {"id": person}
