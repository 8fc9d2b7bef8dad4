import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.miniapp_stub.wechat_server.calling import (
    APP,
    FIXTURE,
    GOOD_DATA,
    LONG_TERM,
    ORDER,
    PAGE,
    REMINDER,
    Platform,
    message,
    until,
)
from tests.wechat_stub import RunningStub

SEND = "/cgi-bin/message/subscribe/send"


def test_a_message_reaches_the_phone_as_it_was_written(stub: RunningStub, wechat: Platform) -> None:
    answer = wechat.send()

    (received,) = stub.outbox_wait(user="chen")
    assert answer == {"errcode": 0, "errmsg": "ok", "msgid": int(received["msgid"])}
    assert (received["touser"], received["name"], received["title"]) == ("oCHEN", "陈小姐", "新订单通知")
    assert received["data"] == GOOD_DATA
    assert received["page"] == f"{PAGE}?id=1"
    assert received["body"] == message()


def test_message_ids_are_too_large_for_a_float_and_never_come_twice(stub: RunningStub, wechat: Platform) -> None:
    before = wechat.send()["msgid"]
    stub.reset()
    after = wechat.send()["msgid"]

    assert 2**53 < before < after < 2**63


def test_the_platform_may_leave_the_message_id_away(stub: RunningStub, wechat: Platform) -> None:
    stub.quirks(no_msgid=True)

    assert wechat.send() == {"errcode": 0, "errmsg": "ok"}


def test_a_message_with_every_fault_learns_them_in_the_platforms_order(stub: RunningStub, wechat: Platform) -> None:
    app = FIXTURE["apps"][APP]
    stub.load({"apps": {APP: app | {"subscribe_banned": True}}})
    faulty: dict[str, Any] = {
        "touser": "oNOBODY",
        "template_id": "T-none",
        "page": "pages/none",
        "data": GOOD_DATA | {"thing1": "x" * 21},
    }
    repairs: list[dict[str, Any]] = [
        {"touser": "oCHEN"},
        {"template_id": REMINDER},
        {"page": PAGE},
        {"data": {"thing1": "代开发票"}},
        {"data": {"thing1": "苹果"}},
    ]
    codes = [wechat.send(**faulty)["errcode"]]
    for repair in repairs:
        faulty |= repair
        codes.append(wechat.send(**faulty)["errcode"])
    stub.load({"apps": {APP: app}})
    codes.append(wechat.send(**faulty)["errcode"])
    stub.subscribe(APP, "chen", {REMINDER: "accept"})
    codes.append(wechat.send(**faulty)["errcode"])

    assert codes == [40003, 40037, 41030, 47003, 45168, 43107, 43101, 0]


def test_one_consent_is_worth_one_message(stub: RunningStub, wechat: Platform) -> None:
    stub.subscribe(APP, "chen", {REMINDER: "accept"})
    reminder: dict[str, Any] = {"template_id": REMINDER, "data": {"thing1": "请回复"}}

    assert [wechat.send(**reminder)["errcode"] for _ in range(2)] == [0, 43101]
    assert len(stub.outbox(template_id=REMINDER)) == 1


def test_consents_add_up_and_a_refusal_gives_none(stub: RunningStub) -> None:
    for answer in ("accept", "accept", "reject", "accept"):
        stub.subscribe(APP, "chen", {REMINDER: answer})

    assert stub.quota(openid="oCHEN", template=REMINDER) == 3


def test_a_refused_message_costs_no_consent(stub: RunningStub, wechat: Platform) -> None:
    wechat.send(page="pages/none")
    wechat.send(data={})
    stub.settings("chen", main_switch=False)
    wechat.send()

    assert stub.quota(openid="oCHEN", template=ORDER) == 500


def test_who_switched_messages_off_gets_none_until_they_are_on_again(stub: RunningStub, wechat: Platform) -> None:
    stub.settings("chen", main_switch=False)
    assert wechat.send()["errcode"] == 43101

    stub.settings("chen", main_switch=True, items={ORDER: "reject"})
    assert wechat.send()["errcode"] == 43101

    stub.settings("chen", items={ORDER: None})
    assert wechat.send()["errcode"] == 0


def test_a_long_term_consent_carries_any_number_of_messages(stub: RunningStub, wechat: Platform) -> None:
    notice: dict[str, Any] = {"template_id": LONG_TERM, "data": {"thing1": "通知"}}
    assert wechat.send(**notice)["errcode"] == 43101

    stub.subscribe(APP, "chen", {LONG_TERM: "accept"})

    assert [wechat.send(**notice)["errcode"] for _ in range(3)] == [0, 0, 0]


def test_two_messages_at_once_to_one_person_collide_and_to_two_people_do_not(
    stub: RunningStub, wechat: Platform
) -> None:
    token = wechat.token()
    stub.rule({"path": SEND}, {"latency_ms": [1500, 1500]}, times=1)

    with ThreadPoolExecutor(1) as slow:
        first = slow.submit(wechat.send, token)
        until(lambda: stub.calls(SEND))
        assert [call["status"] for call in stub.calls(SEND)] == [None]
        same, other = wechat.send(token), wechat.send(token, touser="oLI")
        assert not first.done()

    assert (first.result()["errcode"], same["errcode"], other["errcode"]) == (0, 43108, 0)
    assert wechat.send(token)["errcode"] == 0


def test_a_message_still_under_way_at_a_reset_does_not_reach_the_next_test(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    stub.rule({"path": SEND}, {"latency_ms": [30_000, 30_000]})
    with ThreadPoolExecutor(1) as slow:
        sending = slow.submit(wechat.send, token)
        until(lambda: stub.calls(SEND))
        stub.reset()

        assert sending.result(timeout=10)["errcode"] == -1
    assert stub.outbox() == []


def test_sends_serialised_per_person_all_arrive(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    stub.rule({"path": SEND}, {"latency_ms": [5, 20]})

    def send_ten(openid: str) -> list[int]:
        return [wechat.send(token, touser=openid)["errcode"] for _ in range(10)]

    with ThreadPoolExecutor(2) as workers:
        results = list(workers.map(send_ten, ["oCHEN", "oLI"]))

    assert results == [[0] * 10, [0] * 10]
    assert len(stub.outbox()) == 20


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"page": None}, 0),
        ({"page": f"{PAGE}?id=1&b=2"}, 0),
        ({"page": f"/{PAGE}"}, 0),
        ({"page": "pages/order"}, 41030),
        ({"page": "https://example.com/"}, 41030),
        ({"page": "pages/new/index", "miniprogram_state": "trial"}, 0),
        ({"page": "pages/new/index", "miniprogram_state": None}, 41030),
    ],
)
def test_a_page_must_be_in_the_released_version(wechat: Platform, changed: dict[str, Any], code: int) -> None:
    assert wechat.send(**changed)["errcode"] == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"not json", 47001),
        (b"", 47001),
        (b"[]", 47001),
        (json.dumps(message(), ensure_ascii=False).encode("gb18030"), 47001),
        (json.dumps(message()).encode(), 47002),
        (json.dumps(message(), ensure_ascii=False).encode(), 0),
        (json.dumps(message(page=f"{PAGE}?path=c:\\users"), ensure_ascii=False).encode(), 0),
    ],
)
def test_a_body_must_be_json_in_real_utf8(wechat: Platform, raw: bytes, code: int) -> None:
    assert wechat.post(SEND, raw, access_token=wechat.token())["errcode"] == code


def test_escapes_pass_where_the_platform_is_lenient(stub: RunningStub, wechat: Platform) -> None:
    stub.quirks(strict_unicode=False)

    assert wechat.post(SEND, json.dumps(message()).encode(), access_token=wechat.token())["errcode"] == 0


def test_the_token_is_checked_before_the_body(wechat: Platform) -> None:
    assert wechat.post(SEND, b"not json")["errcode"] == 41001


def test_a_daily_quota_ends_all_sending(stub: RunningStub, wechat: Platform) -> None:
    stub.rate("subscribe_send", limit=1, window=86_400)

    assert [wechat.send()["errcode"] for _ in range(2)] == [0, 45009]
    stub.advance(86_401)
    assert wechat.send()["errcode"] == 0


def test_an_error_is_an_ordinary_answer_that_ends_with_an_id_to_look_up(wechat: Platform) -> None:
    refused = wechat.send(touser="oNOBODY")

    text, rid = refused["errmsg"].split(" rid: ")
    assert (refused["errcode"], text) == (40003, "invalid openid")
    assert [len(part) for part in rid.split("-")] == [8, 8, 8]


def test_the_templates_are_listed_with_their_fields(wechat: Platform) -> None:
    listed = wechat.get("/wxaapi/newtmpl/gettemplate", access_token=wechat.token())

    order = next(template for template in listed["data"] if template["priTmplId"] == ORDER)
    assert (order["title"], order["type"]) == ("新订单通知", 2)
    assert "{{character_string2.DATA}}" in order["content"]


def test_a_deleted_template_is_neither_listed_nor_sent(stub: RunningStub, wechat: Platform) -> None:
    gone = FIXTURE["templates"][APP][ORDER] | {"deleted": True}
    stub.load({"templates": {APP: {ORDER: gone}}})

    listed = wechat.get("/wxaapi/newtmpl/gettemplate", access_token=wechat.token())["data"]
    assert ORDER not in {template["priTmplId"] for template in listed}
    assert wechat.send()["errcode"] == 40037
