"""A text message is sent at most once: marked before, settled after, asked about where nobody answered.

Planted: a queue that sends first and writes afterwards sends twice where the provider's answer is lost.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest

from config import clock, database
from notifications import jobs, leases, outbox, tallies
from notifications.channels.sms import SmsSender, TextMessage
from notifications.leases import Outcome
from notifications.outbox import OutboxRow
from notifications.tallies import Limit, Use
from notifications.texting import CHECK_AFTER, Checks, Texts
from tests import texting
from tests.wechat_stub import RunningStub, running_stub

pytestmark = pytest.mark.usefixtures("db")

NUMBER = "+8613800138000"
FEN = Limit("fen", 1000, timedelta(days=2))


class Author:
    """One message for everything, paid for with 5 fen; `says` may be a reason instead."""

    def __init__(self) -> None:
        self.says: str | None = None

    def compose(self, payload: Mapping[str, str]) -> TextMessage | str:
        if self.says:
            return self.says
        paid = (Use(FEN, "brand", 5),)
        tallies.take(paid)
        return TextMessage(payload["kind"], NUMBER, {"code": "012345"}, paid)

    def number_for(self, payload: Mapping[str, str]) -> str | None:  # noqa: ARG002 - one number for all
        return None if self.says else NUMBER


class Desk:
    """One message on the queue, a provider, and workers."""

    def __init__(self, provider: RunningStub) -> None:
        self.provider = provider
        self.author = Author()
        sender = SmsSender(texting.account_at(provider))
        self.queues = {
            outbox.TEXTS: Texts(sender, self.author),
            outbox.CHECKS: Checks(sender, self.author),
        }

    def write(self) -> None:
        with database.transaction():
            outbox.publish_on(outbox.TEXTS, {"kind": "code", "id": "smc_1"}, "text:1")

    def work(self) -> None:
        jobs.drain_due(self.queues, threading.Event())

    @property
    def row(self) -> OutboxRow:
        found: OutboxRow = OutboxRow.get(OutboxRow.dedupe_key == "text:1")
        return found

    @property
    def sent(self) -> int:
        return len(self.provider.outbox(channel="sms"))

    @property
    def spent(self) -> int:
        return tallies.used(FEN, "brand")

    def break_next(self, **action: object) -> None:
        self.provider.rule({"path": "/sms/", "key": "SendSms"}, action, times=1)


@pytest.fixture(scope="module")
def provider_process() -> Iterator[RunningStub]:
    with running_stub({"sms": texting.FIXTURE}) as running:
        yield running


@pytest.fixture
def desk(provider_process: RunningStub) -> Desk:
    provider_process.reset()
    made = Desk(provider_process)
    made.write()
    return made


def test_a_message_is_sent_and_its_check_taken_back(desk: Desk) -> None:
    desk.work()
    assert (desk.sent, desk.row.state, desk.row.channel) == (1, "sent", "sms")
    assert desk.row.provider_ref
    assert OutboxRow.get(OutboxRow.queue == outbox.CHECKS).state == "cancelled"


def test_a_lost_answer_is_not_a_reason_to_send_again(desk: Desk) -> None:
    desk.break_next(reset_after=True)
    desk.work()
    assert (desk.sent, desk.row.state, desk.spent) == (1, "unknown", 5)
    with clock.travelled(minutes=2):
        desk.work()
    assert (desk.sent, desk.row.state, desk.row.last_error) == (1, "sent", "found at the provider")


def test_what_the_provider_does_not_know_is_left_to_an_operator(desk: Desk) -> None:
    desk.break_next(reset=True)
    for hour in range(8):
        with clock.travelled(minutes=10 * hour):
            desk.work()
        desk.provider.advance(600)
    desk.provider.advance(-8 * 600)
    assert (desk.sent, desk.row.state) == (0, "unknown")
    assert OutboxRow.get(OutboxRow.queue == outbox.CHECKS).last_error == "not found"
    assert outbox.retry(desk.row.public_id)
    desk.work()
    assert (desk.sent, desk.row.state) == (1, "sent")


def test_a_provider_that_is_away_is_tried_again_and_paid_once(desk: Desk) -> None:
    desk.break_next(http=502)
    desk.work()
    assert (desk.sent, desk.row.state, desk.spent) == (0, "due", 0)
    with clock.travelled(seconds=30):
        desk.work()
    assert (desk.sent, desk.row.state, desk.spent) == (1, "sent", 5)


@pytest.mark.parametrize(
    ("code", "state"), [("isv.MOBILE_NUMBER_ILLEGAL", "cancelled"), ("isv.SMS_TEMPLATE_ILLEGAL", "dead")]
)
def test_what_is_refused_for_good_costs_nothing(desk: Desk, code: str, state: str) -> None:
    desk.break_next(code=code)
    desk.work()
    assert (desk.sent, desk.row.state, desk.row.last_error, desk.spent) == (0, state, code, 0)


def test_a_message_that_nobody_needs_any_more_is_not_sent(desk: Desk) -> None:
    desk.author.says = "expired"
    desk.work()
    assert (desk.sent, desk.row.state, desk.row.last_error) == (0, "cancelled", "expired")


def test_without_an_account_messages_are_put_away(desk: Desk) -> None:
    jobs.drain_due({outbox.TEXTS: Texts(None, desk.author)}, threading.Event())
    assert (desk.row.state, desk.row.last_error) == ("cancelled", "sms_off")


def test_a_message_whose_maker_fails_is_made_again_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_payload: Mapping[str, str]) -> TextMessage:
        raise LookupError

    monkeypatch.setattr(desk.author, "compose", fail)
    desk.work()
    assert (desk.sent, desk.row.state, desk.row.last_error) == (0, "due", "LookupError")


def died_after_the_send(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker sends and never writes: its process ends there. Then its lease ends too."""
    monkeypatch.setattr(jobs, "_settle", lambda _results: None)
    desk.work()
    monkeypatch.undo()


def test_a_worker_that_dies_between_sending_and_settling_doubles_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    died_after_the_send(desk, monkeypatch)
    assert (desk.sent, desk.row.state) == (1, "unknown")
    for later in (leases.LEASE_S + 1, CHECK_AFTER.total_seconds() + 1):
        with clock.travelled(seconds=later):
            desk.work()
    assert (desk.sent, desk.row.state) == (1, "sent")


def test_a_queue_that_does_not_mark_first_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    with monkeypatch.context() as fault:
        fault.setattr(jobs, "_settle", lambda _results: None)
        fault.setattr(leases, "mark", lambda _row: True)
        desk.work()
    desk.provider.advance(61)
    with clock.travelled(seconds=leases.LEASE_S + 1):
        desk.work()
    assert desk.sent == 2


def test_what_nobody_foresaw_after_the_send_is_unknown_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = SmsSender.send

    def sends_and_stumbles(*said: object) -> None:
        real(*said)
        raise LookupError

    monkeypatch.setattr(SmsSender, "send", sends_and_stumbles)
    desk.work()
    assert (desk.sent, desk.row.state) == (1, "unknown")


def test_a_row_taken_back_while_it_was_claimed_is_not_sent(desk: Desk) -> None:
    (row,) = leases.claim(outbox.TEXTS, "worker-1")
    outbox.drop(row.public_id)
    (work,) = desk.queues[outbox.TEXTS]([row])
    assert work() is None
    assert desk.sent == 0


def test_an_operators_retry_takes_the_row_from_whoever_still_held_it(desk: Desk) -> None:
    (row,) = leases.claim(outbox.TEXTS, "worker-1")
    with database.transaction():
        assert leases.mark(row)
    assert outbox.retry(row.public_id)
    (again,) = leases.claim(outbox.TEXTS, "worker-2")
    assert leases.settle([(row, Outcome("sent", "sms"))]) == 0
    assert (again.id, desk.sent) == (row.id, 0)
