"""The text-message provider of the stub: who may send, what is refused, what reaches the phone, and what it remembers of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.miniapp_stub.wechat_server.texting import FIXTURE as SMS_FIXTURE
from tests.miniapp_stub.wechat_server.texting import GOOD, NUMBER, SECRET, SIGN, Provider
from tests.wechat_stub import RunningStub


@pytest.fixture
def provider(stub: RunningStub) -> Provider:
    stub.load(SMS_FIXTURE)
    return Provider(f"{stub.url}/sms")


def today() -> str:
    return (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d")


def test_a_code_reaches_the_phone_of_whoever_has_the_number(stub: RunningStub, provider: Provider) -> None:
    said = provider.send()

    assert (said["status"], said["Code"]) == (200, "OK")
    (message,) = stub.outbox(channel="sms")
    assert (message["user"], message["touser"], message["template_id"]) == ("li", NUMBER, "T_CODE")
    assert message["data"] == {"text": "您的验证码为012345，10分钟内有效。"}
    assert SIGN in message["title"]
    assert said["BizId"].startswith(message["msgid"])


def test_a_number_nobody_has_gets_a_phone_of_its_own(stub: RunningStub, provider: Provider) -> None:
    provider.send(PhoneNumbers="8613900139000".removeprefix("86"))
    provider.send(PhoneNumbers="33612345678")

    assert [message["user"] for message in stub.outbox(channel="sms")] == ["+8613900139000", "+33612345678"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PhoneNumbers": "12345678901"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": "+8613800138000"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": "别人"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "T_OTHER"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({"code": 12345})}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
        ({"TemplateParam": json.dumps({"code": "1234567"})}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
        ({"TemplateCode": "T_LINK", "TemplateParam": '{"token":"https://bad.example"}'}, "isv.TEMPLATE_PARAMS_ILLEGAL"),
    ],
)
def test_what_the_operator_would_not_carry_is_refused(
    stub: RunningStub, provider: Provider, changed: dict[str, Any], code: str
) -> None:
    said = provider.send(**changed)

    assert (said["status"], said["Code"]) == (200, code)
    assert stub.outbox(channel="sms") == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": f"{SECRET}x"}, "SignatureDoesNotMatch"),
        ({"key": "key-2"}, "InvalidAccessKeyId.NotFound"),
        ({"x_acs_date": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "yesterday"}, "InvalidTimeStamp.Format"),
        ({"x_acs_content_sha256": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x_acs_version": "2000-01-01"}, "InvalidVersion"),
        ({"x_acs_action": "DeleteEverything"}, "InvalidAction.NotFound"),
    ],
)
def test_the_gateway_refuses_who_cannot_sign(
    stub: RunningStub, provider: Provider, wrong: dict[str, str], code: str
) -> None:
    said = provider.call("SendSms", GOOD, **wrong)

    assert said["status"] >= 400
    assert said["Code"] == code
    assert stub.outbox(channel="sms") == []


def test_a_call_heard_on_the_way_cannot_be_repeated(stub: RunningStub, provider: Provider) -> None:
    same = {"x_acs_signature_nonce": "once"}
    assert provider.call("SendSms", GOOD, **same)["Code"] == "OK"

    assert provider.call("SendSms", {**GOOD, "PhoneNumbers": "13900139000"}, **same)["Code"] == "SignatureNonceUsed"
    assert len(stub.outbox(channel="sms")) == 1


def test_a_number_gets_one_code_a_minute_and_five_an_hour(stub: RunningStub, provider: Provider) -> None:
    codes = []
    for _ in range(6):
        codes += [provider.send()["Code"], provider.send()["Code"]]
        stub.advance(61)

    assert codes == ["OK", "isv.BUSINESS_LIMIT_CONTROL"] * 5 + ["isv.BUSINESS_LIMIT_CONTROL"] * 2
    assert provider.send(PhoneNumbers="13900139000")["Code"] == "OK"


def test_notices_have_a_limit_of_their_own(stub: RunningStub, provider: Provider) -> None:
    link = {"TemplateCode": "T_LINK", "TemplateParam": json.dumps({"token": "inv_1.secret"})}
    stub.rate("sms_notice_day", 2, 86_400)

    assert [provider.send(**link)["Code"] for _ in range(3)] == ["OK", "OK", "isv.BUSINESS_LIMIT_CONTROL"]
    assert provider.send()["Code"] == "OK"


def test_what_was_sent_is_found_by_the_senders_own_id(stub: RunningStub, provider: Provider) -> None:
    stub.rate("sms_code_minute", 100, 60)
    for number in range(3):
        provider.send(OutId=f"obx_{number}")
    provider.send(PhoneNumbers="13900139000", OutId="obx_other")

    pages = [provider.sent_on(today(), page=page, size=2) for page in (1, 2)]
    found = [one["OutId"] for page in pages for one in page["SmsSendDetailDTOs"]["SmsSendDetailDTO"]]
    assert (found, pages[0]["TotalCount"]) == (["obx_0", "obx_1", "obx_2"], 3)
    assert provider.sent_on("20200101")["TotalCount"] == 0


def test_a_send_cut_off_after_the_work_is_found_all_the_same(stub: RunningStub, provider: Provider) -> None:
    stub.rule({"path": "/sms/", "key": "SendSms"}, {"reset_after": True}, times=1)
    with pytest.raises(requests.ConnectionError):
        provider.send()

    (one,) = provider.sent_on(today())["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert one["OutId"] == GOOD["OutId"]


@pytest.mark.parametrize("code", ["isv.AMOUNT_NOT_ENOUGH", "isp.SYSTEM_ERROR"])
def test_a_refusal_can_be_ordered(stub: RunningStub, provider: Provider, code: str) -> None:
    stub.post("/fail_next", path="/sms/", code=code)

    assert [provider.send()["Code"], provider.send()["Code"]] == [code, "OK"]


def test_an_outage_is_one_of_the_provider_too(stub: RunningStub, provider: Provider) -> None:
    stub.outage(code="ServiceUnavailable")
    assert provider.send()["Code"] == "ServiceUnavailable"
    stub.outage(on=False)
    assert provider.send()["Code"] == "OK"


def test_the_phones_page_shows_text_messages_and_their_links(stub: RunningStub, provider: Provider) -> None:
    provider.send(TemplateCode="T_LINK", TemplateParam=json.dumps({"token": "inv_1.a-b_c"}))

    page = requests.get(f"{stub.url}/_stub/ui", timeout=10).text
    assert "李小梅" in page
    assert 'href="http://127.0.0.1:8000/app/#/invitation/inv_1.a-b_c"' in page


@pytest.mark.parametrize(
    ("sms", "sentence"),
    [
        ({"k": {"signs": []}}, "secret"),
        ({"k": {"secret": "s", "templates": {"T": {"kind": "letter", "content": "x"}}}}, "kind"),
        ({"k": {"secret": "s", "price": 5}}, "price"),
    ],
)
def test_a_faulty_account_is_refused_in_one_sentence(stub: RunningStub, sms: dict[str, Any], sentence: str) -> None:
    with pytest.raises(requests.HTTPError, match=sentence):
        stub.load({"sms": sms})
