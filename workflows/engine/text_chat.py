"""A conversation as plain text: a turn written out, a typed message read as an answer."""

from collections.abc import Iterator
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.flow import Card, Step
from workflows.engine.inputs import InvalidAnswer, kind_named
from workflows.engine.turn import Ask, Message, Turn

# Longer than any answer, and than what an official account passes on.
LONGEST_MESSAGE = 2_000

TOO_LONG = Text(en="That message is too long. Send a shorter one.", zh="消息过长，请缩短后发送。")
COLLEAGUE = Text(en="Colleague: {text}", zh="同事：{text}")


def render(turn: Turn, language: str) -> str:
    """The turn as one message: what is new, what was wrong, what is asked and how to reply.

    The subject's card leads when the conversation is opened. What the person wrote is not repeated.
    """
    parts: list[str] = []
    if turn.steps is not None:
        parts.append(_card(turn.subject.card, language))
    parts += _messages(turn.messages, language)
    if turn.rejection is not None:
        parts.append(turn.rejection.text.in_language(language))
    if turn.ask is not None:
        parts.append(_ask(turn.ask, language))
    return "\n\n".join(part for part in parts if part)


def parse(step: Step, constraints: Constraints, text: str, today: date) -> JsonValue:
    """The value a typed message means for this step, already parsed. Raises InvalidAnswer."""
    if len(text) > LONGEST_MESSAGE:
        raise InvalidAnswer("too_long", TOO_LONG)
    return kind_named(step.kind).parse_text(text, constraints, today)


def _card(card: Card, language: str) -> str:
    colon = "：" if language == "zh" else ": "
    facts = [
        label.in_language(language) + colon + (fact.in_language(language) if isinstance(fact, Text) else fact)
        for label, fact in card.facts
    ]
    return "\n".join([card.title.in_language(language), *facts])


def _messages(messages: tuple[Message, ...], language: str) -> Iterator[str]:
    for message in messages:
        if message.sender == "partnerline":
            yield message.text.in_language(language)
        elif message.sender == "colleague":
            yield COLLEAGUE.format(text=message.text).in_language(language)


def _ask(ask: Ask, language: str) -> str:
    kind = kind_named(ask.kind)
    lines = [ask.text.in_language(language), *kind.prompt_lines(ask.constraints, language)]
    hint = kind.hint(ask.constraints, language)
    return "\n".join([*lines, hint] if hint else lines)
