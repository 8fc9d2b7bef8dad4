"""Cards, texts and answers as they are kept with their conversation, and read back from there."""

from collections.abc import Mapping, Sequence
from typing import Any

from config.text import Text
from workflows.engine.engine import Answer
from workflows.engine.flow import Card


def answer_of(key: str, held: Mapping[str, Any]) -> Answer:
    """The answer that stands under a step's key."""
    return Answer(held["id"], key, held["value"], held["by"], held["at"])


def texts_of(pinned: Sequence[Mapping[str, str]]) -> tuple[Text, ...]:
    """Sentences in both languages."""
    return tuple(Text.from_json(text) for text in pinned)


def card_of(pinned: Mapping[str, Any]) -> Card:
    """What `pinned_card` wrote."""
    facts = tuple((_text(label), _text(fact)) for label, fact in pinned["facts"])
    return Card(Text.from_json(pinned["title"]), facts)


def _text(content: Any) -> Text:
    return Text.from_json(content) if isinstance(content, Mapping) else Text(en=content, zh=content)


def pinned_card(card: Card) -> dict[str, Any]:
    """A card as it is kept with its conversation."""
    return {
        "title": card.title.to_json(),
        "facts": [[label.to_json(), fact.to_json() if isinstance(fact, Text) else fact] for label, fact in card.facts],
    }
