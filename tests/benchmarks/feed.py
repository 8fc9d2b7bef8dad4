"""A page of 1,000 events: does it cost the same with a million behind it?"""

from contextlib import ExitStack

from config import database
from tests.benchmarks.figures import Figure, ratio
from tests.benchmarks.ground import Plan, environ_of
from tests.benchmarks.measuring import taking_turns
from tests.benchmarks.processes import PRODUCT, served
from tests.benchmarks.stores import Store, bound
from tests.benchmarks.wire import Reply, Wire
from tests.trade import Trade
from workflows.domain import keys
from workflows.domain.access import SCOPES

GROWN_RATIO = 1.1
_PAGE = 1_000
# Copies of the log's first order, of three lines, with numbers of their own.
_COPIES = """
INSERT INTO event (brand, seq, type, at, actor, subject_kind, subject_id, subject_ref, data)
WITH RECURSIVE number(seq) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT seq + 1 FROM number WHERE seq < {last})
SELECT e.brand, n.seq, e.type, e.at, e.actor, e.subject_kind, 'po_' || n.seq, 'PO-' || n.seq, e.data
FROM number n CROSS JOIN event e WHERE e.seq = {like}
"""
_COUNTER = "UPDATE event_counter SET last_seq = {last}"


def measured(store: Store, redis_url: str, plan: Plan) -> list[Figure]:
    """The last page of a long log and the only page of a short one, over HTTP."""
    short = store.migrated()
    key, like = _with_events(short)
    long = store.fresh(like=short)
    _grown(long, like, _PAGE + 1, plan.events)
    with ExitStack() as stack:
        few, many = (
            stack.enter_context(served(PRODUCT, environ_of(url, redis_url, store.folder), store.folder))
            for url in (short, long)
        )
        return _timed(store, Wire(few, key), Wire(many, key), plan)


def _timed(store: Store, few: Wire, many: Wire, plan: Plan) -> list[Figure]:
    def only_page() -> Reply:
        return few.call("GET", f"/api/v1/brand/events?limit={_PAGE}&after=0")

    def last_page() -> Reply:
        return many.call("GET", f"/api/v1/brand/events?limit={_PAGE}&after={plan.events - _PAGE}")

    for page in (only_page(), last_page()):
        assert len(page.json()["items"]) == _PAGE
    limit, ours = taking_turns([only_page, last_page], plan.feed_rounds, budget_s=15)
    work = f"feed: page of 1,000 at {plan.events:,} events / at 1,000 events"
    return [ratio(work, store.name, ours, limit, GROWN_RATIO)]


def _with_events(url: str) -> tuple[str, int]:
    """Fill a log with one page of events; a key that reads it, and the number of the event that was copied."""
    with bound(url):
        trade = Trade()
        trade.place("PO-1")
        last = trade.events()[-1]
        key = keys.create_key(trade.brand, SCOPES, "bench")
    _grown(url, last.seq, last.seq + 1, _PAGE)
    return key, last.seq


def _grown(url: str, like: int, first: int, last: int) -> None:
    with bound(url):
        with database.transaction():
            database.proxy.execute_sql(_COPIES.format(like=like, first=first, last=last))
            database.proxy.execute_sql(_COUNTER.format(last=last))
        database.proxy.execute_sql("ANALYZE event")
