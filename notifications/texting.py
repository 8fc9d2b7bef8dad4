"""The queue of text messages. Each costs money, so each is sent at most once.

The row is marked `unknown` before the provider is called, in the transaction that makes the message and pays for it out of the
limits. Whatever kills the process in between, nobody sends the row again: a check asks the provider, under our own id, what
became of it, and where that stays open an operator decides (`flask outbox retry|drop`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from config import clock, database
from config.settings import SmsSettings
from notifications import leases, metrics, outbox, tallies
from notifications.channels.base import ChannelError, Defect, Refused, Unclear
from notifications.channels.sms import SmsSender, TextMessage
from notifications.jobs import Work
from notifications.leases import Entry, Outcome
from notifications.outbox import OutboxRow
from notifications.sms.client import day_at_provider
from notifications.tallies import Use

CHECK_AFTER = timedelta(seconds=60)  # longer than any call to the provider lasts
_CHECKS = 5

_log = structlog.get_logger(__name__)


class Author(Protocol):
    """Who knows what the messages say; lives where the trade is."""

    def compose(self, payload: Mapping[str, str]) -> TextMessage | str:
        """The message, paid for, or a short reason why there is none any more. Inside a transaction."""

    def number_for(self, payload: Mapping[str, str]) -> str | None:
        """The number a message goes to, or None where there is none any more."""


class _Current:
    account = SmsSettings()


def use(account: SmsSettings) -> None:
    """Text messages of this process go through this account; called once at start."""
    _Current.account = account


def account() -> SmsSettings:
    """The account in use."""
    return _Current.account


def is_on(kind: str = "code") -> bool:
    """Can messages of this kind be sent here?"""
    return _Current.account.is_active and kind in _Current.account.templates


class Texts:
    """The handler of the queue `texts`."""

    def __init__(self, sender: SmsSender | None, author: Author) -> None:
        self._sender = sender
        self._author = author

    def __call__(self, rows: Sequence[OutboxRow]) -> list[Work]:
        """How to send each row: everything about it happens on its own thread."""
        return [partial(self._deliver, row) for row in rows]

    def _deliver(self, row: OutboxRow) -> Outcome | None:
        with database.connection():
            message = self._marked(row)
            if not isinstance(message, TextMessage) or self._sender is None:
                return message if isinstance(message, Outcome) else None
        return _concluded(_sent(self._sender, message, row.public_id), message, row.public_id)

    def _marked(self, row: OutboxRow) -> TextMessage | Outcome | None:
        """The message, its row marked and a check put beside it; else what becomes of the row, None where it is not ours."""
        if self._sender is None:
            return Outcome("cancelled", "sms", error="sms_off")
        with database.transaction():
            if not leases.mark(row):
                return None
            message = self._author.compose(row.payload)
            if isinstance(message, str):
                return Outcome("cancelled", "sms", error=message)
            _publish_check(row)
        return message


def _publish_check(text: OutboxRow) -> None:
    """Have somebody look later what became of it, in case nobody says."""
    key = f"check:{text.public_id}:{text.attempts}:{text.lease_owner}"
    payload, at = {"text": text.public_id}, clock.now() + CHECK_AFTER
    outbox.publish_on(outbox.CHECKS, payload, key, about=text.public_id, available_at=at)


def _concluded(outcome: Outcome, message: TextMessage, out_id: str) -> Outcome:
    """The outcome with its bookkeeping: no check any more, and nothing paid for what certainly was not sent."""
    if outcome.state == "unknown":
        return outcome
    unpaid = message.paid if outcome.state != "sent" else ()
    return replace(outcome, then=(Entry(partial(_close, unpaid), out_id),))


def _close(unpaid: Sequence[Use], out_ids: Sequence[str]) -> None:
    for out_id in out_ids:
        outbox.cancel(out_id)
    tallies.give_back(unpaid)


def _sent(sender: SmsSender, message: TextMessage, out_id: str) -> Outcome:
    """What became of one send. Whatever was not foreseen may have reached the provider: it is never a reason to send again."""
    try:
        receipt = sender.send(message, out_id)
    except Unclear as error:
        return Outcome("unknown", sender.name, error=error.code)
    except Defect as error:
        return Outcome("dead", sender.name, error=error.code)
    except Refused as error:
        return Outcome("cancelled", sender.name, error=error.code)
    except ChannelError as error:
        return Outcome("due", sender.name, error=error.code, wait_s=error.wait_s)
    except Exception as error:
        _log.exception("sms_failed", outbox=out_id)
        return Outcome("unknown", sender.name, error=type(error).__name__)
    return Outcome("sent", sender.name, receipt.provider_ref)


def hold_after_restore() -> list[str]:
    """Send none of the texts that were due when a backup was taken: they may have gone out since. The provider is asked
    about each; their ids."""
    with database.transaction():
        is_due = (OutboxRow.queue == outbox.TEXTS) & (OutboxRow.state == "due")
        texts = list(OutboxRow.select().where(is_due).order_by(OutboxRow.id))
        change = {"state": "unknown", "settled_at": clock.now(), "last_error": "restored from a backup"}
        OutboxRow.update(lease_owner=None, lease_until=None, **change).where(is_due).execute()
        for text in texts:
            _publish_check(text)
        return [text.public_id for text in texts]


class Checks:
    """The handler of the queue `text-checks`: what became of a message that nobody answered for."""

    def __init__(self, sender: SmsSender | None, author: Author) -> None:
        self._sender = sender
        self._author = author

    def __call__(self, rows: Sequence[OutboxRow]) -> list[Work]:
        """Reads the database here, asks the provider later."""
        named = [row.payload["text"] for row in rows]
        open_ones = OutboxRow.select().where(OutboxRow.public_id.in_(named), OutboxRow.state == "unknown")
        texts = {text.public_id: text for text in open_ones}
        return [self._work(row, texts.get(row.payload["text"])) for row in rows]

    def _work(self, row: OutboxRow, text: OutboxRow | None) -> Work:
        number = self._author.number_for(text.payload) if text else None
        if text is None or number is None or self._sender is None:
            return partial(Outcome, "cancelled", "sms", error="nothing to ask")
        return partial(_asked, self._sender, row, text, number)


def _asked(sender: SmsSender, row: OutboxRow, text: OutboxRow, number: str) -> Outcome:
    try:
        is_sent = sender.has_sent(number, text.public_id, _days_of(text))
    except ChannelError as error:
        return Outcome("due", sender.name, error=error.code)
    if is_sent:
        _resolve(text)
        return Outcome("sent", sender.name)
    if row.attempts < _CHECKS:
        return Outcome("due", sender.name, error="not found yet")
    metrics.ALERTS.labels(sender.name, "unknown").inc()
    _log.error("sms_unknown", outbox=text.public_id)  # an operator decides: retry sends it, drop lets it be
    return Outcome("sent", sender.name, error="not found")


def _days_of(text: OutboxRow) -> set[str]:
    """The provider's days on which it can have been sent: it is midnight there in the middle of some send."""
    marked = text.settled_at or text.created_at
    return {day_at_provider(marked), day_at_provider(marked + CHECK_AFTER)}


def _resolve(text: OutboxRow) -> None:
    with database.connection(), database.transaction():
        change = {"state": "sent", "channel": "sms", "last_error": "found at the provider", "lease_owner": None}
        still = (OutboxRow.id == text.id) & (OutboxRow.state == "unknown")
        OutboxRow.update(lease_until=None, settled_at=clock.now(), **change).where(still).execute()
