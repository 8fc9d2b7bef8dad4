"""What a person sees next: the neutral turn that every door renders (CONTRACT §3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from config.text import Text
from workflows.engine.content import Constraints, JsonValue, localised
from workflows.engine.engine import Answer, Interview, constraints_of, expected
from workflows.engine.flow import Card, Step
from workflows.engine.inputs import kind_named
from workflows.engine.photos import PhotoState
from workflows.engine.rejection import BadCell, Rejection

__all__ = ["Ask", "BadCell", "Message", "Progress", "Rejection", "Turn", "TurnSubject"]

State: TypeAlias = Literal["asking", "done", "left", "expired", "superseded"]
Sender: TypeAlias = Literal["partnerline", "me", "colleague"]


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the transcript; `step` is the step it belongs to, or None."""

    sender: Sender
    step: str | None
    text: Text

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """`{"from", "step", "text"}`."""
        return {"from": self.sender, "step": self.step, "text": self.text.in_language(language)}


@dataclass(frozen=True, slots=True)
class Ask:
    """The question now open, with the constraints in force."""

    step: str
    kind: str
    text: Text
    constraints: Constraints = field(default_factory=dict)

    @classmethod
    def of(cls, interview: Interview, step: Step) -> "Ask":
        """The step as it is asked in this interview, what its live part showed included."""
        return cls(step.key, step.kind, step.text, constraints_of(interview, step))

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """`{"step", "kind", "text", "constraints"}`, defaults filled in."""
        return {
            "step": self.step,
            "kind": self.kind,
            "text": self.text.in_language(language),
            "constraints": localised(kind_named(self.kind).describe(self.constraints), language),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the conversation is: answers given, and answers it takes as things stand."""

    answered: int
    expected: int

    @classmethod
    def of(cls, interview: Interview) -> "Progress":
        """Counted from the interview."""
        return cls(len(interview.answers), expected(interview))

    def to_json(self) -> dict[str, JsonValue]:
        """`{"answered", "expected"}`."""
        return {"answered": self.answered, "expected": self.expected}


@dataclass(frozen=True, slots=True)
class TurnSubject:
    """What the conversation is about; `ref` is the brand's own reference."""

    kind: str
    id: str
    ref: str
    card: Card

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """`{"kind", "id", "ref", "card"}`."""
        return {"kind": self.kind, "id": self.id, "ref": self.ref, "card": self.card.to_json(language)}


@dataclass(frozen=True, slots=True)
class Turn:
    """The state of a conversation as one person sees it.

    `stored` and `dropped` say what the request just made did. `steps`, `answers` and the whole transcript are filled
    when a conversation is opened or read; after an answer `steps` is None and `messages` are the new ones. `photos` are
    those received for it, whether they stand in an answer yet or not, each with what was found of it by now.
    """

    id: str
    flow: str
    state: State
    revision: int
    title: Text
    subject: TurnSubject
    progress: Progress
    messages: tuple[Message, ...] = ()
    ask: Ask | None = None
    stored: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rejection: Rejection | None = None
    superseded_by: str | None = None
    steps: tuple[Step, ...] | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    photos: Mapping[str, PhotoState] = field(default_factory=dict)

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """The whole turn in the person's language."""
        return {
            "id": self.id,
            "flow": self.flow,
            "state": self.state,
            "revision": self.revision,
            "title": self.title.in_language(language),
            "subject": self.subject.to_json(language),
            "progress": self.progress.to_json(),
            "messages": [message.to_json(language) for message in self.messages],
            "ask": self.ask.to_json(language) if self.ask else None,
            "stored": list(self.stored),
            "dropped": list(self.dropped),
            "rejection": self.rejection.to_json(language) if self.rejection else None,
            "superseded_by": self.superseded_by,
            "steps": None if self.steps is None else [step.localised(language) for step in self.steps],
            "answers": {key: held.to_json() for key, held in self.answers.items()},
            "photos": {name: photo.to_json(language) for name, photo in self.photos.items()},
        }
