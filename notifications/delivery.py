"""Which channel carries a notice, what a refusal leads to, and where it ends.

The channels are asked in order; the in-app inbox is the floor, always there, because the outbox row itself is what the
inbox shows. So a notice that every channel refused for good is delivered all the same, by `inbox`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from config.settings import Settings
from notifications.channels.base import (
    Channel,
    ChannelError,
    Closed,
    Defect,
    Letter,
    Refused,
    Send,
    Throttled,
    Unclear,
)
from notifications.channels.console import Console
from notifications.channels.sms import SmsNotices
from notifications.channels.wechat_subscribe import WeChatSubscribe
from notifications.jobs import Work
from notifications.leases import Entry, Outcome
from notifications.notice import Notice
from notifications.outbox import OutboxRow
from notifications.redis_client import RedisLink
from notifications.wechat.client import WeChatClient, WeChatDoor
from notifications.wechat.token import AccessToken

INBOX = "inbox"
_UNCLEAR_TRIES = 3
_URGENT_TRIES = 3


@dataclass(frozen=True)
class Recipient:
    """What the outside knows of a person: the language they read (`zh`, `en`) and their IANA time zone."""

    language: str
    time_zone: str


Whom = tuple[str, str]
"""A person, and the place under which they are told (`Notice.place`)."""
Describe = Callable[[Sequence[Whom]], Mapping[Whom, Recipient]]


def channels_of(settings: Settings) -> list[Channel]:
    """The channels this process sends by, best first."""
    channels: list[Channel] = []
    if settings.wechat.is_active:
        door = WeChatDoor(settings.wechat)
        token = AccessToken(door, RedisLink(settings.redis_url))
        channels.append(WeChatSubscribe(settings.wechat, WeChatClient(door, token)))
    if settings.sms.is_active:
        channels.append(SmsNotices(settings.sms, settings.wechat.app_id))
    if settings.environment in {"demo", "test"}:
        channels.append(Console())
    return channels


class NoticeDelivery:
    """The handler of the queue `notices`.

    `describe` gives the recipients among some persons in their places, in one look-up; whoever it leaves out is gone
    from there, and gets nothing of it any more.
    """

    def __init__(self, channels: Sequence[Channel], describe: Describe) -> None:
        self._channels = channels
        self._describe = describe

    def __call__(self, rows: Sequence[OutboxRow]) -> list[Work]:
        """How to deliver each row: reads the database here, calls providers later."""
        known = self._describe(sorted({_whom(row) for row in rows}))
        letters = {row.id: _letter(row, known[_whom(row)]) for row in rows if _whom(row) in known}
        ways: dict[int, list[tuple[str, Send | Closed]]] = {row_id: [] for row_id in letters}
        for channel in self._channels:
            prepared = channel.prepare(list(letters.values()))
            for row_id, way in zip(letters, prepared, strict=True):
                ways[row_id].append((channel.name, way))
        return [partial(_deliver, letters[row.id], ways[row.id]) if row.id in letters else _person_gone for row in rows]


def notices(settings: Settings, describe: Describe) -> NoticeDelivery:
    """The handler of the queue `notices` with the channels that `settings` allow. Opens nothing yet."""
    return NoticeDelivery(channels_of(settings), describe)


def _whom(row: OutboxRow) -> Whom:
    return row.recipient, row.place


def _letter(row: OutboxRow, recipient: Recipient) -> Letter:
    notice = Notice.from_json(row.payload)
    return Letter(row.public_id, row.attempts, notice, recipient.language, recipient.time_zone)


def _person_gone() -> Outcome:
    return Outcome("cancelled", error="person_gone")


def _deliver(letter: Letter, ways: Sequence[tuple[str, Send | Closed]]) -> Outcome:
    """Ask the channels in order until one takes the letter or wants to be asked again later."""
    refusals: list[str] = []
    errors: list[ChannelError] = []
    effects: tuple[Entry, ...] = ()
    for name, way in ways:
        if isinstance(way, Closed):
            refusals.append(f"{name}: {way.reason}")
            continue
        try:
            receipt = way()
        except ChannelError as error:
            effects += error.then
            refusals.append(f"{name}: {error.code}")
            errors.append(error)
            if _is_worth_waiting(error, letter):
                return Outcome("due", name, error="; ".join(refusals), wait_s=error.wait_s, then=effects)
        else:
            return Outcome("sent", name, receipt.provider_ref, "; ".join(refusals), then=effects + receipt.then)
    return _floor(refusals, errors, effects)


def _is_worth_waiting(error: ChannelError, letter: Letter) -> bool:
    if isinstance(error, Refused):
        return False
    if isinstance(error, Unclear):
        return letter.attempt < _UNCLEAR_TRIES  # each more may be one message too many
    if letter.notice.urgency == "urgent":
        return letter.attempt < _URGENT_TRIES and not _is_long(error)
    return True


def _is_long(error: ChannelError) -> bool:
    return isinstance(error, Throttled) and (error.wait_s or 0) >= 60


def _floor(refusals: Sequence[str], errors: Sequence[ChannelError], effects: tuple[Entry, ...]) -> Outcome:
    reasons = "; ".join(refusals)
    if any(isinstance(error, Defect) for error in errors):
        return Outcome("dead", error=reasons, then=effects)
    if any(isinstance(error, Unclear) for error in errors):
        return Outcome("unknown", error=reasons, then=effects)
    return Outcome("sent", INBOX, error=reasons, then=effects)
