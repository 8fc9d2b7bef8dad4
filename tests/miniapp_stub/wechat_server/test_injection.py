import time
from typing import Any

import pytest
import requests

from tests.miniapp_stub.wechat_server.calling import APP, ORDER, REMINDER, Platform, message, until
from tests.wechat_stub import RunningStub, running_stub

SEND = "/cgi-bin/message/subscribe/send"


def test_a_send_cut_off_after_the_work_reached_the_phone_all_the_same(stub: RunningStub, wechat: Platform) -> None:
    stub.rule({"path": SEND}, {"reset_after": True}, times=1)

    with pytest.raises(requests.ConnectionError):
        wechat.send()

    assert len(stub.outbox()) == 1
    assert stub.quota(openid="oCHEN", template=ORDER) == 499


def test_sending_again_after_a_lost_answer_costs_another_consent_or_fails(stub: RunningStub, wechat: Platform) -> None:
    stub.subscribe(APP, "chen", {REMINDER: "accept"})
    stub.rule({"path": SEND}, {"reset_after": True}, times=1)
    reminder: dict[str, Any] = {"template_id": REMINDER, "data": {"thing1": "请回复"}}
    with pytest.raises(requests.ConnectionError):
        wechat.send(**reminder)

    assert wechat.send(**reminder)["errcode"] == 43101
    assert len(stub.outbox()) == 1


def test_a_send_cut_off_before_the_work_reached_nobody(stub: RunningStub, wechat: Platform) -> None:
    stub.rule({"path": SEND}, {"reset": True}, times=1)

    with pytest.raises(requests.ConnectionError):
        wechat.send()

    assert stub.outbox() == []
    assert wechat.send()["errcode"] == 0


def test_a_call_can_get_no_answer_until_its_caller_gives_up(stub: RunningStub, wechat: Platform) -> None:
    stub.rule({"path": SEND}, {"timeout_s": 60}, times=1)
    address, query = stub.wechat_base + SEND, {"access_token": wechat.token()}

    with pytest.raises(requests.Timeout):
        requests.post(address, json=message(), params=query, timeout=0.2)

    assert stub.outbox() == []
    assert stub.calls(SEND)[0]["status"] is None


def test_more_silent_calls_than_threads_leave_the_tests_own_door_open() -> None:
    with running_stub(arguments=["--threads", "2"]) as stub:
        stub.rule({"path": "*"}, {"timeout_s": 60})
        for _ in range(25):
            with pytest.raises((requests.Timeout, requests.ConnectionError)):
                requests.get(stub.wechat_base + "/cgi-bin/token", timeout=0.05)

        until(lambda: len(stub.calls("/cgi-bin/token")) == 25)


def test_a_latency_delays_the_answer_and_nobody_else(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    stub.rule({"path": SEND, "touser": "oLI"}, {"latency_ms": [400, 410]})
    started = time.monotonic()
    assert wechat.send(token, touser="oLI")["errcode"] == 0
    assert time.monotonic() - started >= 0.4

    wechat.send(token)
    slow, fast = stub.calls(SEND)
    assert slow["duration_ms"] >= 400 > fast["duration_ms"]


def test_an_http_error_comes_without_json(stub: RunningStub, wechat: Platform) -> None:
    stub.rule({"path": SEND}, {"http": 502})

    answer = requests.post(stub.wechat_base + SEND, params={"access_token": wechat.token()}, timeout=10)

    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert stub.outbox() == []


def test_garbage_and_half_an_answer_come_as_ordinary_answers(stub: RunningStub, wechat: Platform) -> None:
    query = {"access_token": wechat.token()}
    stub.rule({"path": SEND}, {"body": "<html>oops"}, times=1)
    stub.rule({"path": SEND}, {"truncate": True}, times=1)
    garbage, half = (
        requests.post(stub.wechat_base + SEND, json=message(data={}), params=query, timeout=10) for _ in range(2)
    )

    assert (garbage.status_code, garbage.text) == (200, "<html>oops")
    assert half.status_code == 200
    assert half.text.startswith('{"errcode"')
    assert not half.text.endswith("}")


def test_a_rule_skips_then_fires_so_many_times(stub: RunningStub, wechat: Platform) -> None:
    number = stub.rule({"path": SEND}, {"errcode": -1}, skip=1, times=2)

    assert [wechat.send()["errcode"] for _ in range(4)] == [0, -1, -1, 0]
    assert [call["rule"] for call in stub.calls(SEND)] == [None, number, number, None]


def test_the_first_matching_rule_wins_and_used_up_ones_let_the_next_have_it(
    stub: RunningStub, wechat: Platform
) -> None:
    stub.rule({"path": SEND}, {"errcode": 43108}, times=1)
    stub.rule({"path": "/wx/cgi-bin/*"}, {"errcode": 45009})

    token = "98_" + "A" * 100
    assert [wechat.send(token)["errcode"] for _ in range(2)] == [43108, 45009]


@pytest.mark.parametrize(
    ("match", "code"),
    [
        ({"touser": "oCHEN"}, -1),
        ({"touser": "oLI"}, 0),
        ({"template_id": ORDER, "appid": APP}, -1),
        ({"appid": "wxother"}, 0),
        ({"path": "/sns/*"}, 0),
        ({}, -1),
    ],
)
def test_a_rule_is_about_what_it_names(stub: RunningStub, wechat: Platform, match: dict[str, str], code: int) -> None:
    token = wechat.token()
    stub.rule(match, {"errcode": -1})

    assert wechat.send(token)["errcode"] == code


def test_a_rule_by_chance_draws_the_same_again_from_the_same_seed(stub: RunningStub, wechat: Platform) -> None:
    draws = []
    for _ in range(2):
        stub.reset(seed="dice")
        stub.rule({"path": SEND}, {"errcode": -1}, prob=0.5)
        token = wechat.token()
        draws.append([wechat.send(token)["errcode"] for _ in range(20)])

    assert draws[0] == draws[1]
    assert set(draws[0]) == {0, -1}


def test_rules_are_taken_back_one_by_one_or_all(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    first = stub.rule({"path": SEND}, {"errcode": -1})
    stub.rule({"path": SEND}, {"errcode": 45009})
    stub.delete(f"/rules/{first}")
    assert wechat.send(token)["errcode"] == 45009

    stub.clear_rules()
    assert wechat.send(token)["errcode"] == 0
    with pytest.raises(requests.HTTPError, match="unknown"):
        stub.delete(f"/rules/{first}")


def test_fail_next_is_a_rule_for_the_next_calls(stub: RunningStub, wechat: Platform) -> None:
    stub.fail_next(SEND, errcode=50002, n=2)

    assert [wechat.send()["errcode"] for _ in range(3)] == [50002, 50002, 0]


def test_in_an_outage_nothing_works_until_it_ends(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    stub.outage()
    assert requests.get(stub.wechat_base + "/cgi-bin/token", timeout=10).status_code == 503

    stub.outage(on=True, errcode=-1)
    assert wechat.send(token)["errcode"] == -1

    stub.outage(on=False)
    assert wechat.send(token)["errcode"] == 0


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"match": {"paht": "*"}, "action": {"errcode": 1}}, "match.paht: this name is unknown"),
        ({"action": {"errcode": 1, "http": 500}}, "action: one action is expected"),
        ({"action": {}}, "action: one action is expected"),
        ({"action": {"latency_ms": [5, 1]}}, "action.latency_ms: two numbers"),
        ({"action": {"timeout_s": 1000}}, "action.timeout_s: more than 0"),
        ({"action": {"errcode": "1"}}, "action.errcode: a number is expected"),
        ({"action": {"errcode": 1}, "time": 3}, "body.time: this name is unknown"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_in_one_sentence(
    stub: RunningStub, rule: dict[str, object], sentence: str
) -> None:
    with pytest.raises(requests.HTTPError, match=sentence):
        stub.post("/rules", **rule)
