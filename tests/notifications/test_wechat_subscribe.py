from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from config import clock, database
from config.settings import WeChatSettings
from config.text import Text
from notifications import consents, metrics, recipients
from notifications.channels import base
from notifications.channels.base import ChannelError, Closed, Letter, Receipt
from notifications.channels.wechat_subscribe import RULES, SEND, WeChatSubscribe
from notifications.leases import Entry
from notifications.notice import Notice
from notifications.wechat.client import WeChatClient, WeChatDoor
from notifications.wechat.token import AccessToken
from tests.notifications.make import APP, LI, STRANGER, TEMPLATES, WANG, bound, result_notice, task_notice
from tests.wechat_stub import RunningStub


def letter(notice: Notice | None = None, attempt: int = 1, language: str = "zh") -> Letter:
    return Letter("obx_01", attempt, notice or task_notice(), language, "Asia/Shanghai")


@pytest.fixture
def channel(account: WeChatSettings) -> WeChatSubscribe:
    door = WeChatDoor(account)
    return WeChatSubscribe(account, WeChatClient(door, AccessToken(door, None)))


@pytest.fixture
def openid(db: None, stub: RunningStub) -> str:  # noqa: ARG001 - the address rests in the database
    return bound(stub)


def sent(channel: WeChatSubscribe, to: Letter | None = None) -> Receipt:
    """Send as the drain does: prepared with the database, sent without, booked with it."""
    way = channel.prepare([to or letter()])[0]
    assert not isinstance(way, Closed), way.reason
    try:
        receipt = way()
    except ChannelError as error:
        book(error.then)
        raise
    book(receipt.then)
    return receipt


def book(entries: tuple[Entry, ...]) -> None:
    with database.transaction():
        for entry in entries:
            entry.book([entry.person])


def refused(channel: WeChatSubscribe, to: Letter | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as refusal:
        sent(channel, to)
    return refusal.value


@pytest.mark.usefixtures("openid")
class TestSending:
    def test_a_task_reaches_the_phone_and_opens_its_conversation(
        self, stub: RunningStub, channel: WeChatSubscribe, openid: str
    ) -> None:
        receipt = sent(channel)
        message = stub.outbox_wait()[0]
        assert (message["touser"], message["page"]) == (openid, "pages/task/task?id=tsk_01")
        assert message["body"]["data"]["thing1"]["value"] == "确认订单"
        assert message["body"]["data"]["time3"]["value"] == "2026年11月25日 17:00"
        assert message["body"]["lang"] == "zh_CN"
        assert message["body"]["miniprogram_state"] == "formal"
        assert receipt.provider_ref == str(message["msgid"])
        assert consents.left(LI, APP)["tmpl-task"] == 499

    def test_a_result_is_told_in_the_persons_language_and_opens_the_notice(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        sent(channel, letter(result_notice(), language="en"))
        message = stub.outbox_wait()[0]
        assert message["page"] == "pages/notice/notice?id=obx_01"
        assert message["body"]["data"]["thing3"]["value"] == "Accepted"
        assert message["body"]["lang"] == "en_US"

    def test_words_too_long_or_strange_for_wechat_are_fitted(self, stub: RunningStub, channel: WeChatSubscribe) -> None:
        strange = Text(zh="订" * 30 + "\n😀\x00", en="")
        sent(channel, letter(task_notice(title=strange, sender=Text(), reference="单 7", due_at=datetime.now(UTC))))
        assert stub.outbox_wait()[0]["body"]["data"]["thing1"]["value"] == "订" * 17 + "..."

    def test_an_answer_without_msgid_is_a_delivery_too(self, stub: RunningStub, channel: WeChatSubscribe) -> None:
        stub.quirks(no_msgid=True)
        assert sent(channel).provider_ref == ""
        stub.quirks(no_msgid=False)

    def test_eight_messages_to_one_person_at_once_go_one_after_the_other(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.rule({"path": SEND}, {"latency_ms": [20, 20]})
        ways = channel.prepare([letter() for _ in range(8)])
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda way: way(), ways))
        assert len(stub.outbox()) == 8
        assert [call for call in stub.calls(SEND) if "43108" in str(call["response"])] == []


class TestWhoCanBeReached:
    @pytest.mark.usefixtures("db")
    def test_only_who_is_bound_and_has_a_consent_left(self, stub: RunningStub, channel: WeChatSubscribe) -> None:
        bound(stub)
        bound(stub, WANG, "wang", left=0)
        letters = [letter(), letter(task_notice(WANG)), letter(task_notice(STRANGER))]
        ways = channel.prepare(letters)
        assert not isinstance(ways[0], Closed)
        assert ways[1:] == [Closed("no_consent"), Closed("not_bound")]

    @pytest.mark.usefixtures("openid")
    def test_an_account_without_a_template_for_the_kind_sends_none(self, account: WeChatSettings) -> None:
        bare = WeChatSettings(account.app_id, account.app_secret, account.api_base, {"task": "tmpl-task"})
        channel = WeChatSubscribe(bare, WeChatClient(WeChatDoor(bare), AccessToken(WeChatDoor(bare), None)))
        assert channel.prepare([letter(result_notice())]) == [Closed("no_template")]


# errcode → error raised, calls of send made for it.
MEANINGS = {
    -1: (base.Unclear, 1),
    40001: (base.Misconfigured, 2),
    40014: (base.Misconfigured, 2),
    42001: (base.Misconfigured, 2),
    41001: (base.Misconfigured, 2),
    40013: (base.Misconfigured, 1),
    40125: (base.Misconfigured, 1),
    40164: (base.Misconfigured, 1),
    43107: (base.Misconfigured, 1),
    48001: (base.Misconfigured, 1),
    40003: (base.RecipientGone, 1),
    50002: (base.RecipientGone, 1),
    43101: (base.Refused, 1),
    40037: (base.Defect, 1),
    41030: (base.Defect, 2),
    45168: (base.Refused, 2),
    47001: (base.Defect, 1),
    47002: (base.Defect, 1),
    47003: (base.Defect, 1),
    43108: (base.Throttled, 1),
    45011: (base.Throttled, 1),
    45009: (base.Throttled, 1),
    99999: (base.Misconfigured, 1),
}


@pytest.mark.usefixtures("openid")
class TestTheErrorTable:
    def test_is_tested_whole(self) -> None:
        assert set(MEANINGS) == {*RULES, 99999}

    @pytest.mark.parametrize("errcode", MEANINGS)
    def test_each_refusal_has_its_meaning_and_number_of_calls(
        self, stub: RunningStub, channel: WeChatSubscribe, errcode: int
    ) -> None:
        error, calls = MEANINGS[errcode]
        stub.rule({"path": SEND}, {"errcode": errcode})
        refusal = refused(channel)
        assert type(refusal) is error
        assert refusal.code == str(errcode)
        assert len(stub.calls(SEND)) == calls
        assert stub.outbox() == []

    @pytest.mark.parametrize("errcode", [code for code, rule in RULES.items() if rule.is_alert])
    def test_what_an_operator_must_repair_is_counted(
        self, stub: RunningStub, channel: WeChatSubscribe, errcode: int
    ) -> None:
        alerts = metrics.ALERTS.labels("wechat_subscribe", str(errcode))
        before = alerts._value.get()
        stub.rule({"path": SEND}, {"errcode": errcode})
        refused(channel)
        assert alerts._value.get() > before

    def test_a_consent_that_wechat_does_not_know_is_struck_from_the_ledger(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.settings("li", main_switch=False)
        assert refused(channel).code == "43101"
        assert consents.left(LI, APP) == {"tmpl-task": 0, "tmpl-result": 500}
        assert channel.prepare([letter()]) == [Closed("no_consent")]

    def test_a_consent_given_while_that_refusal_was_on_its_way_stays(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.settings("li", main_switch=False)
        way = channel.prepare([letter()])[0]
        assert not isinstance(way, Closed)
        with pytest.raises(ChannelError) as refusal:
            way()
        consents.credit(LI, APP, "report-1", {"tmpl-task": "accept"})  # before the refusal is settled
        book(refusal.value.then)
        assert consents.left(LI, APP)["tmpl-task"] == 1

    @pytest.mark.parametrize("errcode", [40003, 50002])
    def test_an_address_wechat_refuses_is_left_alone_until_bound_again(
        self, stub: RunningStub, channel: WeChatSubscribe, errcode: int, openid: str
    ) -> None:
        stub.fail_next(SEND, errcode)
        refused(channel)
        assert channel.prepare([letter()]) == [Closed("not_bound")]
        recipients.bind(LI, "wechat", APP, openid)
        assert sent(channel).provider_ref

    def test_a_page_that_is_not_released_yet_is_left_away(self, stub: RunningStub, channel: WeChatSubscribe) -> None:
        stub.fail_next(SEND, 41030)
        sent(channel)
        assert stub.outbox_wait()[0]["page"] is None

    def test_words_wechat_blocks_are_replaced_by_neutral_ones(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.fail_next(SEND, 45168)
        sent(channel)
        data = stub.outbox_wait()[0]["body"]["data"]
        assert data["thing1"]["value"] == data["thing4"]["value"] == "有新的待办事项"
        assert data["character_string2"]["value"] == "PO-1001"

    def test_two_sends_to_one_person_from_two_processes_are_tried_again_in_seconds(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.fail_next(SEND, 43108)
        assert 1 <= (refused(channel).wait_s or 0) <= 3
        assert sent(channel).provider_ref

    def test_a_spent_quota_waits_a_minute_and_then_for_the_next_day_in_beijing(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.rule({"path": SEND}, {"errcode": 45009})
        with clock.frozen(datetime(2026, 11, 22, 13, 0, tzinfo=UTC)):
            assert 60 <= (refused(channel).wait_s or 0) <= 120
            assert 3 * 3600 <= (refused(channel, letter(attempt=3)).wait_s or 0) <= 3 * 3600 + 120

    def test_a_wrong_account_is_not_hammered(self, stub: RunningStub, channel: WeChatSubscribe) -> None:
        stub.rule({"path": SEND}, {"errcode": 48001})
        for _ in range(5):
            assert isinstance(refused(channel), base.Misconfigured)
        assert len(stub.calls(SEND)) == 1

    def test_a_deleted_template_is_not_used_again_while_others_are(
        self, stub: RunningStub, channel: WeChatSubscribe
    ) -> None:
        stub.fail_next(SEND, 40037)
        assert [refused(channel).code for _ in range(3)] == ["40037", "template_paused", "template_paused"]
        assert sent(channel, letter(result_notice())).provider_ref
        assert len(stub.calls(SEND)) == 2

    @pytest.mark.parametrize(
        ("action", "error"),
        [
            ({"http": 500}, base.TryLater),
            ({"http": 503}, base.TryLater),
            ({"http": 504}, base.Unclear),
            ({"reset": True}, base.Unclear),
            ({"reset_after": True}, base.Unclear),
            ({"body": "garbage"}, base.Unclear),
        ],
    )
    def test_no_answer_is_tried_later_and_marked_where_it_may_have_arrived(
        self, stub: RunningStub, channel: WeChatSubscribe, action: dict[str, Any], error: type[ChannelError]
    ) -> None:
        stub.rule({"path": SEND}, action)
        assert type(refused(channel)) is error
        assert len(stub.calls(SEND)) == 1

    def test_no_refusal_carries_an_address(self, stub: RunningStub, channel: WeChatSubscribe, openid: str) -> None:
        for errcode in MEANINGS:
            number = stub.rule({"path": SEND}, {"errcode": errcode})
            channel._paused_until.clear()
            recipients.bind(LI, "wechat", APP, openid)
            consents.grant(LI, APP, TEMPLATES["task"], 1)
            assert openid not in str(refused(channel))
            stub.delete(f"/rules/{number}")
