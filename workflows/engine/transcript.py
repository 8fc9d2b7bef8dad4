"""What was said in a conversation, derived from its steps and answers: nothing is kept twice, every language is right."""

from collections import Counter
from collections.abc import Iterator, Sequence

from config.text import LANGUAGES, Text
from workflows.engine.engine import PARTNERLINE, Answer, Interview, constraints_of, visible_steps
from workflows.engine.flow import Remark, Step
from workflows.engine.inputs import kind_named
from workflows.engine.turn import Message


def transcript(
    interview: Interview, news: Sequence[Text], outcome: Sequence[Text], reader: str, remarks: Sequence[Remark] = ()
) -> tuple[Message, ...]:
    """Everything said so far, as `reader` (a person id) sees it; each remark stands behind its step."""
    opening = [Message("partnerline", None, text) for text in news]
    closing = [Message("partnerline", None, text) for text in outcome]
    said: list[Message] = []
    for step in visible_steps(interview):
        said += _said(interview, step, reader)
        said += [Message("partnerline", step.key, remark.text) for remark in remarks if remark.step == step.key]
    return (*opening, *said, *closing)


def added(before: Sequence[Message], after: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of `after` that `before` did not have, in order."""
    known = Counter(before)
    fresh = []
    for message in after:
        if known[message] > 0:
            known[message] -= 1
        else:
            fresh.append(message)
    return tuple(fresh)


def _said(interview: Interview, step: Step, reader: str) -> Iterator[Message]:
    held = interview.answers.get(step.key)
    if step.kind == "note":
        yield Message("partnerline", step.key, step.text)
    elif held is not None and held.by != PARTNERLINE:
        yield Message("partnerline", step.key, step.text)
        yield Message("me" if held.by == reader else "colleague", step.key, answer_text(interview, step, held))


def answer_text(interview: Interview, step: Step, held: Answer) -> Text:
    """An answer as people read it."""
    constraints = constraints_of(interview, step)
    words = {language: kind_named(step.kind).as_text(held.value, constraints, language) for language in LANGUAGES}
    return Text(en=words["en"], zh=words["zh"])
