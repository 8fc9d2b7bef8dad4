"""What steps and answers are made of: plain JSON, and JSON in which a `Text` may stand anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from config.text import Text

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Content: TypeAlias = "bool | int | float | str | Text | Sequence[Content] | Mapping[str, Content] | None"
Constraints: TypeAlias = Mapping[str, Content]
Entry: TypeAlias = Mapping[str, Content]


def pinned(content: Content) -> JsonValue:
    """As it is stored: every `Text` becomes `{"en": …, "zh": …}`."""
    if isinstance(content, Text):
        return content.to_json()
    if isinstance(content, Mapping):
        return {key: pinned(part) for key, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [pinned(part) for part in content]
    return cast(JsonValue, content)


def localised(content: Content, language: str) -> JsonValue:
    """As a phone reads it: every text, pinned or not, is a plain string in `language`."""
    if isinstance(content, str):
        return content
    if isinstance(content, Text):
        return content.in_language(language)
    if isinstance(content, Mapping):
        if is_bilingual(content):
            return text_of(content).in_language(language)
        return {key: localised(part, language) for key, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [localised(part, language) for part in content]
    return cast(JsonValue, content)


def is_bilingual(content: Content) -> bool:
    """Whether this is a text in its pinned form.

    Steps read back from the database keep that form instead of being walked through: a turn of an order of
    200 lines must not pay for texts nobody looks at.
    """
    return isinstance(content, Mapping) and len(content) == 2 and "en" in content and "zh" in content


def text_of(content: Content) -> Text:
    """The text that stands here, whichever form it has; a bare string reads the same in both languages."""
    if isinstance(content, Text):
        return content
    if isinstance(content, Mapping) and is_bilingual(content):
        return Text(en=str(content["en"]), zh=str(content["zh"]))
    bare = "" if content is None else str(content)
    return Text(en=bare, zh=bare)


def entries(constraints: Constraints, name: str) -> Sequence[Entry]:
    """The list of objects under `name` (options, rows, columns); empty when there is none."""
    found = constraints.get(name)
    return cast("Sequence[Entry]", found) if isinstance(found, (list, tuple)) else ()


def texts_in(content: Content, path: str = "") -> Iterator[tuple[str, Text]]:
    """Every bilingual text inside, with the path to it."""
    if isinstance(content, Text) or is_bilingual(content):
        yield path, text_of(content)
    elif isinstance(content, Mapping):
        for key, part in content.items():
            yield from texts_in(part, f"{path}.{key}" if path else key)
    elif isinstance(content, (list, tuple)):
        for number, part in enumerate(content):
            yield from texts_in(part, f"{path}[{number}]")
