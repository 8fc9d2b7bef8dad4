"""A new version of a flow is deployed over open conversations: an old and a new web process, and phones that hop between them.

Shown red by an old process that serves what a newer one pinned (`Run` without its check): it confirms the order and drops the
answer that only version 2 asks for.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.fire.conftest import LONG
from tests.fire.drill import Writer, writers
from tests.fire.house import FIXTURE
from tests.fire.standing import environment, flask, own_database, standing
from tests.wechat_stub import running_stub
from workflows.flows import order_confirmation

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]
OLD, NEW = 0, 1
NEW_STEP = "packaging"  # what only the next release asks (`next_release.py`)
VERSION = order_confirmation.FLOW.version
HOPS = 120 if LONG else 12


@dataclass
class Rolling:
    """A house in the middle of a deployment, and a supplier's person in it."""

    writer: Writer
    is_ended: bool
    refs: dict[str, str] = field(default_factory=dict)

    def place(self) -> str:
        """A new order; its task."""
        ref = f"ROLL-{len(self.refs):04}"
        self.writer.place(ref)
        task = next(str(one["id"]) for one in self.inbox(OLD)["tasks"] if one["subject"]["ref"] == ref)
        self.refs[task] = ref
        return task

    def inbox(self, at: int, query: str = "") -> dict[str, Any]:
        """What the phone shows, by one of the processes."""
        answer = self.call("GET", f"inbox{query}", at)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def call(self, method: str, path: str, at: int, **options: Any) -> requests.Response:
        """Call the phone door of one of the processes."""
        return self.writer.house.call(method, f"phone/{path}", self.writer.token, at, **options)

    def begin(self, task: str, at: int, template: str | None = None) -> dict[str, Any]:
        """Open a task's conversation."""
        body = {"id": f"cnv_{task}", "task": task, **({"template": template} if template else {})}
        answer = self.call("POST", "conversations", at, json=body)
        assert answer.status_code in {200, 201}, answer.text
        turn: dict[str, Any] = answer.json()
        return turn

    def answer(self, turn: dict[str, Any], step: str, value: Any, at: int) -> requests.Response:
        """Answer one step; the same step of the same conversation under the same id."""
        given = {"id": f"ans_{step}_{turn['id']}", "step": step, "value": value}
        body = {"revision": turn["revision"], "answers": [given]}
        return self.call("POST", f"conversations/{turn['id']}/answers", at, json=body)

    def load(self, turn: dict[str, Any], at: int) -> dict[str, Any]:
        """The whole turn as it stands."""
        answer = self.call("GET", f"conversations/{turn['id']}", at)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def state(self, task: str) -> str:
        """How a task's order stands for the brand."""
        house = self.writer.house
        return str(house.call("GET", f"brand/purchase-orders/{self.refs[task]}", self.writer.key).json()["state"])


@pytest.fixture(scope="module", params=["1", "2"], ids=["version 1 is still served", "version 1 ends"])
def rolling(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    """An old and a new web process on one database; the new release serves version 1 on, or ends it."""
    folder = tmp_path_factory.mktemp("rolling")
    served_from = VERSION if request.param == "1" else VERSION + 1
    with ExitStack() as stack:
        stub = stack.enter_context(running_stub(FIXTURE))
        url = stack.enter_context(own_database(folder))
        environ = {**environment(url, "redis://127.0.0.1:1/0", stub, folder), "NEXT_SERVED_FROM": str(served_from)}
        flask(environ, "db", "upgrade")
        house = stack.enter_context(standing(environ, ["wsgi:app", "tests.fire.next_release:app"], roles=()))
        yield Rolling(writers(house, stub, 1)[0], is_ended=served_from > VERSION)


def steps_of(turn: dict[str, Any]) -> list[str]:
    return [step["step"] for step in turn["steps"]]


def assert_asks_to_come_back(answer: requests.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "newer_release"), answer.text
    assert answer.headers["Retry-After"] == "1"
    assert "nothing is lost" in answer.json()["detail"]


def test_a_conversation_begun_before_finishes_on_its_own_steps_wherever_it_lands(rolling: Rolling) -> None:
    if rolling.is_ended:
        pytest.skip("version 1 ends with this release")
    task = rolling.place()
    begun = rolling.begin(task, OLD)
    assert NEW_STEP not in steps_of(begun)
    assert rolling.load(begun, NEW)["steps"] == begun["steps"]
    asked = rolling.answer(begun, "decision", "accept", NEW).json()
    assert rolling.load(begun, OLD)["ask"]["step"] == asked["ask"]["step"] == "send"
    assert rolling.answer(asked, "send", True, NEW).json()["state"] == "done"
    assert rolling.state(task) == "confirmed"


def test_a_conversation_begun_on_the_new_release_is_kept_for_it_and_nothing_is_lost(rolling: Rolling) -> None:
    task = rolling.place()
    turn = rolling.begin(task, NEW)
    assert NEW_STEP in steps_of(turn)
    assert_asks_to_come_back(rolling.call("GET", f"conversations/{turn['id']}", OLD))
    assert_asks_to_come_back(rolling.call("POST", "conversations", OLD, json={"id": turn["id"], "task": task}))
    assert_asks_to_come_back(rolling.call("DELETE", f"conversations/{turn['id']}?revision=0", OLD))
    for step, value in (("decision", "accept"), (NEW_STEP, "box"), ("send", True)):
        assert_asks_to_come_back(rolling.answer(turn, step, value, OLD))
        turn = rolling.answer(turn, step, value, NEW).json()
        assert turn["rejection"] is None
    assert turn["state"] == "done"
    assert "Packed: box" in turn["messages"][-1]["text"]
    assert rolling.state(task) == "confirmed"


def test_an_old_process_still_shows_the_inbox_and_the_history(rolling: Rolling) -> None:
    task = rolling.place()
    turn = rolling.begin(task, NEW)
    assert task in [one["id"] for one in rolling.inbox(OLD, "?with=steps")["tasks"]]
    for step, value in (("decision", "accept"), (NEW_STEP, "box"), ("send", True)):
        turn = rolling.answer(turn, step, value, NEW).json()
    shown = rolling.call("GET", "history", OLD)
    assert (shown.status_code, rolling.refs[task] in shown.text) == (200, True)


def test_what_a_phone_took_along_from_the_old_release_is_honoured_by_the_new_one(rolling: Rolling) -> None:
    task = rolling.place()
    waiting = rolling.inbox(OLD, "?with=steps")["tasks"]
    template = next(one["template"]["id"] for one in waiting if one["id"] == task)
    turn = rolling.begin(task, NEW, template)
    if rolling.is_ended:
        assert (turn["state"], turn["superseded_by"] is not None) == ("superseded", True)
        return
    assert NEW_STEP not in steps_of(turn)
    turn = rolling.answer(turn, "decision", "accept", NEW).json()
    assert rolling.answer(turn, "send", True, OLD).json()["state"] == "done"
    assert rolling.state(task) == "confirmed"


def test_what_a_phone_took_along_from_the_new_release_waits_for_it(rolling: Rolling) -> None:
    task = rolling.place()
    waiting = rolling.inbox(NEW, "?with=steps")["tasks"]
    template = next(one["template"]["id"] for one in waiting if one["id"] == task)
    body = {"id": f"cnv_{task}", "task": task, "template": template}
    assert_asks_to_come_back(rolling.call("POST", "conversations", OLD, json=body))
    assert NEW_STEP in steps_of(rolling.begin(task, NEW, template))


def test_where_the_old_version_ends_its_answers_go_on_in_the_new_one(rolling: Rolling) -> None:
    if not rolling.is_ended:
        pytest.skip("version 1 is still served")
    task = rolling.place()
    begun = rolling.begin(task, OLD)
    asked = rolling.answer(begun, "decision", "accept", OLD).json()
    late = rolling.answer(asked, "send", True, NEW)
    assert late.status_code == 409
    ended = rolling.load(begun, OLD)
    assert (ended["state"], ended["superseded_by"]) == ("superseded", late.json()["turn"]["superseded_by"])
    follower = {"id": ended["superseded_by"]}
    assert_asks_to_come_back(rolling.call("GET", f"conversations/{follower['id']}", OLD))
    turn = rolling.load(follower, NEW)
    assert turn["answers"]["decision"]["value"] == "accept"
    assert turn["ask"]["step"] == NEW_STEP
    turn = rolling.answer(turn, NEW_STEP, "pallet", NEW).json()
    assert rolling.answer(turn, "send", True, NEW).json()["state"] == "done"
    assert rolling.state(task) == "confirmed"


def test_many_phones_hop_between_old_and_new_and_every_order_is_confirmed_once(rolling: Rolling) -> None:
    tasks = [rolling.place() for _ in range(HOPS)]
    with ThreadPoolExecutor(4) as pool:
        steps = list(pool.map(lambda task: hop(rolling, task), tasks))
    assert {rolling.state(task) for task in tasks} == {"confirmed"}
    assert any(NEW_STEP in one for one in steps)
    house = rolling.writer.house
    items = house.call("GET", "brand/events?after=0&limit=1000", rolling.writer.key).json()["items"]
    confirmed = [item["subject"]["ref"] for item in items if item["type"] == "order.confirmed"]
    assert [confirmed.count(rolling.refs[task]) for task in tasks] == [1] * HOPS


def hop(rolling: Rolling, task: str) -> list[str]:
    """Answer a task as a phone does, each request on whichever process it meets; what was asked, in order."""
    chance = random.Random(task)  # noqa: S311 - which process is met is no secret
    values = {"decision": "accept", NEW_STEP: "box", "send": True}
    turn = sent(rolling, chance, "POST", "conversations", {"id": f"cnv_{task}", "task": task})
    asked = []
    while turn["state"] != "done":
        if turn["superseded_by"]:
            turn = sent(rolling, chance, "GET", f"conversations/{turn['superseded_by']}", None)
            continue
        step = turn["ask"]["step"]
        given = {"id": f"ans_{step}_{turn['id']}", "step": step, "value": values[step]}
        body = {"revision": turn["revision"], "answers": [given]}
        turn = sent(rolling, chance, "POST", f"conversations/{turn['id']}/answers", body)
        asked.append(step)
    return asked


def sent(rolling: Rolling, chance: random.Random, method: str, path: str, body: Any) -> dict[str, Any]:
    """One request, again where a process asks for it; a conflict brings the turn that stands."""
    for _ in range(50):
        answer = rolling.call(method, path, chance.choice((OLD, NEW)), json=body)
        if answer.status_code == 503:
            assert_asks_to_come_back(answer)
            continue
        assert answer.status_code in {200, 201, 409}, answer.text
        found: dict[str, Any] = answer.json()
        return found.get("turn", found) if answer.status_code == 409 else found
    raise AssertionError("no process serves it")
