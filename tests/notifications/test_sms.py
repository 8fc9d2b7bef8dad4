"""The SMS channel against the stub's provider: what each answer means, what an ambiguous send is called, what the log holds."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config import logging
from config.text import Text
from notifications import recipients
from notifications.channels import base
from notifications.channels.base import Closed, Letter
from notifications.channels.sms import SmsNotices, SmsSender, TextMessage, by_day
from notifications.notice import Notice
from notifications.sms.client import day_at_provider
from tests import texting
from tests.notifications.make import APP, LI, WANG, task_notice
from tests.wechat_stub import RunningStub, running_stub

NUMBER = "+8613800138000"
MESSAGE = TextMessage("code", NUMBER, {"code": "012345"})


@pytest.fixture(scope="module")
def provider_process() -> Iterator[RunningStub]:
    with running_stub({"sms": texting.FIXTURE}) as running:
        yield running


@pytest.fixture
def provider(provider_process: RunningStub) -> RunningStub:
    provider_process.reset()
    return provider_process


@pytest.fixture
def sender(provider: RunningStub) -> SmsSender:
    return SmsSender(texting.account_at(provider))


def today() -> set[str]:
    return {day_at_provider(datetime.now(UTC))}


def test_a_message_arrives_signed_and_under_our_own_id(provider: RunningStub, sender: SmsSender) -> None:
    receipt = sender.send(MESSAGE, "obx_1")
    (message,) = provider.outbox(channel="sms")
    assert message["data"]["text"] == "您的验证码为012345，10分钟内有效。"
    assert message["body"]["OutId"] == "obx_1"
    assert receipt.provider_ref.startswith(message["msgid"])


def test_numbers_of_other_countries_are_written_as_the_provider_wants_them(
    provider: RunningStub, sender: SmsSender
) -> None:
    sender.send(replace(MESSAGE, number="+33612345678"), "obx_1")
    assert provider.outbox(channel="sms")[0]["touser"] == "33612345678"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", base.Throttled),
        ("isv.MOBILE_NUMBER_ILLEGAL", base.RecipientGone),
        ("isv.BLACK_KEY_CONTROL_LIMIT", base.Refused),
        ("isv.DAY_LIMIT_CONTROL", base.Refused),
        ("isv.SMS_TEMPLATE_ILLEGAL", base.Defect),
        ("isv.AMOUNT_NOT_ENOUGH", base.Misconfigured),
        ("isp.SYSTEM_ERROR", base.Unclear),
        ("Throttling.User", base.Throttled),
        ("SomethingNew", base.Misconfigured),
    ],
)
def test_each_refusal_has_a_meaning(
    provider: RunningStub, sender: SmsSender, code: str, error: type[base.ChannelError]
) -> None:
    provider.post("/fail_next", path="/sms/", code=code)
    with pytest.raises(base.ChannelError) as refusal:
        sender.send(MESSAGE, "obx_1")
    assert (type(refusal.value), refusal.value.code) == (error, code)


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ({"reset_after": True}, base.Unclear),
        ({"reset": True}, base.Unclear),
        ({"timeout_s": 30}, base.Unclear),
        ({"http": 504}, base.Unclear),
        ({"truncate": True}, base.Unclear),
        ({"body": "<html>"}, base.Unclear),
        ({"http": 502}, base.TryLater),
    ],
    ids=str,
)
def test_what_may_have_been_sent_is_unclear_and_what_was_not_is_tried_later(
    provider: RunningStub, sender: SmsSender, action: dict[str, object], error: type[base.ChannelError]
) -> None:
    provider.rule({"path": "/sms/", "key": "SendSms"}, action, times=1)
    with pytest.raises(base.ChannelError) as refusal:
        sender.send(MESSAGE, "obx_1")
    assert type(refusal.value) is error


def test_a_provider_that_cannot_be_reached_took_nothing() -> None:
    with pytest.raises(base.TryLater):
        SmsSender(texting.SILENT).send(MESSAGE, "obx_1")


def test_a_wrong_secret_waits_for_an_operator(provider: RunningStub) -> None:
    account = replace(texting.account_at(provider), key_secret="wrong")
    with pytest.raises(base.Misconfigured):
        SmsSender(account).send(MESSAGE, "obx_1")


def test_the_provider_says_what_it_took(provider: RunningStub, sender: SmsSender) -> None:
    provider.rate("sms_code_minute", 1000, 60)
    provider.rate("sms_code_hour", 1000, 60)
    provider.rate("sms_code_day", 1000, 60)
    for number in range(60):  # more than one page
        sender.send(MESSAGE, f"obx_{number}")
    assert sender.has_sent(NUMBER, "obx_59", today())
    assert not sender.has_sent(NUMBER, "obx_60", today())
    assert not sender.has_sent("+8613900139000", "obx_1", today())


def test_a_provider_that_does_not_say_is_asked_again_later(provider: RunningStub, sender: SmsSender) -> None:
    provider.outage()
    with pytest.raises(base.TryLater):
        sender.has_sent(NUMBER, "obx_1", today())


def test_the_log_holds_no_number_code_or_secret(provider: RunningStub, sender: SmsSender) -> None:
    log = io.StringIO()
    with redirect_stderr(log):
        logging.configure("DEBUG")
        for code in ("isv.AMOUNT_NOT_ENOUGH", "isv.MOBILE_NUMBER_ILLEGAL", "Nonsense"):
            provider.post("/fail_next", path="/sms/", code=code)
            with pytest.raises(base.ChannelError):
                sender.send(MESSAGE, "obx_1")
        sender.send(MESSAGE, "obx_1")
    written = log.getvalue() + repr(MESSAGE) + repr(texting.SILENT)
    assert "isv.AMOUNT_NOT_ENOUGH" in written
    assert [secret for secret in (NUMBER[3:], "012345", texting.SECRET) if secret in written] == []


@pytest.mark.usefixtures("db")
class TestWhichNoticesBecomeTextMessages:
    @pytest.fixture
    def channel(self) -> SmsNotices:
        recipients.set_phone(LI, NUMBER)
        return SmsNotices(texting.SILENT, APP)

    def way(self, channel: SmsNotices, notice: Notice) -> str:
        (way,) = channel.prepare([Letter("obx_1", 1, notice, "zh", "Asia/Shanghai")])
        return way.reason if isinstance(way, Closed) else "open"

    def test_a_task_of_somebody_whom_wechat_does_not_know(self, channel: SmsNotices) -> None:
        assert self.way(channel, task_notice()) == "open"

    def test_no_task_of_somebody_in_wechat_unless_it_is_urgent(self, channel: SmsNotices) -> None:
        recipients.bind(LI, "wechat", APP, "o-li")
        assert self.way(channel, task_notice()) == "not_urgent"
        assert self.way(channel, task_notice(urgency="urgent")) == "open"

    def test_nothing_to_somebody_without_a_number(self, channel: SmsNotices) -> None:
        assert self.way(channel, task_notice(person=WANG)) == "no_phone"

    def test_no_results(self, channel: SmsNotices) -> None:
        result = Notice(kind="result", person=LI, title=Text(en="Done", zh="好了"))
        assert self.way(channel, result) == "no_template"


@pytest.mark.parametrize(
    ("at", "sent_at"),
    [
        ("2026-11-22T04:00:00+00:00", "2026-11-22T04:00:00+00:00"),  # noon in Shanghai
        ("2026-11-22T14:00:00+00:00", "2026-11-23T00:00:00+00:00"),  # ten in the evening: next morning at eight
        ("2026-11-22T20:00:00+00:00", "2026-11-23T00:00:00+00:00"),  # four in the morning: the same morning
    ],
)
def test_nobody_is_rung_out_of_bed_for_a_task(at: str, sent_at: str) -> None:
    assert by_day(datetime.fromisoformat(at), "Asia/Shanghai") == datetime.fromisoformat(sent_at)
