"""Redis refused, and Redis hung (it takes everything and says nothing), while brand and phones work.

Nobody gets an error, nobody waits, every notice is delivered meanwhile by the clock. The rate limits, which ask Redis, are on.
Short form on SQLite, 4 s each; LONG=1: 15 s each, on both stores, and the latencies.
"""

from collections.abc import Iterator

import pytest

from tests.fire import phones
from tests.fire.conftest import LONG, say, short_on
from tests.fire.fleet import running_fleet, shape
from tests.fire.line import HUNG, OPEN, REFUSED
from tests.fire.load import Load, percentile
from tests.fire.market import Market

AWAY_S = 15.0 if LONG else 4.0
WRITES_PER_SECOND, READS_PER_SECOND = 20, 60
PATIENCE_S = 3.0
pytestmark = [pytest.mark.timeout(180), short_on("sqlite")]


@pytest.fixture(scope="module")
def market(processes_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    plan = shape(processes_url, lines=frozenset({"redis"}), settings={"RATE_LIMITS": "on"})
    with running_fleet(processes_url, tmp_path_factory.mktemp("fleet"), plan) as fleet:
        yield Market(fleet)


def load_while(market: Market, mode: str, seconds: float, name: str) -> Load:
    """Orders and inboxes at a steady pace while Redis is so; everybody is given three seconds."""
    load = Load(market, name, patience_s=PATIENCE_S, polling=2)  # busy phones, whose calls are counted in Redis
    line = market.fleet.lines["redis"]
    line.set(mode)
    try:
        load.run(seconds, {"place": WRITES_PER_SECOND, "inbox": READS_PER_SECOND})
    finally:
        line.set(OPEN)
    return load


@pytest.mark.parametrize("mode", [REFUSED, HUNG])
def test_nobody_notices_that_redis_is_away(market: Market, mode: str) -> None:
    load = load_while(market, mode, AWAY_S, mode)
    meanwhile = len(load.ledger.ends.keys() - set(phones.lost(market)))
    drained_s = phones.seconds_until_told(timeout_s=30)
    p99 = percentile(load.latencies, 99)
    say(f"redis {mode} {AWAY_S:.0f} s: {load.summary()}; {meanwhile} told meanwhile, the rest in {drained_s:.1f} s")
    assert load.refusals == {}
    assert meanwhile > 0
    assert phones.lost(market) == []
    if LONG:
        assert p99 <= 0.3
        assert meanwhile >= 0.7 * load.counts["place"]


def test_a_caller_who_waits_for_redis_is_found(market: Market) -> None:
    with market.fleet.planted("web", "waits_for_redis"):
        load = load_while(market, HUNG, 1.0, "faulty")
    assert load.refusals["nobody"] > 0
