"""A process of the house with a fault planted in it: `python -m tests.fire.faulty FAULT waitress|gunicorn|flask …`.

Each fault is one that a check of this folder must find. The rest of the process is as it always is.
"""

import io
import os
import runpy
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import redis

from api import app as composition
from api import idempotency
from config import database
from notifications import jobs, leases, redis_client, relay, wake
from notifications.leases import Outcome
from tests.fire.planting import plant
from workflows.domain import sessions
from workflows.domain.evidence import receiving

_patch = pytest.MonkeyPatch()


def answers_early() -> None:
    """An order is acknowledged before it is safe."""
    answer = composition.House.wsgi_app

    def early(house: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "PUT":
            return answer(house, environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        later = {**environ, "wsgi.input": io.BytesIO(body)}
        threading.Timer(0.1, lambda: list(answer(house, later, lambda *_: None))).start()
        start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    _patch.setattr(composition.House, "wsgi_app", early)


def settles_first() -> None:
    """A notice counts as sent before it is: a worker killed in between loses it."""
    run = jobs._Hand._run

    def settled(hand: Any, row: Any, work: Any) -> None:
        with database.connection():
            leases.settle([(row, Outcome("sent", "early"))])
        run(hand, row, work)

    _patch.setattr(jobs._Hand, "_run", settled)


def never_sweeps() -> None:
    """The clock looks at nothing: what no poke brought waits for ever."""
    plant(_patch, relay.sweep_once, lambda *_: None)


def waits_for_redis() -> None:
    """redis-py's own defaults, and a caller who waits for the poke."""
    plant(_patch, redis_client.connect, lambda url, _timeout_s=None: redis.Redis.from_url(url, socket_timeout=5))
    _patch.setattr(wake.Poker, "poke", lambda poker: wake.enqueue(poker._link))


def never_gives_up() -> None:
    """A notice that cannot be sent is tried for ever."""
    _patch.setattr(leases, "MOST_TRIES", 1_000_000)


def keeps_sessions() -> None:
    """A process remembers for a while whom it let in."""
    known: dict[str, Any] = {}
    ask = sessions.actor_of_session
    plant(_patch, ask, lambda token: known.get(token) or known.setdefault(token, ask(token)))


def forgets_calls() -> None:
    """No call is known to have been answered before."""
    plant(_patch, idempotency._find, lambda *_: None)


def stalls() -> None:
    """Every fiftieth request takes a second."""
    answer = composition.House.wsgi_app
    count = iter(range(1, 10**9))

    def slow(house: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if next(count) % 50 == 0:
            time.sleep(1)
        return answer(house, environ, start_response)

    _patch.setattr(composition.House, "wsgi_app", slow)


def keeps_photos_later() -> None:
    """A photo is acknowledged before its bytes are safe."""
    keep = receiving._keep

    def later(name: str, path: Path) -> None:
        aside = path.with_suffix(".aside")
        os.link(path, aside)
        threading.Timer(0.2, keep, (name, aside)).start()

    plant(_patch, keep, later)


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        answers_early,
        settles_first,
        never_sweeps,
        waits_for_redis,
        never_gives_up,
        keeps_sessions,
        forgets_calls,
        stalls,
        keeps_photos_later,
    )
}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__")
