"""Text messages: they cost money, so each is sent at most once (docs/adr/0014).

A notice falls to a text message only where nobody would see it otherwise: a task that is urgent, or for somebody whom WeChat
does not know. It is handed over as a row of its own on the queue `texts`, in the transaction that settles the notice.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from config import clock
from config.settings import SmsSettings
from notifications import metrics, outbox, recipients
from notifications.channels import base
from notifications.channels.base import Closed, Letter, Receipt, Send
from notifications.leases import Entry
from notifications.sms.client import SmsAway, SmsDoor, SmsError, national
from notifications.tallies import Use

_PAGE = 50
_MOST_PAGES = 4
_WAKING = (time(8), time(21))

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TextMessage:
    """One text message: to which number (E.164), by which kind of template, with which values; `paid` is what it used up."""

    kind: str
    number: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    paid: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What a refusal means for the message: the error raised, how long to wait, and whether an operator is told."""

    error: type[base.ChannelError]
    wait_s: float | None = None
    is_alert: bool = False


# reference/wechat.md §8 and the provider's own list; what is unknown waits for an operator.
RULES: Mapping[str, Rule] = {
    "isv.BUSINESS_LIMIT_CONTROL": Rule(base.Throttled, wait_s=60),
    "isv.DAY_LIMIT_CONTROL": Rule(base.Refused, is_alert=True),
    "isv.MONTH_LIMIT_CONTROL": Rule(base.Refused, is_alert=True),
    "isv.MOBILE_NUMBER_ILLEGAL": Rule(base.RecipientGone),
    "isv.MOBILE_COUNT_OVER_LIMIT": Rule(base.Defect, is_alert=True),
    "isv.BLACK_KEY_CONTROL_LIMIT": Rule(base.Refused),
    "isv.SMS_TEMPLATE_ILLEGAL": Rule(base.Defect, is_alert=True),
    "isv.SMS_SIGNATURE_ILLEGAL": Rule(base.Defect, is_alert=True),
    "isv.TEMPLATE_MISSING_PARAMETERS": Rule(base.Defect, is_alert=True),
    "isv.TEMPLATE_PARAMS_ILLEGAL": Rule(base.Defect, is_alert=True),
    "isv.INVALID_PARAMETERS": Rule(base.Defect, is_alert=True),
    "isv.INVALID_JSON_PARAM": Rule(base.Defect, is_alert=True),
    "isv.AMOUNT_NOT_ENOUGH": Rule(base.Misconfigured, is_alert=True),
    "isv.OUT_OF_SERVICE": Rule(base.Misconfigured, is_alert=True),
    "isp.SYSTEM_ERROR": Rule(base.Unclear),
    "Throttling": Rule(base.Throttled, wait_s=10),
    "Throttling.User": Rule(base.Throttled, wait_s=10),
    "ServiceUnavailable": Rule(base.TryLater),
}
UNKNOWN = Rule(base.Misconfigured, is_alert=True)


class SmsSender:
    """Sends text messages through one account, and asks what became of them. Safe to share between threads."""

    name = "sms"

    def __init__(self, account: SmsSettings, door: SmsDoor | None = None) -> None:
        self._account = account
        self._door = door or SmsDoor(account)

    def send(self, message: TextMessage, out_id: str) -> Receipt:
        """Send once; `out_id` is our own name for it at the provider. Raises ChannelError."""
        template = self._account.templates.get(message.kind)
        if template is None:
            raise base.Refused("no_template")
        asked = {
            "PhoneNumbers": national(message.number),
            "SignName": self._account.sign,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False),
            "OutId": out_id,
        }
        try:
            said = self._door.ask("SendSms", asked)
        except SmsError as error:
            raise self._translated(error, out_id) from None
        except SmsAway as error:
            raise (base.Unclear if error.may_have_acted else base.TryLater)(error.reason) from None
        return Receipt(str(said.get("BizId", "")))

    def _translated(self, error: SmsError, out_id: str) -> base.ChannelError:
        rule = RULES.get(error.code, UNKNOWN)
        if rule.is_alert:
            metrics.ALERTS.labels(self.name, error.code[:40]).inc()
            _log.error("sms_alert", outbox=out_id, code=error.code)
        return rule.error(error.code, rule.wait_s)

    def has_sent(self, number: str, out_id: str, days: Iterable[str]) -> bool:
        """Did the provider take the message we named `out_id` on one of `days` (`20261122`)? Raises ChannelError."""
        try:
            return any(self._is_among_sent(number, out_id, day) for day in days)
        except (SmsError, SmsAway) as error:
            raise base.TryLater(str(error)) from None

    def _is_among_sent(self, number: str, out_id: str, day: str) -> bool:
        asked = {"PhoneNumber": national(number), "SendDate": day, "PageSize": str(_PAGE)}
        for page in range(1, _MOST_PAGES + 1):
            said = self._door.ask("QuerySendDetails", {**asked, "CurrentPage": str(page)})
            sent = (said.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            if any(one.get("OutId") == out_id for one in sent):
                return True
            if len(sent) < _PAGE:
                break
        return False


class SmsNotices:
    """Hands a notice over to the queue of text messages, where that makes sense."""

    name = "sms"

    def __init__(self, account: SmsSettings, wechat_app: str) -> None:
        self._account = account
        self._wechat_app = wechat_app

    def prepare(self, letters: Sequence[Letter]) -> list[Send | Closed]:
        """Open for tasks of people with a number: urgent ones, and all of those whom WeChat does not know."""
        persons = {letter.notice.person for letter in letters}
        with_phone = recipients.addresses(persons, "phone", "")
        in_wechat = recipients.addresses(persons, "wechat", self._wechat_app)
        return [self._way(letter, with_phone, in_wechat) for letter in letters]

    def _way(self, letter: Letter, with_phone: Mapping[str, str], in_wechat: Mapping[str, str]) -> Send | Closed:
        person = letter.notice.person
        if letter.notice.kind != "task" or "task" not in self._account.templates:
            return Closed("no_template")
        if person not in with_phone:
            return Closed("no_phone")
        if person in in_wechat and letter.notice.urgency != "urgent":
            return Closed("not_urgent")
        return partial(_handed_over, letter)


def _handed_over(letter: Letter) -> Receipt:
    return Receipt(then=(Entry(partial(_publish, letter), letter.notice.person),))


def _publish(letter: Letter, _persons: Sequence[str]) -> None:
    payload = {"kind": "task", "notice": letter.outbox_id}
    outbox.publish_on(
        outbox.TEXTS,
        payload,
        f"text:{letter.outbox_id}",
        recipient=letter.notice.person,
        about=letter.notice.about,
        available_at=by_day(clock.now(), letter.time_zone),
    )


def by_day(at: datetime, time_zone: str) -> datetime:
    """`at`, or the next morning where it is night there: nobody is rung out of bed for a task."""
    local = at.astimezone(ZoneInfo(time_zone))
    begin, end = _WAKING
    if begin <= local.time() < end:
        return at
    morning = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return datetime.combine(morning, begin, ZoneInfo(time_zone)).astimezone(at.tzinfo)
