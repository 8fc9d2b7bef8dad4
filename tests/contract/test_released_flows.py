"""Steps of every released version of a flow, replayed through today's code: no deployment breaks an open conversation.

`flows/<key>@<version>.json` holds the pinned steps of the trade that `tests/trade.py` makes, and a full answer script. A released
file never changes; a flow whose step keys, kinds or constraints change gets a higher version and a file of its own:
`RELEASE=1 pytest tests/contract/test_released_flows.py` writes the file of a version that has none yet.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import clock, database
from tests import make
from tests.chat import Chat
from tests.claims import Campaign
from tests.promotions import Field, open_tasks, signed
from tests.proving import FACTS, HERE, Proving
from tests.trade import Trade
from workflows.domain.access import Actor
from workflows.domain.capacity.records import CapacityRequest, SupplierLoad
from workflows.domain.capacity.requesting import put_request
from workflows.domain.claims.deciding import after_check
from workflows.domain.claims.records import CHECKING, Claim
from workflows.domain.purchasing import orders
from workflows.domain.tasks import Task
from workflows.engine import conversations, starting
from workflows.engine.records import Conversation
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
from workflows.engine.turn import Turn
from workflows.flows import all_flows

FOLDER = Path(__file__).parent / "flows"
RELEASED = sorted(path.stem for path in FOLDER.glob("*@*.json"))
DAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def trade(db: None) -> Iterator[Trade]:  # noqa: ARG001 - the database it lives in
    """The trade whose steps were pinned."""
    use_flows(all_flows())
    with clock.frozen(DAY):
        yield Trade()


@dataclass(frozen=True)
class Scene:
    """Who answers a flow in these tests, about what, with which answers, and what becomes of it.

    Without a task its actor starts it; `ended` says what became of what it is about, where that is not the order. `arrives`
    receives the photos that the script names.
    """

    actor: Actor
    task: str
    script: list[dict[str, Any]]
    ends: str
    subject: str = ""
    ended: Callable[[], str] | None = None
    arrives: Callable[[Turn], None] | None = None

    def begun(self, key: str) -> Turn:
        """The conversation: of the task, or started by oneself where there is none."""
        if self.task:
            turn = conversations.begin(self.actor, self.task).turn
        else:
            turn = starting.start(self.actor, key, self.subject).turn
        if self.arrives:
            self.arrives(turn)
        return turn


def confirming(trade: Trade) -> Scene:
    """A supplier's owner is asked about a new order."""
    task = trade.place("PO-1")
    return Scene(trade.owner, task.public_id, [_said("decision", "accept"), _said("send", True)], "confirmed")


def deciding(trade: Trade) -> Scene:
    """A buyer is asked about a line that comes later, one that is short and split, and one that is rejected."""
    change = {
        "10": {"date": "2026-12-25", "reason": "capacity"},
        "20": {"quantity": "40", "quantity_2": "30", "date_2": "2026-12-28", "reason": "material"},
        "30": {"decision": "reject", "reason": "price"},
    }
    Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(change).reply(True)
    task = Task.get(Task.flow == "order-change-approval")
    said = {"10": {"decision": "decline"}, "20": {"decision": "counter", "quantity": "80"}}
    script = [_said("decision", "lines"), _said("lines", said), _said("word", "Please"), _said("send", True)]
    return Scene(make.actor_for(trade.buyer, trade.brand), task.public_id, script, "placed")


def reporting(trade: Trade) -> Scene:
    """A supplier's owner has confirmed an order, one line in two deliveries, and reports on it."""
    trade.rule(late_days=10)
    change = {"20": {"quantity": "60", "quantity_2": "40", "date_2": "2026-12-28", "reason": "material"}}
    Chat(trade.owner, trade.place("PO-1").public_id).reply("change").reply(change).reply(True)
    said = {"10": {"quantity": "50", "reason": "other"}, "30": {"decision": "reject", "reason": "material"}}
    script = [_said("lines", said), _said("reason_text", "A fire"), _said("send", True)]
    return Scene(trade.owner, "", script, "change_proposed", orders.order_by_ref(trade.system, "PO-1").public_id)


def planning(trade: Trade) -> Scene:
    """A supplier is asked for two months of two products, and has reported one of them before."""
    reported = _asked(trade, "CAP-0", ["A"])
    Chat(trade.owner, reported).reply({"sku_A": {"m2026_12": "500"}}).reply("green_5")
    task = _asked(trade, "CAP-1", ["A", "B"])
    script = [_said("plan", {"sku_B": {"m2026_12": "12.5", "m2027_01": "0"}}), _said("load", "amber_10")]
    return Scene(trade.owner, task, script, "reported", ended=lambda: CapacityRequest.get(ref="CAP-1").state)


def _asked(trade: Trade, ref: str, skus: list[str]) -> str:
    body = {"supplier": "S1", "items": skus, "first_month": "2026-12", "months": 2, "due_date": "2026-11-30"}
    put_request(trade.system, ref, body)
    task: Task = Task.get(Task.subject_ref == ref)
    return task.public_id


def saying_how_busy(trade: Trade) -> Scene:
    """A supplier says how busy it is."""
    return Scene(trade.owner, "", [_said("load", "red_30")], "red", ended=lambda: SupplierLoad.get().colour)


def signing(_trade: Trade) -> Scene:
    """A distributor's owner joins with one of two stores, and signs."""
    field = Field()
    field.publish()
    script = [_said("decision", "join"), _said("stores", ["T2"]), _said("signature", "pho_signed")]
    (task,) = open_tasks()
    return Scene(
        field.owner,
        task.public_id,
        script,
        "joined",
        ended=lambda: field.participation().state,
        arrives=lambda turn: signed(field, turn, public_id="pho_signed") and None,
    )


def proving(_trade: Trade) -> Scene:
    """A field person proves two shots, one from the album, and answers the brand's own questions."""
    poster = {"key": "poster", "text": {"en": "The poster", "zh": "海报"}, "min": 1, "max": 1}
    shelf = {"key": "shelf", "text": {"en": "The shelf", "zh": "货架"}, "min": 2, "max": 3, "min_pixels": 800_000}
    shots = [{**shelf, "album": False, "example": None}, {**poster, "album": True, "example": "img_1"}]
    world = Proving(shots=shots, facts=FACTS)

    def arrives(turn: Turn) -> None:
        for number, shot in enumerate(("shelf", "shelf", "poster"), start=1):
            world.photos(turn, shot, 1, public_id=f"pho_{number}")

    script = [
        _said("place_consent", "allow"),
        _said("place", HERE),
        _said("shot_shelf", ["pho_1", "pho_2"]),
        _said("shot_poster", ["pho_3"]),
        _said("fact_units", "12"),
        _said("fact_rival", "yes"),
        _said("fact_rival_name", "Hengrui"),
        _said("send", True),
    ]
    return Scene(
        world.field, world.task.public_id, script, "checking", ended=lambda: world.asked.state, arrives=arrives
    )


def reviewing(_trade: Trade) -> Scene:
    """A brand's reviewer is asked about a proof of two shots that was drawn for a person."""
    campaign = Campaign()
    claim = campaign.sent(is_audited=True)
    claim.state = CHECKING
    with database.transaction():
        after_check(claim)
    (task,) = campaign.tasks_about(claim)
    said = {"code_visible": "no", "decision": "redo", "redo": ["poster"], "redo_text": "Closer, please", "send": True}
    script = [_said(step, value) for step, value in said.items()]
    return Scene(campaign.reviewer, task.public_id, script, "redo", ended=lambda: Claim.get_by_id(claim.id).state)


SCENES: dict[str, Callable[[Trade], Scene]] = {
    "order-confirmation": confirming,
    "order-change-approval": deciding,
    "order-change-report": reporting,
    "capacity-report": planning,
    "load-update": saying_how_busy,
    "proof-review": reviewing,
    "promotion-proof": proving,
    "promotion-acknowledgement": signing,
}


def _said(step: str, value: Any) -> dict[str, Any]:
    return {"step": step, "value": value}


def pinned_now(trade: Trade, key: str) -> list[dict[str, Any]]:
    """The steps that today's code pins for a new conversation."""
    begun = SCENES[key](trade).begun(key)
    return [dict(step.to_json()) for step in begun.steps or ()]


def read(name: str) -> dict[str, Any]:
    """A released version: its steps and its script."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def shape(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps without the words people read, which may get better at any time."""
    return [{key: _shape(part) for key, part in step.items() if key not in {"text", "offline_text"}} for step in steps]


def _shape(part: Any) -> Any:
    if isinstance(part, dict):
        return {} if set(part) == {"en", "zh"} else {key: _inner(key, inner) for key, inner in part.items()}
    return [_shape(inner) for inner in part] if isinstance(part, list) else part


def _inner(key: str, part: Any) -> Any:
    return (
        _outline(part) if key == "proof" else _shape(part)
    )  # a proof shows ids and names: of them the keys are promised


def _outline(part: Any) -> Any:
    if isinstance(part, dict):
        return {} if set(part) == {"en", "zh"} else {key: _outline(inner) for key, inner in part.items()}
    return [_outline(inner) for inner in part] if isinstance(part, list) else None


@pytest.mark.parametrize("name", RELEASED)
def test_a_version_still_asks_what_it_was_released_with(trade: Trade, name: str) -> None:
    """Shown red by an option renamed without a new version."""
    key, version = name.split("@")
    if all_flows()[key].version == int(version):
        assert shape(pinned_now(trade, key)) == shape(read(name)["steps"])


@pytest.mark.parametrize("name", RELEASED)
def test_an_open_conversation_of_any_released_version_is_finished_by_todays_code(trade: Trade, name: str) -> None:
    released = read(name)
    key = name.partition("@")[0]
    scene = SCENES[key](trade)
    turn = scene.begun(key)
    Conversation.update(steps=released["steps"], flow_version=int(name.split("@")[1])).where(
        Conversation.public_id == turn.id
    ).execute()

    for number, answer in enumerate(released["script"]):
        turn = conversations.answer(scene.actor, turn.id, number, [Given(f"released_{number}", **answer)])
        assert turn.rejection is None

    assert turn.state == "done"
    assert (scene.ended() if scene.ended else trade.order("PO-1")["state"]) == released["ends"]


def _write(trade: Trade, path: Path) -> None:
    key = path.stem.partition("@")[0]
    scene = SCENES[key](trade)
    steps = scene.begun(key).steps or ()
    found = {"steps": [step.to_json() for step in steps], "script": scene.script, "ends": scene.ends}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@pytest.mark.parametrize("key", sorted(all_flows()))
def test_every_flow_has_the_file_of_its_version(trade: Trade, key: str) -> None:
    path = FOLDER / f"{key}@{all_flows()[key].version}.json"
    if os.environ.get("RELEASE") and not path.exists():
        _write(trade, path)
    assert path.exists()
