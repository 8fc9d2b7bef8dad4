"""What a channel is: it looks up its addresses first, sends later, and says in one of a few words what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from notifications.leases import Entry
from notifications.notice import Notice


@dataclass(frozen=True)
class Letter:
    """One notice on its way to one person: `attempt` counts from 1, `time_zone` is an IANA name."""

    outbox_id: str
    attempt: int
    notice: Notice
    language: str
    time_zone: str


@dataclass(frozen=True)
class Receipt:
    """The channel took the message. `provider_ref` is its own number for it; `then` is bookkeeping for our database."""

    provider_ref: str = ""
    then: tuple[Entry, ...] = ()


class ChannelError(Exception):
    """The message was not taken. `code` is short and holds no address; `then` is bookkeeping for our database."""

    def __init__(self, code: str, wait_s: float | None = None, then: tuple[Entry, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.wait_s = wait_s
        self.then = then


class Refused(ChannelError):
    """Final for this message on this channel: the next channel has its turn."""


class RecipientGone(Refused):
    """Final for this person on this channel until they are bound anew."""


class Defect(Refused):
    """We made the message wrongly; an operator was told."""


class TryLater(ChannelError):
    """Not taken now, and certainly not delivered."""


class Throttled(TryLater):
    """Too many at once or today; `wait_s` says when to come back."""


class Misconfigured(TryLater):
    """An operator must repair something and was told; the message waits for that."""


class Unclear(ChannelError):
    """It may have been delivered; nobody can say."""


Send = Callable[[], Receipt]


@dataclass(frozen=True)
class Closed:
    """This channel is not open for this letter, and why."""

    reason: str


class Channel(Protocol):
    """One way to a person."""

    name: str

    def prepare(self, letters: Sequence[Letter]) -> list[Send | Closed]:
        """For each letter how to send it, or why not. Reads the database, calls nobody.

        What it returns calls the provider, touches no database, may run on any thread, and raises ChannelError.
        """
