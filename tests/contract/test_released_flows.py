"""Steps of every released version of a flow, replayed through today's code: no deployment breaks an open conversation.

`flows/<key>@<version>.json` holds the pinned steps of the trade that `tests/trade.py` makes, and a full answer script. A released
file never changes; a flow whose step keys, kinds or constraints change gets a higher version and a file of its own:
`RELEASE=1 pytest tests/contract/test_released_flows.py` writes the file of a version that has none yet.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import clock
from tests.trade import Trade
from workflows.domain.purchasing import orders
from workflows.engine import conversations
from workflows.engine.records import Conversation
from workflows.engine.registry import use_flows
from workflows.engine.run import Given
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


def pinned_now(trade: Trade, key: str) -> list[dict[str, Any]]:
    """The steps that today's code pins for a new order."""
    trade.place("PO-1")
    order = orders.load(trade.owner, orders.order_by_ref(trade.system, "PO-1").public_id)
    return [dict(step.to_json()) for step in all_flows()[key].steps(order)]


def read(name: str) -> dict[str, Any]:
    """A released version: its steps and its script."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def shape(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps without the words people read, which may get better at any time."""
    return [{key: _shape(part) for key, part in step.items() if key not in {"text", "offline_text"}} for step in steps]


def _shape(part: Any) -> Any:
    if isinstance(part, dict):
        return {} if set(part) == {"en", "zh"} else {key: _shape(inner) for key, inner in part.items()}
    return [_shape(inner) for inner in part] if isinstance(part, list) else part


@pytest.mark.parametrize("name", RELEASED)
def test_a_version_still_asks_what_it_was_released_with(trade: Trade, name: str) -> None:
    """Shown red by an option renamed without a new version."""
    key, version = name.split("@")
    if all_flows()[key].version == int(version):
        assert shape(pinned_now(trade, key)) == shape(read(name)["steps"])


@pytest.mark.parametrize("name", RELEASED)
def test_an_open_conversation_of_any_released_version_is_finished_by_todays_code(trade: Trade, name: str) -> None:
    released = read(name)
    task = trade.place("PO-1")
    turn = conversations.begin(trade.owner, task.public_id).turn
    Conversation.update(steps=released["steps"], flow_version=int(name.split("@")[1])).execute()

    for number, answer in enumerate(released["script"]):
        turn = conversations.answer(trade.owner, turn.id, number, [Given(f"ans_{number}", **answer)])
        assert turn.rejection is None

    assert turn.state == "done"
    assert trade.order("PO-1")["state"] == released["ends"]


def _write_missing(trade: Trade) -> None:
    script = [{"step": "decision", "value": "accept"}, {"step": "send", "value": True}]
    for key, flow in all_flows().items():
        path = FOLDER / f"{key}@{flow.version}.json"
        if not path.exists():
            found = {"steps": pinned_now(trade, key), "script": script, "ends": "confirmed"}
            path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def test_every_flow_has_the_file_of_its_version(trade: Trade) -> None:
    if os.environ.get("RELEASE"):
        _write_missing(trade)
    released = {path.stem for path in FOLDER.glob("*@*.json")}
    assert {f"{flow.key}@{flow.version}" for flow in all_flows().values()} <= released
