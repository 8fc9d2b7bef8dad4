"""The words a flow is declared in: steps, who may answer, what its subject looks like. Steps are data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from config.text import Text
from workflows.domain import events
from workflows.engine.conditions import Condition, all_of, any_of, not_, when
from workflows.engine.content import Constraints, Content, JsonValue, localised, pinned, text_of
from workflows.engine.inputs import kind_named
from workflows.engine.rejection import Rejection

__all__ = [
    "Card",
    "CheckFn",
    "Condition",
    "Flow",
    "LiveFn",
    "Remark",
    "Startable",
    "Step",
    "Who",
    "agency",
    "all_of",
    "any_of",
    "brand",
    "distributor",
    "not_",
    "store",
    "supplier",
    "when",
]

# Each flow has its own record and the engine only hands it from `load` to the flow's other functions; a type
# parameter would have to be repeated wherever a list of flows is held and would be Any there all the same.
Subject: TypeAlias = Any
Actor: TypeAlias = Any
Answers: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that became known about an answer after it was given, such as a verdict on its photos."""

    step: str
    text: Text


LiveFn: TypeAlias = Callable[[Subject, Answers, Actor], Mapping[str, Content]]
CheckFn: TypeAlias = Callable[[Subject, Answers, Any, Actor], Rejection | None]
RemarksFn: TypeAlias = Callable[[Subject, Answers, Actor], Sequence[Remark]]


@dataclass(frozen=True, slots=True)
class Step:
    """One question (or note) of a flow.

    `live` names a function of the flow whose result is laid over the constraints when the step is asked; `check`
    names one that looks at the parsed value on the server. `depends_on` limits which corrected steps make what a live
    step showed stale: without it, every earlier step does. `offline_text` stands in for a live step without signal.
    """

    key: str
    kind: str
    text: Text
    constraints: Constraints = field(default_factory=dict)
    when: Condition | None = None
    live: str | None = None
    offline_text: Text | None = None
    check: str | None = None
    depends_on: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """As it is pinned in a conversation: texts in both languages."""
        return {
            "step": self.key,
            "kind": self.kind,
            "text": self.text.to_json(),
            "constraints": pinned(self.constraints),
            **self._optional(),
            **({"offline_text": self.offline_text.to_json()} if self.offline_text else {}),
            **({"check": self.check} if self.check else {}),
        }

    def localised(self, language: str) -> dict[str, JsonValue]:
        """As a phone gets it: plain strings, defaults filled in, nothing about server-side checks."""
        described = kind_named(self.kind).describe(self.constraints)
        return {
            "step": self.key,
            "kind": self.kind,
            "text": self.text.in_language(language),
            "constraints": localised(described, language),
            **self._optional(),
            **({"offline_text": self.offline_text.in_language(language)} if self.offline_text else {}),
        }

    def _optional(self) -> dict[str, JsonValue]:
        parts: dict[str, JsonValue] = {}
        if self.when is not None:
            parts["when"] = self.when.to_json()
        if self.live is not None:
            parts["live"] = self.live
        if self.depends_on is not None:
            parts["depends_on"] = list(self.depends_on)
        return parts

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Step":
        """Read what `to_json` wrote; texts inside the constraints stay in their pinned form."""
        depends_on = data.get("depends_on")
        return cls(
            key=data["step"],
            kind=data["kind"],
            text=text_of(data["text"]),
            constraints=data.get("constraints", {}),
            when=Condition.from_json(data["when"]) if "when" in data else None,
            live=data.get("live"),
            offline_text=text_of(data["offline_text"]) if "offline_text" in data else None,
            check=data.get("check"),
            depends_on=None if depends_on is None else tuple(depends_on),
        )


@dataclass(frozen=True, slots=True)
class Who:
    """Whose people may answer a flow: kinds of organisation and roles in them."""

    kinds: frozenset[str]
    roles: frozenset[str]

    def allows(self, kind: str, role: str) -> bool:
        """Whether a person with this role in an organisation of this kind may."""
        return kind in self.kinds and role in self.roles


def supplier(*roles: str) -> Who:
    """A supplier's people."""
    return Who(frozenset({"supplier"}), frozenset(roles))


def distributor(*roles: str) -> Who:
    """A distributor's people."""
    return Who(frozenset({"distributor"}), frozenset(roles))


def store(*roles: str) -> Who:
    """A store's people."""
    return Who(frozenset({"store"}), frozenset(roles))


def agency(*roles: str) -> Who:
    """A field agency's people."""
    return Who(frozenset({"agency"}), frozenset(roles))


def brand(*roles: str) -> Who:
    """The brand's own people."""
    return Who(frozenset({"brand"}), frozenset(roles))


@dataclass(frozen=True, slots=True)
class Card:
    """What a conversation is about, at a glance: a title and a few labelled facts."""

    title: Text
    facts: tuple[tuple[Text, Text | str], ...] = ()

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """`{"title", "facts": [[label, value], …]}`."""
        return {
            "title": self.title.in_language(language),
            "facts": [[localised(label, language), localised(fact, language)] for label, fact in self.facts],
        }


@dataclass(frozen=True, slots=True)
class Startable:
    """What a flow may be started on without a task.

    `of` gives the records the actor may start it on: a query, starting from the actor, over a record with a `public_id`.
    `opened` gives the subjects of such a query in its order, as `Flow.load` would, in a bounded number of statements;
    `about` names a subject.
    """

    of: Callable[[Actor], Any]
    opened: Callable[[Any], Sequence[Subject]]
    about: Callable[[Subject], events.Subject]


@dataclass(frozen=True, slots=True)
class Flow:
    """One guided flow, declared in one file of `workflows/flows`.

    `steps` is called once per conversation; `effect` is the only side effect of the answers and gives the closing
    message or messages, read back from what was stored. `version` grows when a step key, kind or constraint changes.
    Names in `live` and `checks` are permanent: pinned steps of older versions call them, down to the version
    `served_from`; a conversation of an older one is superseded. `version_of` reads the
    version of a loaded subject, `current_version` the present one for an actor and an id without loading it (None where it
    is not theirs to see); `withdrawn` says why nothing is asked any more, of None where the subject is no longer theirs to see.

    `remarks` says what became known about the answers since, such as verdicts on photos: a message behind the step. `closed` says
    why the subject's own window is over for good, so that an open conversation expires; None as long as it takes an answer.

    A flow that `starts_alone` needs no task: it is started on what `startable` finds; without that, about the
    organisation itself, whose id is then what `load` and `current_version` are called with.
    """

    key: str
    version: int
    title: Text
    subject: str
    who: Who
    steps: Callable[[Subject], list[Step]]
    effect: Callable[[Subject, Answers, Actor], Text | tuple[Text, ...]]
    card: Callable[[Subject], Card]
    load: Callable[[Actor, str], Subject]
    version_of: Callable[[Subject], int]
    current_version: Callable[[Actor, str], int | None]
    withdrawn: Callable[[Subject | None], Text]
    live: Mapping[str, LiveFn] = field(default_factory=dict)
    checks: Mapping[str, CheckFn] = field(default_factory=dict)
    starts_alone: bool = False
    startable: Startable | None = None
    served_from: int = 1
    remarks: RemarksFn | None = None
    closed: Callable[[Subject], Text | None] | None = None

    def may_start_on(self, actor: Actor, subject_id: str) -> bool:
        """May the actor start it on this subject, which is theirs to see? Without `startable`, on nothing but themselves."""
        if self.startable is None:
            return bool(subject_id == actor.organisation)
        query = self.startable.of(actor)
        return bool(query.where(query.model.public_id == subject_id).exists())
