"""The inbox of a person with 50 tasks, against the same framework answering a constant."""

from tests.benchmarks.counting import counted
from tests.benchmarks.figures import Figure, ratio, statements
from tests.benchmarks.ground import Ground, Plan
from tests.benchmarks.measuring import taking_turns
from tests.benchmarks.wire import Reply
from tests.benchmarks.world import TASKS_IN_THE_INBOX

UNCHANGED_RATIO, FULL_RATIO, MOST_QUERIES = 1.5, 4, 4
_INBOX = "/api/v1/phone/inbox"


def measured(ground: Ground, plan: Plan) -> list[Figure]:
    """Polls that find nothing new, and polls that read everything."""
    token, bare = ground.world.busy_token, ground.bare()
    phone, poller = ground.phone(token), ground.phone(token)
    first = phone.call("GET", _INBOX)
    assert len(first.json()["tasks"]) == TASKS_IN_THE_INBOX

    def constant() -> Reply:
        return bare.call("GET", "/constant")

    def unchanged() -> Reply:
        return poller.call("GET", _INBOX, wanted=304, If_None_Match=first.headers["etag"])

    def full() -> Reply:
        return phone.call("GET", _INBOX)

    limit, quiet, whole = taking_turns([constant, unchanged, full], plan.inbox_rounds, budget_s=15)
    name = ground.store.name
    return [
        ratio("inbox of 50 tasks, unchanged (304) / a constant", name, quiet, limit, UNCHANGED_RATIO),
        ratio("inbox of 50 tasks in full / a constant", name, whole, limit, FULL_RATIO),
    ]


def statement_counts(ground: Ground) -> list[Figure]:
    """What a poll asks of the database."""
    token = ground.world.busy_token
    with counted(ground.world, ground.environ) as app:
        etag = app.call("GET", _INBOX, token).headers["ETag"]
        whole = len(app.statements)
        app.call("GET", _INBOX, token, If_None_Match=etag)
        quiet = len(app.statements)
    name = ground.store.name
    return [
        statements("inbox of 50 tasks in full", name, whole, MOST_QUERIES),
        statements("inbox of 50 tasks, unchanged (304)", name, quiet, None),
    ]
