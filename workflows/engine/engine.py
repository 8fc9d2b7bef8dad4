"""What to ask next and what an answer changes: pure functions over pinned steps, answers and what was shown.

There is no cursor: the next question follows from the three. An answer to a step that has one corrects it. Then each
later step is looked at once, in order (conditions and live steps look back only):

- what a live step showed is stale when a step it depends on changed, and goes; with it goes an answer that stood
  for just that: a confirmation, a signature, and the empty answer a table without rows gave itself;
- an answer stays when its step still applies and it still parses under the constraints now in force.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, Content, JsonValue, entries
from workflows.engine.flow import Step
from workflows.engine.inputs import kind_named
from workflows.engine.rejection import InvalidAnswer, Rejection, readable_name

PARTNERLINE = "partnerline"
STANDS_FOR_WHAT_WAS_SHOWN = frozenset({"confirm", "signature"})

UNKNOWN_STEP = Text(
    en="This question is not part of this conversation. Reload and go on from there.",
    zh="此对话中没有这个问题，请刷新后继续。",
)
NOT_APPLICABLE = Text(
    en="This question is no longer asked, because an earlier answer changed. Go on with the next one.",
    zh="前面的回答已更改，不再需要回答此问题，请继续下一题。",
)
NOT_SHOWN = Text(
    en="This list has not been loaded yet. Open it with a connection and answer then.",
    zh="列表尚未加载，请联网打开后再回答。",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored answer: `value` is parsed and ready for JSON, `by` a person id or "partnerline", `at` RFC 3339."""

    id: str
    step: str
    value: JsonValue
    by: str
    at: str

    def to_json(self) -> dict[str, JsonValue]:
        """As a turn lists it under its step's key."""
        return {"id": self.id, "value": self.value, "by": self.by, "at": self.at}


@dataclass(frozen=True, slots=True)
class Interview:
    """All that a conversation's course depends on; `shown` holds what live steps showed, by step key."""

    steps: tuple[Step, ...]
    answers: Mapping[str, Answer] = field(default_factory=dict)
    shown: Mapping[str, Mapping[str, Content]] = field(default_factory=dict)

    def step(self, key: str) -> Step | None:
        """The step with this key, if the interview has one."""
        return next((step for step in self.steps if step.key == key), None)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The interview after an answer, and the steps whose later answers no longer stood."""

    interview: Interview
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Several answers taken in order: ids of those stored, what they dropped in the end, and what was refused."""

    interview: Interview
    stored: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()


def applies(step: Step, answers: Mapping[str, Answer]) -> bool:
    """Whether the step belongs to the conversation, given the answers so far."""
    return step.when is None or step.when.holds(_values(answers))


def next_step(interview: Interview) -> Step | None:
    """The question to ask now, or None when nothing is left; notes are never asked."""
    values = _values(interview.answers)
    return next((step for step in _asked(interview.steps, values) if step.key not in values), None)


def visible_steps(interview: Interview) -> tuple[Step, ...]:
    """Notes and questions the person has met, in order: all that apply, up to the one asked now."""
    asked_now = next_step(interview)
    values = _values(interview.answers)
    seen: list[Step] = []
    for step in interview.steps:
        if step.when is None or step.when.holds(values):
            seen.append(step)
        if step is asked_now:
            break
    return tuple(seen)


def expected(interview: Interview) -> int:
    """How many answers the conversation takes as things stand, given ones included."""
    return sum(1 for _ in _asked(interview.steps, _values(interview.answers)))


def constraints_of(interview: Interview, step: Step) -> Constraints:
    """The constraints in force: the pinned ones, with what a live step showed laid over them."""
    shown = interview.shown.get(step.key)
    return {**step.constraints, **shown} if shown else step.constraints


def answer(interview: Interview, given: Answer, today: date) -> Accepted | Rejection:
    """Store an answer, or correct one; `today` is the organisation's day.

    Gives a Rejection, and changes nothing, for an unknown step, one that does not apply, or a value its kind refuses.
    """
    step = interview.step(given.step)
    if step is None:
        return Rejection("unknown_step", UNKNOWN_STEP, given.id, readable_name(given.step))
    if step.kind == "note" or not applies(step, interview.answers):
        return Rejection("not_applicable", NOT_APPLICABLE, given.id, step.key)
    try:
        value = _read(interview, step, given.value, today)
    except InvalidAnswer as wrong:
        return wrong.rejection(given.id, step.key)
    return _store(interview, replace(given, value=value), today)


def answer_all(interview: Interview, answers: Sequence[Answer], today: date) -> Batch:
    """Take several answers in order, as a phone without signal collected them; a refused one is skipped."""
    stored: list[str] = []
    dropped: list[str] = []
    rejections: list[Rejection] = []
    for given in answers:
        outcome = answer(interview, given, today)
        if isinstance(outcome, Rejection):
            rejections.append(outcome)
            continue
        interview = outcome.interview
        stored.append(given.id)
        dropped += [key for key in outcome.dropped if key not in dropped]
    gone = tuple(key for key in dropped if key not in interview.answers)
    return Batch(interview, tuple(stored), gone, tuple(rejections))


def step_back(interview: Interview, step_key: str, today: date | None = None) -> Accepted:
    """Take an answer back; later ones stay as with a correction.

    Nothing happens where there is no answer, or where an empty table answered itself. Without `today`, later answers
    are not read again: they go only when their step no longer applies or lost what it had shown.
    """
    held = interview.answers.get(step_key)
    if held is None or held.by == PARTNERLINE:
        return Accepted(interview)
    return _settle(_without_answer(interview, step_key), step_key, today)


def with_shown(interview: Interview, step_key: str, shown: Mapping[str, Content]) -> Interview:
    """Remember what a live step shows; a table that has no rows to show is answered on the spot."""
    interview = replace(interview, shown={**interview.shown, step_key: shown})
    step = interview.step(step_key)
    if step is None or not _answers_itself(interview, step):
        return interview
    at = max((held.at for held in interview.answers.values()), default="")
    itself = Answer(f"{PARTNERLINE}:{step_key}", step_key, {}, PARTNERLINE, at)
    answers = {**interview.answers, step_key: itself}
    return _settle(replace(interview, answers=answers), step_key, None).interview


def fitting(
    steps: Sequence[Step], answers: Mapping[str, Answer], today: date
) -> tuple[dict[str, Answer], tuple[str, ...]]:
    """Which answers to an older list of steps also fit this one: those kept, and the keys of those that are not.

    A confirmation or signature stood for what was read then, and a table that answered itself will do so again:
    none of them is carried over.
    """
    interview = Interview(tuple(steps))
    for step in steps:
        held = answers.get(step.key)
        if held is None or held.by == PARTNERLINE or step.kind in STANDS_FOR_WHAT_WAS_SHOWN:
            continue
        outcome = answer(interview, held, today)
        interview = outcome.interview if isinstance(outcome, Accepted) else interview
    return dict(interview.answers), tuple(key for key in answers if key not in interview.answers)


def _values(answers: Mapping[str, Answer]) -> dict[str, JsonValue]:
    return {key: held.value for key, held in answers.items()}


def _asked(steps: Sequence[Step], values: Mapping[str, JsonValue]) -> Iterator[Step]:
    for step in steps:
        if step.kind != "note" and (step.when is None or step.when.holds(values)):
            yield step


def _read(interview: Interview, step: Step, value: JsonValue, today: date) -> JsonValue:
    if _waits_for_rows(interview, step):
        raise InvalidAnswer("not_shown", NOT_SHOWN)
    return kind_named(step.kind).parse(value, constraints_of(interview, step), today)


def _waits_for_rows(interview: Interview, step: Step) -> bool:
    """A live table that was not shown has no rows to answer; taking `{}` for it would skip the question."""
    return (
        step.live is not None
        and step.kind == "table"
        and step.key not in interview.shown
        and "rows" not in step.constraints
    )


def _answers_itself(interview: Interview, step: Step) -> bool:
    return (
        step.live is not None
        and step.kind == "table"
        and step.key not in interview.answers
        and not entries(constraints_of(interview, step), "rows")
        and applies(step, interview.answers)
    )


def _store(interview: Interview, given: Answer, today: date) -> Accepted:
    before = interview.answers.get(given.step)
    interview = replace(interview, answers={**interview.answers, given.step: given})
    if before is not None and before.value == given.value:
        return Accepted(interview)
    return _settle(interview, given.step, today)


def _settle(interview: Interview, changed_key: str, today: date | None) -> Accepted:
    """Look once at every step after the changed one, and let go what no longer stands."""
    changed = {changed_key}
    dropped: list[str] = []
    for step in _after(interview.steps, changed_key):
        is_stale = _is_stale(step, changed)
        if is_stale:
            interview = _without_shown(interview, step.key)
        held = interview.answers.get(step.key)
        if held is None or _stays(interview, step, held, is_stale, today):
            continue
        interview = _without_answer(interview, step.key)
        changed.add(step.key)
        dropped.append(step.key)
    return Accepted(interview, tuple(dropped))


def _after(steps: Sequence[Step], key: str) -> Iterator[Step]:
    passed = False
    for step in steps:
        if passed:
            yield step
        passed = passed or step.key == key


def _is_stale(step: Step, changed: set[str]) -> bool:
    if step.live is None:
        return False
    return step.depends_on is None or not changed.isdisjoint(step.depends_on)


def _stays(interview: Interview, step: Step, held: Answer, is_stale: bool, today: date | None) -> bool:
    if not applies(step, interview.answers):
        return False
    if held.by == PARTNERLINE or step.kind in STANDS_FOR_WHAT_WAS_SHOWN:
        return not is_stale
    if today is None:
        return not _waits_for_rows(interview, step)
    try:
        _read(interview, step, held.value, today)
    except InvalidAnswer:
        return False
    return True


def _without_answer(interview: Interview, key: str) -> Interview:
    rest = {name: held for name, held in interview.answers.items() if name != key}
    return replace(interview, answers=rest)


def _without_shown(interview: Interview, key: str) -> Interview:
    if key not in interview.shown:
        return interview
    rest = {name: shown for name, shown in interview.shown.items() if name != key}
    return replace(interview, shown=rest)
