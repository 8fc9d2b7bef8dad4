"""What a person is told, neutral of language and channel: the content of one outbox row on the queue `notices`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from config.text import Text

Kind = Literal["task", "result"]
Urgency = Literal["routine", "urgent"]
KINDS: tuple[Kind, ...] = ("task", "result")
_NOTHING = Text()


@dataclass(frozen=True)
class Notice:
    """One thing to tell one person: a task that waits for them, or the result of something they care about.

    Holds person ids and business facts, never a person's name, a phone number, a code or a secret link: it rests in
    the database as it is. `link` is where the mini-app opens (`task/tsk_…`); `about` is the id under which open
    notices are cancelled together. A task says until when (`due_at`) and from which organisation (`sender`); a result
    says what came out (`outcome`). `facts` are further lines for channels that have room. `place` is the membership
    under which the person is told: whoever lost it is told nothing, and only there does the inbox show it; empty, any
    will do. Raises ValueError.
    """

    kind: Kind
    person: str
    title: Text
    reference: str = ""
    due_at: datetime | None = None
    sender: Text = _NOTHING
    outcome: Text = _NOTHING
    facts: tuple[tuple[Text, Text | str], ...] = ()
    link: str = ""
    urgency: Urgency = "routine"
    about: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a notice is one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.kind == "task" and self.due_at is None:
            raise ValueError("a task's notice says until when: due_at is missing")
        if self.due_at is not None and self.due_at.tzinfo is None:
            raise ValueError("due_at is without a time zone")

    def to_json(self) -> dict[str, Any]:
        """As it rests in the outbox."""
        return {
            "kind": self.kind,
            "person": self.person,
            "title": self.title.to_json(),
            "reference": self.reference,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "sender": self.sender.to_json(),
            "outcome": self.outcome.to_json(),
            "facts": [[label.to_json(), _fact_to_json(value)] for label, value in self.facts],
            "link": self.link,
            "urgency": self.urgency,
            "about": self.about,
            "place": self.place,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Notice":
        """Read what `to_json` wrote."""
        return cls(
            kind=value["kind"],
            person=value["person"],
            title=Text.from_json(value["title"]),
            reference=value["reference"],
            due_at=datetime.fromisoformat(value["due_at"]) if value["due_at"] else None,
            sender=Text.from_json(value["sender"]),
            outcome=Text.from_json(value["outcome"]),
            facts=tuple((Text.from_json(label), _fact_from_json(fact)) for label, fact in value["facts"]),
            link=value["link"],
            urgency=value["urgency"],
            about=value["about"],
            place=value["place"],
        )


def _fact_to_json(value: Text | str) -> dict[str, str] | str:
    return value.to_json() if isinstance(value, Text) else value


def _fact_from_json(value: Mapping[str, str] | str) -> Text | str:
    return value if isinstance(value, str) else Text.from_json(value)
