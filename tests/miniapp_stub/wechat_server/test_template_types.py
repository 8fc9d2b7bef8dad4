from typing import Any

import pytest

from tests.miniapp_stub.wechat_server.calling import APP, GOOD_DATA, Platform
from tests.wechat_stub import RunningStub

ENUM = ["已确认", "待确认"]

ACCEPTED = [
    ("thing", "苹果" * 10),
    ("thing", "10 箱 apples, ok!"),
    ("thing", "😀" * 10),
    ("short_thing", "加急"),
    ("const", "常量"),
    ("number", "1" * 32),
    ("number", "12.50"),
    ("letter", "abc" + "Z" * 29),
    ("symbol", "¥%!,…"),
    ("character_string", "PO-2026/11#0001 " + "x" * 16),
    ("time", "15:01"),
    ("time", "2019年10月1日 15:01"),
    ("time", "15:01~16:30"),
    ("time", "2019-10-01 15:01~2019-10-02 9:00"),
    ("date", "2019年10月1日"),
    ("date", "2019年10月1日 15:01"),
    ("date", "2019-12-25 09:42"),
    ("date", "2020年2月29日~2020年3月1日"),
    ("amount", "¥1234567890"),
    ("amount", "100.50元"),
    ("amount", "$12345678.90"),
    ("amount", "5"),
    ("phone_number", "+86-0766-66888866"),
    ("car_number", "粤A8Z888挂"),
    ("car_number", "京A88888"),
    ("name", "陈" * 10),
    ("name", "A" * 20),
    ("name", "陈AAAAAAAAA"),
    ("name", "John O'Neil"),
    ("phrase", "等待你确认"),
    ("enum", "已确认"),
]

REFUSED = [
    ("thing", "苹果" * 10 + "x"),
    ("thing", "😀" * 10 + "x"),
    ("thing", "two\nlines"),
    ("thing", "bell\x07"),
    ("thing", ""),
    ("thing", "   "),
    ("const", "x" * 21),
    ("number", "1" * 33),
    ("number", "12箱"),
    ("number", "1,000"),
    ("number", "١٢"),
    ("letter", "Z" * 33),
    ("letter", "ab1"),
    ("symbol", "!!!!!!"),
    ("symbol", "!a"),
    ("character_string", "x" * 33),
    ("character_string", "PO号1"),
    ("time", "25:00"),
    ("time", "15:60"),
    ("time", "2019年10月1日"),
    ("time", "2019年2月30日 15:01"),
    ("time", "15:01~16:01~17:01"),
    ("date", "2019年13月1日"),
    ("date", "2019年2月29日"),
    ("date", "15:01"),
    ("date", "1 Oct 2019"),
    ("amount", "¥12345678901"),
    ("amount", "¥¥100"),
    ("amount", "a100"),
    ("amount", "1,000元"),
    ("amount", "一百元"),
    ("phone_number", "+86-0766-668888661"),
    ("phone_number", "call me"),
    ("phone_number", "+-"),
    ("car_number", "粤A8Z8888挂"),
    ("car_number", "A粤8"),
    ("name", "陈" * 11),
    ("name", "A" * 21),
    ("name", "陈AAAAAAAAAA"),
    ("name", "陈1"),
    ("phrase", "等待你确认了"),
    ("phrase", "ok"),
    ("enum", "已取消"),
]


def send_one_field(stub: RunningStub, wechat: Platform, kind: str, value: object) -> dict[str, Any]:
    """Send a message whose template has one field of this kind."""
    field = [f"{kind}1", kind, ENUM] if kind == "enum" else [f"{kind}1", kind]
    template = {"title": kind, "type": 2, "fields": [field]}
    quota = {"appid": APP, "user": "chen", "template": f"T-{kind}", "left": 1}
    stub.load({"templates": {APP: {f"T-{kind}": template}}, "quota": [quota]})
    return wechat.send(template_id=f"T-{kind}", data={f"{kind}1": value})


@pytest.mark.parametrize(("kind", "value"), ACCEPTED)
def test_a_value_within_its_kinds_limits_is_sent(stub: RunningStub, wechat: Platform, kind: str, value: str) -> None:
    assert send_one_field(stub, wechat, kind, value)["errcode"] == 0
    assert stub.outbox()[0]["data"] == {f"{kind}1": value}


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_a_value_beyond_its_kinds_limits_is_refused_by_name(
    stub: RunningStub, wechat: Platform, kind: str, value: str
) -> None:
    refused = send_one_field(stub, wechat, kind, value)

    assert refused["errcode"] == 47003
    assert refused["errmsg"].startswith(f"argument invalid! data.{kind}1.value invalid rid: ")
    assert stub.outbox() == []


@pytest.mark.parametrize("value", [None, 5, ["x"], {"value": "x"}, True])
def test_a_value_that_is_no_text_is_refused(stub: RunningStub, wechat: Platform, value: object) -> None:
    assert send_one_field(stub, wechat, "thing", value)["errcode"] == 47003


def test_of_several_bad_fields_the_first_in_the_templates_order_is_named(wechat: Platform) -> None:
    refused = wechat.send(data={"time3": "soon", "character_string2": "号", "thing1": "好"})

    assert "data.character_string2.value" in refused["errmsg"]


def test_a_missing_field_is_a_bad_field(wechat: Platform) -> None:
    refused = wechat.send(data={key: value for key, value in GOOD_DATA.items() if key != "character_string2"})

    assert (refused["errcode"], "data.character_string2.value" in refused["errmsg"]) == (47003, True)


def test_a_field_the_template_lacks_is_ignored(stub: RunningStub, wechat: Platform) -> None:
    assert wechat.send(data=GOOD_DATA | {"thing9": "x" * 99})["errcode"] == 0
    assert stub.outbox()[0]["data"] == GOOD_DATA


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"data": "x"}, "data"),
        ({"data": []}, "data"),
        ({"data": {"thing1": "bare"}}, "data.thing1.value"),
        ({"miniprogram_state": "released"}, "miniprogram_state"),
        ({"lang": "fr_FR"}, "lang"),
    ],
)
def test_a_malformed_message_names_what_is_wrong(wechat: Platform, changed: dict[str, Any], place: str) -> None:
    body = {"touser": "oCHEN", "template_id": "T-order", "data": {k: {"value": v} for k, v in GOOD_DATA.items()}}
    refused = wechat.post("/cgi-bin/message/subscribe/send", body | changed, access_token=wechat.token())

    assert (refused["errcode"], refused["errmsg"].split(" rid")[0]) == (47003, f"argument invalid! {place} invalid")
