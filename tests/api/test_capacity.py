"""Capacity at the doors: asked and read by the brand's system, started and reported on the phone."""

from typing import Any
from uuid import uuid4

import pytest

from api.phone.schemas import FlowsSchema, StartableSchema
from tests import make
from tests.api.conftest import Caller, World, token_of

BRAND, PHONE = "/api/v1/brand", "/api/v1/phone"
REQUEST = f"{BRAND}/capacity-requests/CAP-1"


def body(**changes: Any) -> dict[str, Any]:
    return {"supplier": "S-1", "items": ["BOX"], "months": 2, "due_date": "2099-01-10", **changes}


def asked(world: World) -> Caller:
    """The brand's system, which has asked for capacity."""
    system = world.system()
    assert system.put(REQUEST, body()).status_code == 201
    return system


def start(phone: Caller, **more: Any) -> Any:
    return phone.post(f"{PHONE}/conversations", {"id": uuid4().hex, **more})


def answer(phone: Caller, turn: dict[str, Any], **said: Any) -> Any:
    given = [{"id": uuid4().hex, "step": step, "value": value} for step, value in said.items()]
    return phone.post(f"{PHONE}/conversations/{turn['id']}/answers", {"revision": turn["revision"], "answers": given})


class TestRequests:
    def test_put_is_made_once_and_has_a_version(self, world: World) -> None:
        system = world.system()
        first, again = system.put(REQUEST, body()), system.put(REQUEST, body())
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json == again.json
        assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
        assert first.json["state"] == "open"  # type: ignore[index]
        stale = system.put(REQUEST, body(months=1), If_Match='"7"')
        assert (stale.status_code, stale.json["code"]) == (412, "stale_version")  # type: ignore[index]

    def test_every_fault_is_named_at_once(self, world: World) -> None:
        refused = world.system().put(REQUEST, body(supplier="X", items=["NO"], months=99, first_month="soon"))
        assert refused.status_code == 422
        pointers = {fault["pointer"] for fault in refused.json["errors"]}  # type: ignore[index]
        assert pointers == {"/supplier", "/items/0", "/months", "/first_month"}
        assert all(fault["detail"] for fault in refused.json["errors"])  # type: ignore[index]

    def test_withdrawn_twice_it_says_the_same(self, world: World) -> None:
        system = asked(world)
        first, again = system.delete(REQUEST), system.delete(REQUEST)
        assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
        assert system.put(REQUEST, body(months=1)).json["code"] == "capacity_request_withdrawn"  # type: ignore[index]

    def test_lists_are_narrowed(self, world: World) -> None:
        system = asked(world)
        for query, count in (("", 1), ("?state=open", 1), ("?state=reported", 0), ("?supplier=nobody", 0)):
            assert len(system.get(f"{BRAND}/capacity-requests{query}").json["items"]) == count  # type: ignore[index]

    @pytest.mark.parametrize("scope", ["capacity:read", "capacity:write"])
    def test_each_right_is_its_own(self, world: World, scope: str) -> None:
        asked(world)
        system = world.system(scope)
        read, written = system.get(REQUEST), system.put(REQUEST, body())
        expected = (200, 403) if scope == "capacity:read" else (403, 200)
        assert (read.status_code, written.status_code) == expected


class TestOnThePhone:
    def test_a_load_update_is_offered_with_its_steps_and_takes_one_answer(self, world: World) -> None:
        phone = world.phone()
        offered = phone.get(f"{PHONE}/flows").json
        assert FlowsSchema().validate(offered) == {}
        flow = next(one for one in offered["items"] if one["flow"] == "load-update")  # type: ignore[index]
        assert (flow["title"], flow["subject_kind"]) == ("更新生产负荷", None)
        turn = start(phone, flow="load-update", template=flow["template"]["id"])
        assert (turn.status_code, turn.json["subject"]["kind"]) == (201, "organisation")
        done = answer(phone, turn.json, load="red_30")
        assert (done.json["state"], done.json["messages"][-1]["text"]) == (
            "done",
            "负荷已记录：红灯：超负荷，积压约30天",
        )

    def test_the_same_id_again_is_the_same_conversation_and_a_colleagues_too(self, world: World) -> None:
        phone, name = world.phone(), uuid4().hex
        first = phone.post(f"{PHONE}/conversations", {"id": name, "flow": "load-update"})
        again = phone.post(f"{PHONE}/conversations", {"id": name, "flow": "load-update"})
        hers = start(world.phone(world.clerk), flow="load-update")
        assert [one.status_code for one in (first, again, hers)] == [201, 200, 200]
        assert {one.json["id"] for one in (first, again, hers)} == {name}

    def test_a_task_and_a_flow_at_once_are_refused(self, world: World) -> None:
        refused = start(world.phone(), flow="load-update", task="tsk_1")
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "task_or_flow")

    def test_what_it_may_be_started_on_is_listed_with_steps_when_asked(self, world: World) -> None:
        asked(world)
        phone = world.phone()
        address = f"{PHONE}/flows/capacity-report/subjects"
        plain, full = phone.get(address).json, phone.get(f"{address}?with=steps").json
        assert StartableSchema().validate(full["items"][0]) == {}  # type: ignore[index]
        assert "template" not in plain["items"][0]  # type: ignore[index]
        subject, template = full["items"][0]["subject"], full["items"][0]["template"]["id"]  # type: ignore[index]
        assert (subject["ref"], subject["card"]["facts"][0][0]) == ("CAP-1", "品牌方")
        turn = start(phone, flow="capacity-report", subject=subject["id"], template=template)
        assert turn.status_code == 201

    def test_another_brands_people_get_what_an_unknown_subject_gets(self, world: World) -> None:
        asked(world)
        subject = world.phone().get(f"{PHONE}/flows/capacity-report/subjects").json["items"][0]["subject"]["id"]  # type: ignore[index]
        other = make.supplier(make.brand(), "S-9")
        stranger = Caller(world.app.test_client(), token_of(make.person(other)))
        said = [start(stranger, flow="capacity-report", subject=one) for one in (subject, "cpr_unknown")]
        assert [one.status_code for one in said] == [404, 404]
        bodies = [{key: value for key, value in one.json.items() if key != "request_id"} for one in said]
        assert bodies[0] == bodies[1]

    def test_a_distributor_is_offered_nothing_and_starts_nothing(self, world: World) -> None:
        clerk = world.phone(make.person(make.distributor(world.brand), "clerk"))
        assert clerk.get(f"{PHONE}/flows").json == {"items": []}
        assert start(clerk, flow="load-update").status_code == 403


def test_the_brand_reads_what_was_reported(world: World) -> None:
    system = asked(world)
    phone = world.phone()
    task = phone.get(f"{PHONE}/inbox").json["tasks"][0]["id"]  # type: ignore[index]
    turn = start(phone, task=task).json
    months = [column["key"] for column in turn["ask"]["constraints"]["columns"]]
    done = answer(phone, turn, plan={"sku_BOX": {months[0]: "12.5", months[1]: "13"}}, load="amber_10")
    assert done.json["state"] == "done"
    world.order()
    page = system.get(f"{BRAND}/capacity?limit=1").json
    row = page["items"][0]  # type: ignore[index]
    assert (row["supplier"], row["sku"], row["plan"], row["open_orders"], row["gap"]) == (
        "S-1",
        "BOX",
        "12.5",
        "0",
        "12.5",
    )
    assert (row["plan_age_days"], row["load"]["colour"], row["load"]["age_days"]) == (0, "amber", 0)
    assert system.get(f"{BRAND}/capacity?after={page['next']}").status_code == 200  # type: ignore[index]
    far = system.get(f"{BRAND}/capacity?from=2099-01&to=2099-12").json["items"][0]  # type: ignore[index]
    assert (far["month"], far["plan"], far["open_orders"], far["gap"]) == ("2099-01", None, "10", None)
    assert system.get(f"{BRAND}/capacity?from=2099-13").status_code == 422
    assert system.get(f"{BRAND}/capacity?after=xx").status_code == 400
