"""One conversation in memory: its record, its flow, and the pure interview between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from config import clock
from config.prepared import Prepared, filling
from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.errors import NewerRelease, NotFound
from workflows.engine import engine
from workflows.engine.content import pinned
from workflows.engine.engine import Answer, Interview
from workflows.engine.flow import Flow, Remark, Step
from workflows.engine.photos import POOR, Photos, insists, questioned
from workflows.engine.pins import answer_of, card_of, texts_of
from workflows.engine.records import ASKING, Conversation
from workflows.engine.rejection import Rejection
from workflows.engine.transcript import added, transcript
from workflows.engine.turn import Ask, Message, Progress, State, Turn, TurnSubject

_CHANGING = [
    Conversation.answers,
    Conversation.shown,
    Conversation.revision,
    Conversation.state,
    Conversation.holder,
    Conversation.outcome,
    Conversation.updated_at,
    Conversation.closed_at,
]
_save = Prepared(
    lambda record, *values: Conversation.update(filling(_CHANGING, values)).where(Conversation.id == record),
    count=1 + len(_CHANGING),
)
NOT_ASKED_YET = Text(
    en="This comes after questions that are still open. Answer them first.",
    zh="前面还有问题没有回答，请先回答前面的问题。",
)
PREVIEW_CHANGED = Text(
    en="This changed while you were reading. Look at it again before you send.",
    zh="内容在您查看期间发生了变化，请重新确认后再发送。",
)


@dataclass(frozen=True)
class Given:
    """An answer as a phone sends it; answered_at is what its clock claims."""

    id: str
    step: str
    value: Any
    answered_at: str | None = None


class Outdated(Exception):
    """The subject has moved on since the conversation's steps were pinned."""


class Run:
    """A conversation being read or answered by one person. Knows no transaction: `conversations` opens it."""

    def __init__(self, actor: Actor, flow: Flow, record: Conversation, subject: Any = None) -> None:
        """`subject` is what the steps were just made from, where they were.

        Raises NewerRelease: steps of a version that this process does not know may ask what its effect would not store.
        """
        if record.flow_version > flow.version:
            raise NewerRelease(flow=flow.key)
        self.actor = actor
        self.flow = flow
        self.record = record
        self.interview = Interview(
            steps=tuple(Step.from_json(step) for step in record.steps),
            answers={key: answer_of(key, held) for key, held in record.answers.items()},
            shown=record.shown,
        )
        self.stored: list[str] = []
        self.dropped: list[str] = []
        self.rejection: Rejection | None = None
        self.photos = Photos(record, self.interview.steps)
        self._subject: Any = subject
        self._said_before = self._said()

    @property
    def subject(self) -> Any:
        """What it is about, loaded through the actor when first needed. Raises Outdated."""
        if self._subject is None:
            subject = self.subject_now()
            if subject is None or self.flow.version_of(subject) != self.record.subject_version:
                raise Outdated
            self._subject = subject
        return self._subject

    def subject_now(self) -> Any:
        """Its subject as it stands, whatever its version; None where it is no longer theirs to see."""
        try:
            return self.flow.load(self.actor, self.record.subject_id)
        except NotFound:
            return None

    def is_outdated(self) -> bool:
        """Has its subject moved on since the steps were pinned, or is their version of the flow no longer served?"""
        if self.record.flow_version < self.flow.served_from:
            return True
        if self._subject is not None:
            return False
        return self.flow.current_version(self.actor, self.record.subject_id) != self.record.subject_version

    def advance(self) -> None:
        """Run the live part of the step that is asked next, where it has one that was not shown yet."""
        while (step := engine.next_step(self.interview)) is not None:
            if step.live is None or step.key in self.interview.shown:
                return
            self._show(step)

    def refresh(self) -> None:
        """Show anew what is asked now where its verdict has changed since: nobody should read what no longer holds."""
        step = engine.next_step(self.interview)
        before = self.interview.shown.get(step.key) if step else None
        if step is None or before is None or _verdict(before) is None:
            return
        self._show(step)
        if _verdict(self.interview.shown[step.key]) == _verdict(before):
            self._keep_shown(step, before)

    def take(self, given: Given) -> bool:
        """Take one answer; False, and a rejection, where it is refused."""
        step = self.interview.step(given.step)
        if step is not None and step.live is not None:
            refused = self._show_again(step, given)
            if refused:
                return self._refuse(refused)
        answer = Answer(given.id, given.step, given.value, self.actor.person or "", clock.now().isoformat())
        outcome = engine.answer(self.interview, answer, self._today())
        if isinstance(outcome, Rejection):
            return self._refuse(outcome)
        taken = outcome.interview.answers[given.step]
        refused = self._looked_at(step, taken) or self._checked(step, taken)
        if refused:
            return self._refuse(refused)
        self._accept(outcome)
        self.stored.append(given.id)
        return True

    def has_said(self, given: Given) -> bool:
        """Does `given` say once more what stands? A confirmation is a yes, whichever preview it names."""
        held = self.interview.answers.get(given.step)
        if held is None:
            return False
        if held.value == given.value or (_is_yes(held.value) and _is_yes(given.value)):
            return True
        again = Answer(given.id, given.step, given.value, held.by, held.at)
        read = engine.answer(self.interview, again, self._today())
        return isinstance(read, engine.Accepted) and read.interview.answers[given.step].value == held.value

    def step_back(self, step_key: str) -> bool:
        """Take an answer back; False where there is none."""
        if step_key not in self.interview.answers:
            return False
        self.dropped.append(step_key)
        self._accept(engine.step_back(self.interview, step_key, self._today()))
        return True

    def values(self) -> dict[str, Any]:
        """The answers as an effect reads them."""
        return {key: held.value for key, held in self.interview.answers.items()}

    def save(self) -> None:
        """Write the conversation as it now stands."""
        record = self.record
        record.answers = {key: held.to_json() for key, held in self.interview.answers.items()}
        record.shown = {key: pinned(shown) for key, shown in self.interview.shown.items()}
        record.updated_at = clock.now()
        _save.write(record.id, *(getattr(record, column.name) for column in _CHANGING))

    def turn(self, is_whole: bool) -> Turn:
        """What the person sees: everything, or only what this request added."""
        record = self.record
        said = self._said(self._remarks(is_whole))
        return Turn(
            id=record.public_id,
            flow=record.flow,
            state=cast(State, record.state),
            revision=record.revision,
            title=self.flow.title,
            subject=TurnSubject(record.subject_kind, record.subject_id, record.subject_ref, card_of(record.card)),
            progress=Progress.of(self.interview),
            messages=said if is_whole else added(self._said_before, said),
            ask=self._ask(),
            stored=tuple(self.stored),
            dropped=tuple(key for key in self.dropped if key not in self.interview.answers),
            rejection=self.rejection,
            superseded_by=record.superseded_by,
            steps=self.interview.steps if is_whole else None,
            answers=self.interview.answers if is_whole else {},
            photos=self.photos.states(self.interview.answers),
        )

    def _ask(self) -> Ask | None:
        if self.record.state != ASKING:
            return None
        step = engine.next_step(self.interview)
        return Ask.of(self.interview, step) if step else None

    def _said(self, remarks: Sequence[Remark] = ()) -> tuple[Message, ...]:
        news, outcome = texts_of(self.record.news), texts_of(self.record.outcome)
        return transcript(self.interview, news, outcome, self.actor.person or "", remarks)

    def _remarks(self, is_whole: bool) -> Sequence[Remark]:
        """What is to be said of the answers by now; after an answer, of those just taken alone: the rest was said before."""
        subject = self._subject or (self.subject_now() if self.flow.remarks and is_whole else None)
        if self.flow.remarks is None or subject is None:
            return ()
        said = self.flow.remarks(subject, self.values(), self.actor)
        fresh = {key for key, held in self.interview.answers.items() if held.id in self.stored}
        return [remark for remark in said if is_whole or remark.step in fresh]

    def _today(self) -> date:
        return clock.today(self.actor.time_zone)

    def _show(self, step: Step) -> None:
        self.interview = engine.with_shown(self.interview, step.key, self._live(step))

    def _live(self, step: Step) -> Mapping[str, Any]:
        # An author's mistake in a name is found by the static checks, never by a partner.
        return self.flow.live[step.live or ""](self.subject, self.values(), self.actor)

    def _show_again(self, step: Step, given: Given) -> Rejection | None:
        """Run a live part anew when its answer arrives: what was shown may be no longer true.

        A live part reads all answers before it, so it is not run, and not answered, while one of them is missing.
        """
        if not engine.applies(step, self.interview.answers):
            return None
        if not self._is_reached(step):
            return Rejection("not_asked_yet", NOT_ASKED_YET, given.id, step.key)
        before = self.interview.shown.get(step.key)
        self._show(step)
        now = self.interview.shown[step.key]
        if _names(given.value, now):
            return None
        if before is None or _verdict(before) == _verdict(now):
            self._keep_shown(step, before)
            return None
        return Rejection("preview_changed", PREVIEW_CHANGED, given.id, step.key)

    def _is_reached(self, step: Step) -> bool:
        waiting = engine.next_step(self.interview)
        return waiting is None or self.interview.steps.index(waiting) >= self.interview.steps.index(step)

    def _keep_shown(self, step: Step, before: Mapping[str, Any] | None) -> None:
        if before is not None:
            self.interview = engine.with_shown(self.interview, step.key, before)

    def _looked_at(self, step: Step | None, taken: Answer) -> Rejection | None:
        """Refuse photos that are not here or no use; poor ones are questioned once."""
        refused = self.photos.refusal(step, taken, insists(self.record.shown, taken))
        if refused is not None and refused.code == POOR:
            self.interview = questioned(self.interview, refused, taken.value)
        return refused

    def _checked(self, step: Step | None, taken: Answer) -> Rejection | None:
        if step is None or step.check is None:
            return None
        refused = self.flow.checks[step.check](self.subject, self.values(), taken.value, self.actor)
        if refused is None:
            return None
        return Rejection(refused.code, refused.text, taken.id, step.key, refused.cells)

    def _accept(self, outcome: engine.Accepted) -> None:
        self.interview = outcome.interview
        self.dropped += [key for key in outcome.dropped if key not in self.dropped]
        self.advance()

    def _refuse(self, rejection: Rejection) -> bool:
        self.rejection = self.rejection or rejection
        return False


def _verdict(shown: Mapping[str, Any]) -> Any:
    """What of a preview must not change unsaid: its verdict, and the amount where it names one."""
    preview = shown.get("preview")
    if not isinstance(preview, Mapping) or preview.get("verdict") is None:
        return None
    return preview["verdict"], preview.get("amount")


def _names(value: Any, shown: Mapping[str, Any]) -> bool:
    """Does an answer name the preview that is shown?"""
    preview = shown.get("preview")
    return isinstance(value, Mapping) and isinstance(preview, Mapping) and value.get("preview") == preview.get("id")


def _is_yes(value: Any) -> bool:
    return value is True or (isinstance(value, Mapping) and set(value) == {"preview"})
