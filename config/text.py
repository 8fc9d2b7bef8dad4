"""Text people read, in Chinese and English side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages; an empty one falls back to the other."""

    en: str = ""
    zh: str = ""

    def in_language(self, language: str) -> str:
        """The sentence in `language`; anything but English reads Chinese first."""
        if language == "en":
            return self.en or self.zh
        return self.zh or self.en

    def format(self, **facts: object) -> "Text":
        """The same sentence with its `{named}` places filled; a `Text` fact is filled in each language."""
        return Text(en=_fill(self.en, "en", facts), zh=_fill(self.zh, "zh", facts))

    def to_json(self) -> dict[str, str]:
        """As it is pinned: `{"en": …, "zh": …}`."""
        return {"en": self.en, "zh": self.zh}

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> "Text":
        """Read what `to_json` wrote."""
        return cls(en=value["en"], zh=value["zh"])


def _fill(sentence: str, language: Language, facts: Mapping[str, object]) -> str:
    words = {name: fact.in_language(language) if isinstance(fact, Text) else fact for name, fact in facts.items()}
    return sentence.format(**words)
