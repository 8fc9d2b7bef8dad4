"""The restore drill: people and systems who write and note what was acknowledged, and what must be found after a restore."""

import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.fire.standing import House
from tests.fire.worlds import APP, TEMPLATES
from tests.wechat_stub import RunningStub

CONSENTS = 40


@dataclass(frozen=True)
class Ack:
    """A write that was acknowledged: what, and when its answer had arrived."""

    kind: str
    ref: str
    at: float


@dataclass
class Writer:
    """A brand's system that orders from one supplier, and the supplier's person who accepts at once."""

    house: House
    key: str
    supplier: str
    token: str
    acks: list[Ack] = field(default_factory=list)

    def write_until(self, stop: threading.Event) -> None:
        """Place and accept order after order."""
        number = 0
        while not stop.is_set():
            number += 1
            ref = f"{self.supplier}-{number:05}"
            self.place(ref)
            self.accept(ref)

    def place(self, ref: str) -> None:
        """Order, and note the acknowledgement."""
        answer = self.house.call("PUT", f"brand/purchase-orders/{ref}", self.key, json=_order(self.supplier))
        assert answer.status_code == 201, answer.text
        self.acks.append(Ack("placed", ref, time.time()))

    def accept(self, ref: str) -> None:
        """Accept on the phone, and note the acknowledgement."""
        tasks = self.house.call("GET", "phone/inbox", self.token).json()["tasks"]
        task = next(one["id"] for one in tasks if one["subject"]["ref"] == ref)
        begun = {"id": f"cnv_{task}", "task": task}
        turn = self.house.call("POST", "phone/conversations", self.token, json=begun).json()
        answers = [
            {"id": f"ans_1_{task}", "step": "decision", "value": "accept"},
            {"id": f"ans_2_{task}", "step": "send", "value": True},
        ]
        path = f"phone/conversations/{turn['id']}/answers"
        done = self.house.call("POST", path, self.token, json={"revision": 0, "answers": answers})
        assert done.json().get("state") == "done", done.text
        self.acks.append(Ack("confirmed", ref, time.time()))

    def allow_messages(self, stub: RunningStub, number: int) -> None:
        """Say yes once more to WeChat's question, and report it to the house."""
        answers = {TEMPLATES["task"]: "accept", TEMPLATES["result"]: "accept"}
        stub.subscribe(APP, f"of-{self.supplier}", answers)
        report = {"id": f"cst_{number:026}", "app": APP, "answers": answers}
        assert self.house.call("POST", "phone/consents", self.token, json=report).status_code == 200


def _order(supplier: str) -> dict[str, Any]:
    due = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    line = {"line": 10, "sku": "BOX", "quantity": "5", "price": "2", "due_date": due}
    return {"supplier": supplier, "currency": "CNY", "lines": [line]}


def writers(house: House, stub: RunningStub, count: int) -> list[Writer]:
    """A brand with so many suppliers, each with a person whose phone is signed in and lets messages come."""
    house.flask("brand", "create", "acme", "--name", "Acme")
    key = house.flask("brand", "key", "acme")
    house.call("PUT", "brand/products/BOX", key, json={"name": "Box", "unit": "pcs", "tracked_by": "none"})
    return [_writer(house, stub, key, f"S{number}") for number in range(count)]


def _writer(house: House, stub: RunningStub, key: str, supplier: str) -> Writer:
    house.call("PUT", f"brand/partners/{supplier}", key, json={"kind": "supplier", "name": f"{supplier} 供应商"})
    member = {"name": supplier, "language": "zh", "memberships": [{"partner": supplier, "role": "owner"}]}
    house.call("PUT", f"brand/people/P-{supplier}", key, json=member)
    asked = {"Idempotency-Key": f"invite-{supplier}"}
    invited = house.call("POST", f"brand/people/P-{supplier}/invitations", key, headers=asked).json()
    body = {
        "via": "wechat",
        "app": APP,
        "code": stub.login(APP, f"of-{supplier}"),
        "device": f"dev_{supplier}",
        "invitation": invited["link"].rsplit("/", 1)[1],
    }
    session = house.call("POST", "phone/sessions", "", json=body)
    assert session.status_code == 201, session.text
    token = str(session.json()["token"])
    writer = Writer(house, key, supplier, token)
    for number in range(CONSENTS):
        writer.allow_messages(stub, number)
    return writer


class Writing:
    """All writers at work in threads, until the end of the `with`."""

    def __init__(self, crew: Sequence[Writer]) -> None:
        self._crew = crew
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, args=(one,)) for one in crew]

    def __enter__(self) -> "Writing":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not self._failures, self._failures

    def _work(self, one: Writer) -> None:
        try:
            one.write_until(self._stop)
        except BaseException as error:  # said by the main thread
            self._failures.append(error)

    def acks(self) -> list[Ack]:
        """What was acknowledged so far."""
        return [ack for one in self._crew for ack in list(one.acks)]

    def wait_for(self, more: int) -> None:
        """Go on once so many further writes were acknowledged."""
        enough, deadline = len(self.acks()) + more, time.monotonic() + 60
        while len(self.acks()) < enough:
            assert not self._failures, self._failures
            assert time.monotonic() < deadline, "the writers stand still"
            time.sleep(0.01)


@dataclass(frozen=True)
class Found:
    """What a database at rest holds of the drill: orders by state, events in order, tasks and notices by what they are about; and
    the outbox rows that wait to leave."""

    states: dict[str, str]
    events: list[tuple[int, str, str]]
    tasks: dict[str, str]
    notices: dict[str, str]
    waiting: set[str]

    @classmethod
    def at(cls, url: str) -> "Found":
        """Read, by the database's own means."""
        return cls(
            dict(_rows(url, "SELECT ref, state FROM purchase_order")),
            list(_rows(url, "SELECT seq, type, subject_ref FROM event WHERE type <> 'feed.restored' ORDER BY seq")),
            dict(_rows(url, "SELECT subject_ref, public_id FROM task")),
            dict(_rows(url, "SELECT about, state FROM outbox_row WHERE queue = 'notices' AND kind = 'task'")),
            {
                row
                for (row,) in _rows(url, "SELECT public_id FROM outbox_row WHERE queue = 'notices' AND state = 'due'")
            },
        )


def _rows(url: str, query: str) -> Iterator[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            yield from connection.execute(query).fetchall()
        return
    with psycopg.connect(url) as server:
        yield from server.execute(query).fetchall()


def missing(found: Found, acks: Sequence[Ack], moment: float) -> list[Ack]:
    """The writes acknowledged before a moment that a database does not hold."""
    held = set(found.states)
    confirmed = {ref for ref, state in found.states.items() if state == "confirmed"}
    of_kind = {"placed": held, "confirmed": confirmed}
    return [ack for ack in acks if ack.at < moment and ack.ref not in of_kind[ack.kind]]


def contradictions(found: Found, acks: Sequence[Ack]) -> list[str]:
    """Where the business rows, the events, the tasks and the notices of a database tell different stories."""
    kinds = Counter((kind, ref) for _, kind, ref in found.events)
    said = [f"{ref} {state}" for ref, state in found.states.items() if not _agrees(kinds, ref, state)]
    said += [f"an event about {ref}, which is not there" for ref in _orders_of(kinds) - set(found.states)]
    said += [f"no task or notice of {ref}" for ref in found.states if found.tasks.get(ref) not in found.notices]
    numbers = [seq for seq, _, _ in found.events]
    said += [] if numbers == list(range(1, len(numbers) + 1)) else ["the feed has a gap"]
    return said + list(_gaps(found, acks))


def _agrees(kinds: Counter[tuple[str, str]], ref: str, state: str) -> bool:
    return kinds["order.placed", ref] == 1 and kinds["order.confirmed", ref] == (1 if state == "confirmed" else 0)


def _orders_of(kinds: Counter[tuple[str, str]]) -> set[str]:
    return {ref for kind, ref in kinds if kind.startswith("order.")}


def _gaps(found: Found, acks: Sequence[Ack]) -> Iterator[str]:
    """Each writer wrote one after another: what is held must be the first of what it wrote, with at most one unfinished."""
    by_writer: dict[str, list[Ack]] = {}
    for ack in acks:
        by_writer.setdefault(ack.ref.split("-")[0], []).append(ack)
    for writer, own in by_writer.items():
        held = [not missing(found, [ack], ack.at + 1) for ack in own]
        if held != sorted(held, reverse=True):
            yield f"{writer} has later writes without earlier ones"


def in_doubt(said: str) -> set[str]:
    """The outbox rows that a restore names as perhaps sent before."""
    return set(re.findall(r"\bobx_\w+", said))
