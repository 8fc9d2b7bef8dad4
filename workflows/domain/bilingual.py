"""Reads a text that people will read: one for both languages, or one for each."""

from collections.abc import Mapping

from config.text import LANGUAGES, Text
from workflows.domain.documents import Faults, Path


def read_words(faults: Faults, path: Path, raw: object, longest: int, has_lines: bool = False) -> Text | None:
    """`"…"` or `{"zh": "…", "en": "…"}`; a language that is not named reads the other. None after noting a fault."""
    if not isinstance(raw, Mapping):
        said = faults.text(path, raw, longest, has_lines=has_lines)
        return None if said is None else Text(en=said, zh=said)
    before = len(faults.found)
    faults.only(path, raw, LANGUAGES)
    said_in = {
        language: faults.text((*path, language), raw.get(language), longest, is_optional=True, has_lines=has_lines)
        for language in LANGUAGES
    }
    zh, en = said_in["zh"] or said_in["en"], said_in["en"] or said_in["zh"]
    if zh is None or en is None:
        if len(faults.found) == before:
            faults.add(path, "required")
        return None
    return Text(en=en, zh=zh)
