import threading
from collections.abc import Sequence
from typing import Any

import pytest

from config import clock
from config.settings import Settings, WeChatSettings
from notifications import consents, jobs, outbox, recipients
from notifications.channels.base import Closed, Letter, Misconfigured, Receipt, Send, Throttled, TryLater, Unclear
from notifications.channels.console import Console
from notifications.channels.wechat_subscribe import SEND, WeChatSubscribe
from notifications.delivery import Describe, NoticeDelivery, channels_of
from notifications.outbox import OutboxRow
from notifications.wechat.client import WeChatClient, WeChatDoor
from notifications.wechat.token import AccessToken
from tests.notifications.make import (
    APP,
    LI,
    SECRET,
    STRANGER,
    WANG,
    bound,
    in_chinese,
    published,
    result_notice,
    row_of,
    task_notice,
)
from tests.wechat_stub import RunningStub


@pytest.fixture
def delivery(account: WeChatSettings) -> NoticeDelivery:
    """As in production: WeChat, and the inbox as the floor."""
    return by_wechat(account, in_chinese)


def by_wechat(account: WeChatSettings, describe: Describe) -> NoticeDelivery:
    door = WeChatDoor(account)
    return NoticeDelivery([WeChatSubscribe(account, WeChatClient(door, AccessToken(door, None)))], describe)


def drain(delivery: NoticeDelivery) -> int:
    return jobs.drain_due({"notices": delivery}, threading.Event())


def delivered(delivery: NoticeDelivery, key: str = "key-1", tries: int = 1) -> OutboxRow:
    """The row after so many tries, each as soon as the row allows."""
    drain(delivery)
    for _ in range(tries - 1):
        ahead = (row_of(key).available_at - clock.now()).total_seconds()
        with clock.travelled(seconds=max(0.0, ahead) + 0.01):
            drain(delivery)
    return row_of(key)


@pytest.mark.usefixtures("db")
class TestANoticeOnItsWay:
    def test_reaches_the_phone_and_its_receipt_the_row(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub)
        published()
        row = delivered(delivery)
        message = stub.outbox_wait()[0]
        assert (row.state, row.channel, row.provider_ref) == ("sent", "wechat_subscribe", str(message["msgid"]))
        assert row.settled_at is not None
        assert row.lease_owner is None

    def test_reaches_nobody_else(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub)
        bound(stub, WANG, "wang")
        published()
        drain(delivery)
        assert [message["user"] for message in stub.outbox()] == ["li"]

    def test_reaches_nobody_in_a_place_that_they_have_left(self, stub: RunningStub, account: WeChatSettings) -> None:
        bound(stub)
        published(task_notice(place="left"))
        published(task_notice(place="stayed"), "key-2")
        drain(by_wechat(account, lambda told: in_chinese([whom for whom in told if whom[1] == "stayed"])))
        assert [(row_of(key).state, row_of(key).last_error) for key in ("key-1", "key-2")] == [
            ("cancelled", "person_gone"),
            ("sent", ""),
        ]
        assert len(stub.outbox_wait()) == 1

    def test_stays_in_the_inbox_when_the_person_has_no_wechat(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        published()
        row = delivered(delivery)
        assert (row.state, row.channel, row.last_error) == ("sent", "inbox", "wechat_subscribe: not_bound")
        assert outbox.notices_of(LI, "") == [row]
        assert stub.calls(SEND) == []

    def test_falls_to_the_inbox_when_wechat_knows_of_no_consent(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        bound(stub)
        stub.settings("li", main_switch=False)
        published()
        row = delivered(delivery)
        assert (row.state, row.channel, row.last_error) == ("sent", "inbox", "wechat_subscribe: 43101")
        assert consents.left(LI, APP)["tmpl-task"] == 0

    def test_two_messages_on_one_consent_send_one_and_keep_the_other_in_the_inbox(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        openid = bound(stub, left=0)
        stub.load({"quota": [{"appid": APP, "user": "li", "template": "tmpl-task", "left": 0}]})
        answers = {"tmpl-task": "accept"}
        stub.subscribe(APP, "li", answers)
        consents.credit(LI, APP, "report-1", answers)
        published()
        published(task_notice(), "key-2")
        drain(delivery)
        assert sorted([row_of("key-1").channel, row_of("key-2").channel]) == ["inbox", "wechat_subscribe"]
        assert [message["touser"] for message in stub.outbox()] == [openid]
        assert consents.left(LI, APP)["tmpl-task"] == 0

    def test_is_withdrawn_when_the_person_is_gone(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub, STRANGER)
        published(task_notice(STRANGER))
        row = delivered(delivery)
        assert (row.state, row.last_error) == ("cancelled", "person_gone")
        assert stub.outbox() == []

    def test_made_wrongly_ends_dead_at_once_for_an_operator_to_see(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        bound(stub)
        stub.fail_next(SEND, 47003)
        published()
        row = delivered(delivery)
        assert (row.state, row.last_error) == ("dead", "wechat_subscribe: 47003")
        assert outbox.notices_of(LI, "") == [row]

    def test_rides_out_an_outage_and_arrives_once(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub)
        published()
        stub.outage()
        row = delivered(delivery, tries=4)
        assert (row.state, row.attempts, row.last_error) == ("due", 4, "wechat_subscribe: http_503")
        stub.outage(on=False)
        with clock.travelled(hours=1):
            drain(delivery)
        assert (row_of("key-1").state, len(stub.outbox())) == ("sent", 1)

    def test_is_dead_after_eight_tries_of_an_outage_and_an_operator_can_send_it_again(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        bound(stub)
        row = published()
        stub.rule({"path": SEND}, {"http": 503})
        assert delivered(delivery, tries=9).state == "dead"
        assert len(stub.calls(SEND)) == 8
        stub.clear_rules()
        outbox.retry(row.public_id)
        assert delivered(delivery).state == "sent"

    def test_that_may_have_arrived_is_tried_twice_more_and_then_unknown(
        self, stub: RunningStub, delivery: NoticeDelivery
    ) -> None:
        bound(stub)
        published()
        stub.rule({"path": SEND}, {"reset_after": True})
        row = delivered(delivery, tries=4)
        assert (row.state, row.attempts) == ("unknown", 3)
        assert len(stub.calls(SEND)) == 3

    def test_a_wrong_address_is_marked_in_the_same_moment(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub)
        stub.fail_next(SEND, 40003)
        published()
        assert delivered(delivery).channel == "inbox"
        assert recipients.addresses([LI], "wechat", APP) == {}

    def test_leaves_no_address_and_no_token_in_the_rows(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        openid = bound(stub)
        for number, errcode in enumerate([0, -1, 40001, 43101, 47003]):
            consents.grant(LI, APP, "tmpl-task", 1)
            stub.fail_next(SEND, errcode, n=2)
            published(task_notice(), f"key-{number}")
            drain(delivery)
        token = next(call["query"]["access_token"] for call in stub.calls(SEND))
        assert len(token) > 20
        stored = repr(list(OutboxRow.select().tuples()))
        assert "key-4" in stored
        for secret in (openid, SECRET, token):
            assert secret not in stored

    def test_of_a_token_that_ran_out_loses_nothing(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        bound(stub)
        for number in range(10):
            published(result_notice(), f"key-{number}")
        drain(delivery)
        stub.expire_tokens(APP)
        for number in range(10, 40):
            published(result_notice(), f"key-{number}")
        drain(delivery)
        assert len(stub.outbox()) == 40
        assert {row.channel for row in OutboxRow.select()} == {"wechat_subscribe"}


class Fails:
    """A provider in trouble: raises the same error for every letter."""

    name = "troubled"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def prepare(self, letters: Sequence[Letter]) -> list[Send | Closed]:
        return [self.send for _ in letters]

    def send(self) -> Receipt:
        raise self.error


@pytest.mark.usefixtures("db")
class TestTheOrderOfChannels:
    @pytest.mark.parametrize("error", [TryLater("503"), Misconfigured("48001"), Throttled("45009", wait_s=60)])
    def test_a_routine_notice_waits_for_its_channel(self, error: Exception) -> None:
        published()
        assert delivered(NoticeDelivery([Fails(error), Console()], in_chinese), tries=3).state == "due"

    @pytest.mark.parametrize(
        ("error", "tries"),
        [
            (TryLater("503"), 3),
            (Misconfigured("48001"), 3),
            (Throttled("45009", wait_s=60), 1),
            (Unclear("timeout"), 3),
        ],
    )
    def test_an_urgent_one_takes_the_next(self, error: Exception, tries: int) -> None:
        published(task_notice(urgency="urgent"))
        delivery = NoticeDelivery([Fails(error), Console()], in_chinese)
        row = delivered(delivery, tries=tries)
        assert (row.state, row.channel, row.attempts) == ("sent", "console", tries)

    def test_a_channel_that_breaks_is_tried_again_later(self) -> None:
        published()
        row = delivered(NoticeDelivery([Fails(KeyError("bug"))], in_chinese))
        assert (row.state, row.last_error) == ("due", "KeyError")

    def test_one_persons_trouble_does_not_hold_up_the_others(self, stub: RunningStub, delivery: NoticeDelivery) -> None:
        openid = bound(stub)
        bound(stub, WANG, "wang")
        stub.rule({"path": SEND, "touser": openid}, {"http": 500})
        published()
        published(task_notice(WANG), "key-2")
        drain(delivery)
        assert [row_of("key-1").state, row_of("key-2").state] == ["due", "sent"]

    @pytest.mark.parametrize(
        ("environment", "wechat", "names"),
        [
            ("demo", {}, ["console"]),
            ("demo", {"WECHAT_APP_ID": APP, "WECHAT_APP_SECRET": "s"}, ["wechat_subscribe", "console"]),
            ("production", {"WECHAT_APP_ID": APP, "WECHAT_APP_SECRET": "s"}, ["wechat_subscribe"]),
        ],
    )
    def test_the_console_is_for_demo_and_test_alone(
        self, environment: str, wechat: dict[str, str], names: list[str]
    ) -> None:
        environ: dict[str, Any] = {
            "PARTNERLINE_ENV": environment,
            "DATABASE_URL": "postgresql://db/p",
            "REDIS_URL": "redis://redis/0",
            "SECRET_KEY": "x" * 40,
            "PHOTO_STORE": "file:/srv/photos",
            "PUBLIC_URL": "https://partnerline.example",
        }
        assert [channel.name for channel in channels_of(Settings.from_env({**environ, **wechat}))] == names
