"""WeChat subscribe messages: one send per consent the person gave, and what each refusal means.

WeChat knows no idempotency key. A worker that dies between sending and settling sends again: it costs the person one
more consent, or ends in 43101 and the inbox (docs/adr/0005).
"""

import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import uniform
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from config import clock
from config.settings import WeChatSettings
from notifications import consents, metrics, recipients
from notifications.channels import base
from notifications.channels.base import Closed, Letter, Receipt, Send
from notifications.leases import Entry
from notifications.wechat import templates
from notifications.wechat.client import WeChatAway, WeChatClient, WeChatError

SEND = "/cgi-bin/message/subscribe/send"
_LINES = 1024
_PAUSE_S = 30.0
_BEIJING = ZoneInfo("Asia/Shanghai")
_MINUTE_QUOTA_TRIES = 2

_log = structlog.get_logger(__name__)

Body = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """What an errcode means for the message: the error raised, how long to wait, and the bookkeeping.

    `repair` is tried once before: send again `without_page` or in `neutral_words`. `is_alert`: an operator is told.
    `pauses`: the channel or the template is left alone for a while.
    """

    error: type[base.ChannelError]
    wait_s: tuple[float, float] | None = None
    repair: str = ""
    forgets: str = ""
    pauses: str = ""
    is_alert: bool = False
    until_tomorrow: bool = False


# reference: WeChat's table for subscribe/send. Token errors arrive here only after a refresh did not help.
RULES: Mapping[int, Rule] = {
    -1: Rule(base.Unclear),
    40001: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    40013: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    40014: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    40125: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    40164: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    41001: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    42001: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    43107: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    48001: Rule(base.Misconfigured, pauses="channel", is_alert=True),
    40003: Rule(base.RecipientGone, forgets="address"),
    50002: Rule(base.RecipientGone, forgets="address"),
    43101: Rule(base.Refused, forgets="consent"),
    40037: Rule(base.Defect, pauses="template", is_alert=True),
    41030: Rule(base.Defect, repair="without_page", is_alert=True),
    45168: Rule(base.Refused, repair="neutral_words"),
    47001: Rule(base.Defect, is_alert=True),
    47002: Rule(base.Defect, is_alert=True),
    47003: Rule(base.Defect, is_alert=True),
    43108: Rule(base.Throttled, wait_s=(1, 3)),
    45011: Rule(base.Throttled, wait_s=(60, 120)),
    45009: Rule(base.Throttled, wait_s=(60, 120), until_tomorrow=True),
}
UNKNOWN = Rule(base.Misconfigured, is_alert=True)


class WeChatSubscribe:
    """Sends through one mini-program account. Safe to share between threads; one person gets one message at a time."""

    name = "wechat_subscribe"

    def __init__(self, account: WeChatSettings, client: WeChatClient) -> None:
        self._account = account
        self._client = client
        self._lines = tuple(threading.Lock() for _ in range(_LINES))
        self._paused_until: dict[str, float] = {}
        # Made once, because the settlement writes together what is booked by the same function.
        self._spend = {
            template: partial(consents.spend, account.app_id, template) for template in account.templates.values()
        }
        self._exhaust = {
            template: partial(consents.exhaust, account.app_id, template) for template in account.templates.values()
        }
        self._mark_refused = partial(recipients.mark_refused, "wechat", account.app_id)

    def prepare(self, letters: Sequence[Letter]) -> list[Send | Closed]:
        """Open to people who are bound to the account and have a consent left for the kind's template."""
        persons = {letter.notice.person for letter in letters}
        openids = recipients.addresses(persons, "wechat", self._account.app_id)
        left = consents.left_of(openids, self._account.app_id)
        return [self._way(letter, openids, left) for letter in letters]

    def _way(self, letter: Letter, openids: Mapping[str, str], left: Mapping[str, Mapping[str, int]]) -> Send | Closed:
        person = letter.notice.person
        template = self._account.templates.get(letter.notice.kind)
        if template is None:
            return Closed("no_template")
        if person not in openids:
            return Closed("not_bound")
        if left.get(person, {}).get(template, 0) <= 0:
            return Closed("no_consent")
        return partial(self._send, letter, openids[person], template)

    def _send(self, letter: Letter, openid: str, template: str) -> Receipt:
        self._refuse_while_paused(template)
        with self._line(openid):
            said = self._sent(letter, self._body(letter, openid, template))
        return Receipt(str(said.get("msgid", "")), then=(Entry(self._spend[template], letter.notice.person),))

    def _sent(self, letter: Letter, body: Body) -> dict[str, Any]:
        """Send, with each repair tried once. Raises ChannelError."""
        repairs = dict(_REPAIRS)
        while True:
            try:
                return self._client.post(SEND, body)
            except WeChatAway as error:
                raise _away(error) from None
            except WeChatError as error:
                rule = RULES.get(error.errcode, UNKNOWN)
                self._alert(letter, error, rule)
                repair = repairs.pop(rule.repair, None)
                if repair is None:
                    raise self._translated(letter, body["template_id"], error, rule) from None
                body = repair(letter, body)

    def _body(self, letter: Letter, openid: str, template: str) -> Body:
        return {
            "touser": openid,
            "template_id": template,
            "page": page_of(letter),
            "miniprogram_state": self._account.miniprogram_state,
            "lang": "en_US" if letter.language == "en" else "zh_CN",
            "data": templates.data_of(letter.notice, letter.language, letter.time_zone),
        }

    def _translated(self, letter: Letter, template: str, error: WeChatError, rule: Rule) -> base.ChannelError:
        if rule.pauses:
            self._paused_until[template if rule.pauses == "template" else ""] = time.monotonic() + _PAUSE_S
        return rule.error(str(error.errcode), _wait_s(rule, letter.attempt), self._bookkeeping(letter, template, rule))

    def _bookkeeping(self, letter: Letter, template: str, rule: Rule) -> tuple[Entry, ...]:
        if rule.forgets == "address":
            return (Entry(self._mark_refused, letter.notice.person),)
        if rule.forgets == "consent":
            return (Entry(self._exhaust[template], letter.notice.person),)
        return ()

    def _alert(self, letter: Letter, error: WeChatError, rule: Rule) -> None:
        if rule.is_alert:
            metrics.ALERTS.labels(self.name, str(error.errcode)).inc()
            facts = {"outbox": letter.outbox_id, "errcode": error.errcode, "rid": error.rid, "field": error.field}
            _log.error("wechat_subscribe_alert", **facts)

    def _refuse_while_paused(self, template: str) -> None:
        if self._paused_until.get("", 0.0) > time.monotonic():
            raise base.Misconfigured("paused")
        if self._paused_until.get(template, 0.0) > time.monotonic():
            raise base.Defect("template_paused")

    def _line(self, openid: str) -> AbstractContextManager[Any]:
        # WeChat refuses two sends to one person at once (43108); another process may still meet it.
        return self._lines[zlib.crc32(openid.encode()) % _LINES]


def page_of(letter: Letter) -> str:
    """Where a tap on the message leads: the task's conversation, or the notice in the inbox."""
    place, _, row = letter.notice.link.partition("/")
    if letter.notice.kind == "task" and place == "task" and row:
        return f"pages/task/task?id={row}"
    return f"pages/notice/notice?id={letter.outbox_id}"


def _without_page(_letter: Letter, body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "page"}


def _in_neutral_words(letter: Letter, body: Body) -> Body:
    return {**body, "data": templates.neutral_data_of(letter.notice, letter.language, letter.time_zone)}


_REPAIRS: Mapping[str, Callable[[Letter, Body], Body]] = {
    "without_page": _without_page,
    "neutral_words": _in_neutral_words,
}


def _away(error: WeChatAway) -> base.ChannelError:
    return base.Unclear(error.reason) if error.may_have_acted else base.TryLater(error.reason)


def _wait_s(rule: Rule, attempt: int) -> float | None:
    """Seconds to wait where the rule knows better than the doubling schedule."""
    if rule.wait_s is None:
        return None
    spread = uniform(*rule.wait_s)  # noqa: S311 - spreading load, not a secret
    if not rule.until_tomorrow or attempt <= _MINUTE_QUOTA_TRIES:
        return spread
    # Not the minute's quota, then the day's, which starts again at midnight in Beijing.
    local = clock.now().astimezone(_BEIJING)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - local).total_seconds() + spread
