"""The limits that the document names for the fields of a body: values that just break each, and values that just keep it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Place = tuple[str | int, ...]


def shapes(document: Mapping[str, Any], schema: Mapping[str, Any], body: Any, here: Place = ()) -> Iterator[Any]:
    """Every place of `body` with the shape that the document gives it."""
    schema = _resolved(document, schema, body)
    yield here, schema
    if isinstance(body, dict):
        for key, inner in schema.get("properties", {}).items():
            if body.get(key) is not None:
                yield from shapes(document, inner, body[key], (*here, key))
    elif isinstance(body, list) and body:
        yield from shapes(document, schema.get("items", {}), body[0], (*here, 0))


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any], body: Any) -> Mapping[str, Any]:
    if "$ref" in schema:
        return _resolved(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], body)
    choices = [_resolved(document, one, body) for one in schema.get("anyOf", schema.get("oneOf", []))]
    fitting = [one for one in choices if isinstance(body, dict) and body.keys() <= one.get("properties", {}).keys()]
    if fitting and {"type": "null"} in choices:
        return {**fitting[0], "type": ["object", "null"]}
    return fitting[0] if fitting else schema


def broken(shape: Mapping[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """Values that break one rule of `shape`, each with the rule's name."""
    kinds = _kinds(shape)
    if kinds and "null" not in kinds and None not in shape.get("enum", ()):
        yield "null", None
    if kinds and "object" not in kinds:
        yield "type", {"a": 1}
    if "enum" in shape:
        yield "enum", "no-such-word"
    if "pattern" in shape:
        yield "pattern", "€ \u4e2d"
    if shape.get("format") in {"date", "date-time"}:
        yield "format", "2027-02-31"
    yield from _too_much(shape, value)
    if isinstance(value, dict) and "properties" in shape:
        yield "additionalProperties", {**value, "no_such_field": 1}
        for key in shape.get("required", ()):
            yield f"required {key}", {name: inner for name, inner in value.items() if name != key}


def _too_much(shape: Mapping[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    if "maximum" in shape:
        yield "maximum", shape["maximum"] + 1
    if "minimum" in shape:
        yield "minimum", shape["minimum"] - 1
    if "maxLength" in shape:
        yield "maxLength", "x" * (shape["maxLength"] + 1)
    if shape.get("minLength", 0) > 0:
        yield "minLength", ""
    if isinstance(value, list) and value:
        yield from [("maxItems", value[:1] * (shape["maxItems"] + 1))] if "maxItems" in shape else []
        yield from [("minItems", [])] if shape.get("minItems", 0) > 0 else []


def kept(shape: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values that just keep a limit of `shape`."""
    if "maxLength" in shape and "pattern" not in shape and "enum" not in shape:
        yield "maxLength", "x" * shape["maxLength"]
    yield from ((word, shape[word]) for word in ("maximum", "minimum") if word in shape)
    yield from (("enum", word) for word in shape.get("enum", ()))
    if "null" in _kinds(shape):
        yield "null", None


def _kinds(shape: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = shape.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def put(body: Any, place: Place, value: Any) -> Any:
    """`body` with `value` at a place."""
    if not place:
        return value
    copy = deepcopy(body)
    inner = copy
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return copy
