"""Slow phones: 40 uploads at 20 kB/s, 20 phones whose headers drip byte by byte, 60 lines that stay open and say nothing.

Everybody else is answered as if they were not there, and so are they in the end. At waitress, as the embedded stack runs it,
and at gunicorn behind nginx, as in production. Short form on SQLite, 5 s; LONG=1: 20 s, on both stores, with p95. Half of
the uploads are photos with their receipts, half orders in a long body.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import make, photos
from tests.fire.conftest import LONG, say, short_on
from tests.fire.fleet import Plan, running_fleet
from tests.fire.load import Load, percentile
from tests.fire.market import Market
from tests.fire.nginx import NGINX
from tests.fire.slow import SlowPhones, head_of
from workflows.domain.organisations import Organisation
from workflows.domain.people import Person

SECONDS = 20.0 if LONG else 5.0
UPLOADS, DRIPS, OPEN_LINES, BYTES_PER_SECOND = 40, 20, 60, 20_000
PATIENCE_S = 3.0
P95_S = 0.3
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt install nginx-light")
pytestmark = [pytest.mark.timeout(240), short_on("sqlite")]


@contextmanager
def slow_phones(market: Market, name: str, seconds: float, patience_s: float) -> Iterator[SlowPhones]:
    """They are on the line for as long as the block lasts, and then until they are answered."""
    slow = SlowPhones(market.fleet.urls[0], seconds, patience_s)
    with slow.open_lines(OPEN_LINES), ThreadPoolExecutor(UPLOADS + DRIPS) as pool:
        for number in range(UPLOADS):
            upload = _photo if number % 2 else _order
            pool.submit(slow.upload, *upload(market, f"{name}-{number}", number, int(BYTES_PER_SECOND * seconds)))
        for number in range(DRIPS):
            token = market.stalls[number % len(market.stalls)].token
            pool.submit(slow.drip, head_of("GET", "/api/v1/phone/inbox", token))
        yield slow


def _order(market: Market, name: str, number: int, length: int) -> tuple[bytes, bytes]:
    stall = market.stalls[number % len(market.stalls)]
    body = json.dumps(market.order(stall)).encode().ljust(length)
    return head_of("PUT", f"/api/v1/brand/purchase-orders/PO-{name}", market.key, len(body)), body


def _photo(market: Market, _name: str, number: int, length: int) -> tuple[bytes, bytes]:
    stall = market.stalls[number % len(market.stalls)]
    who = Person.get(Person.public_id == stall.person)
    at = Organisation.get(Organisation.brand == market.brand.id, Organisation.ref == stall.ref)
    picture = photos.picture(length)
    fields = photos.form(photos.conversation(make.actor_for(who, at)).public_id, picture)
    body, kind = photos.multipart(fields, picture)
    path = f"/api/v1/phone/photos/{photos.photo_id()}"
    return head_of("PUT", path, stall.token, len(body), kind), body


def others_meanwhile(market: Market, name: str, seconds: float, patience_s: float = 30.0) -> tuple[Load, SlowPhones]:
    """What everybody else is answered while the slow ones are on the line."""
    load = Load(market, name, patience_s=PATIENCE_S)
    with slow_phones(market, f"slow-{name}", seconds, patience_s) as slow:
        load.run(seconds * 0.8, {"inbox": 30, "orders": 5, "place": 5}, callers=12)
    return load, slow


@pytest.mark.parametrize("server", ["waitress", pytest.param("nginx", marks=needs_nginx)])
def test_nobody_waits_for_a_slow_phone(processes_url: str, tmp_path: Path, server: str) -> None:
    with running_fleet(processes_url, tmp_path, Plan(workers=0, clocks=0, server=server)) as fleet:
        load, slow = others_meanwhile(Market(fleet), server, SECONDS)
    say(f"slow phones at {server}: {load.summary()}; they themselves {dict(slow.said)}")
    assert load.refusals == {}
    assert slow.said == {"upload 201": UPLOADS, "drip 200": DRIPS}
    if LONG:
        assert percentile(load.latencies, 95) <= P95_S


def test_a_server_that_waits_for_each_phone_is_found(processes_url: str, tmp_path: Path) -> None:
    """gunicorn without the proxy before it: its 16 threads all wait for slow phones."""
    with running_fleet(processes_url, tmp_path, Plan(workers=0, clocks=0, server="gunicorn")) as fleet:
        load, _slow = others_meanwhile(Market(fleet), "bare", seconds=3.0, patience_s=1.0)
    assert load.refusals["nobody"] > 0
