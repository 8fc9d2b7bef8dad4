"""Ends a conversation whose subject's own window has closed: nothing is taken any more, and it says why.

That is decided when somebody looks, or when the last answer would have its effect. A task that is late is no reason: late is
welcome.
"""

from config import clock
from config.text import Text
from workflows.domain import tasks
from workflows.engine.records import ASKING, EXPIRED
from workflows.engine.run import Run


class Closed(Exception):
    """The subject's own window has closed."""


def why_closed(run: Run) -> Text | None:
    """Why an open conversation's subject takes nothing any more; None where it does. Raises Outdated."""
    if run.record.state != ASKING or run.flow.closed is None:
        return None
    return run.flow.closed(run.subject)


def expire(run: Run, why: Text) -> None:
    """End the conversation with its reason, and the task that asked for it."""
    run.record.outcome = [why.to_json()]
    run.record.state, run.record.closed_at = EXPIRED, clock.now()
    run.save()
    if run.record.task is not None:
        tasks.close_tasks([run.record.task], tasks.CANCELLED)
