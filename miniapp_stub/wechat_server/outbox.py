"""What reached the simulated phones: every accepted message of any channel, and waiting for one to come."""

import time
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from miniapp_stub.wechat_server.clock import iso


@dataclass(frozen=True)
class Message:
    """An accepted message. msgid is the platform's number (above 2^53 on purpose), content is what the phone shows."""

    seq: int
    channel: str
    appid: str
    touser: str
    user: str
    name: str
    template_id: str
    title: str
    content: tuple[tuple[str, str], ...]
    page: str | None
    body: dict[str, Any]
    msgid: int
    at: float
    status: str = "accepted"

    def describe(self) -> dict[str, Any]:
        """Give the message as JSON; data is the short form {field: value}."""
        return {
            "seq": self.seq,
            "channel": self.channel,
            "appid": self.appid,
            "touser": self.touser,
            "user": self.user,
            "name": self.name,
            "template_id": self.template_id,
            "title": self.title,
            "data": dict(self.content),
            "page": self.page,
            "miniprogram_state": self.body.get("miniprogram_state"),
            "lang": self.body.get("lang"),
            "body": self.body,
            "msgid": str(self.msgid),
            "at": iso(self.at),
            "status": self.status,
        }


@dataclass(frozen=True)
class Wanted:
    """Which messages somebody asks for; None means any, since is the last sequence number already seen."""

    channel: str | None = None
    touser: str | None = None
    user: str | None = None
    template_id: str | None = None
    since: int = 0

    def matches(self, message: Message) -> bool:
        """Whether the message is one of them."""
        return (
            message.seq > self.since
            and self.channel in (None, message.channel)
            and self.touser in (None, message.touser)
            and self.user in (None, message.user)
            and self.template_id in (None, message.template_id)
        )


@dataclass
class Outbox:
    """All accepted messages since the start or the last reset, oldest first."""

    items: list[Message] = field(default_factory=list)

    def find(self, wanted: Wanted) -> list[Message]:
        """Give the messages asked for, oldest first."""
        return [message for message in self.items if wanted.matches(message)]

    def wait(self, wanted: Wanted, count: int, timeout_s: float, changed: Condition) -> list[Message]:
        """Give the messages asked for once there are so many, or those there are when the time is up.

        The caller holds `changed`'s lock, which is released while waiting. Looks at each message once: a benchmark's
        waiter must not read the whole outbox again with every new message.
        """
        deadline = time.monotonic() + timeout_s
        found: list[Message] = []
        looked_at = 0
        while True:
            found += [message for message in self.items[looked_at:] if wanted.matches(message)]
            looked_at = len(self.items)
            left_s = deadline - time.monotonic()
            if len(found) >= count or left_s <= 0:
                return found
            changed.wait(left_s)
