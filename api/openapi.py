"""The OpenAPI document: what flask-smorest gathers, completed with what every operation shares.

Which credential, when an Idempotency-Key, and which refusals an operation can answer follow from its declarations, so
they cannot be forgotten. `docs/openapi.json` is this document; a test keeps the two equal.
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from api import auth, idempotency
from api.door import Api, ProblemSchema
from api.problems import MIMETYPE

_DESCRIPTION = """The doors of Partnerline: `/api/v1/phone` for people (session token), `/api/v1/brand` for brand
systems (API key).

Refusals are `application/problem+json` with a stable `code`. `PUT` creates or replaces by the caller's own reference, and
the same content changes nothing. POSTs without an id of the caller's making need an `Idempotency-Key`, kept 7 days."""

_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session token, `pls_…`, of POST /phone/sessions.",
    },
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `plk_…`, of `flask brand key`."},
}
_REFUSALS = {
    "400": "Not readable, or an Idempotency-Key is missing.",
    "401": "Nobody signed in, or no longer.",
    "403": "The role or scope does not reach it.",
    "404": "Unknown, or not the caller's to see.",
    "409": "Stale, or the same id with other content. The body shows what stands now.",
    "412": "Edited on an older version than the one that stands (If-Match).",
    "413": "Too large.",
    "415": "Not of a type that is taken here.",
    "422": "Fields at fault, all of them at once.",
    "429": "Too many calls; Retry-After says when.",
    "503": "Not available right now; Retry-After says when.",
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same content is done once and answered again for 7 days.",
}
_ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "example": "en"},
    "description": "zh or en; else the person's own language, else Chinese.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "example": '"3"'},
    "description": "The ETag of the version that was edited; another one, or nothing, standing there is 412.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of what the caller has; 304 while it stands.",
}
_ETAG = {
    "required": True,
    "schema": {"type": "string"},
    "description": "Names this state, for If-Match or If-None-Match.",
}
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
_CHALLENGE = {"required": True, "schema": {"type": "string"}, "description": "Bearer, and what was wrong with it."}
_REPLAYED = {"schema": {"type": "string", "enum": ["true"]}, "description": "The answer of the first such call."}
_HEADERS_OF_REFUSALS = {
    "401": {"WWW-Authenticate": _CHALLENGE},
    "409": {"Retry-After": _RETRY_AFTER},
    "429": {"Retry-After": {"required": True, **_RETRY_AFTER}},
    "503": {"Retry-After": {"required": True, **_RETRY_AFTER}},
}
_LENGTHS_OF_OBJECTS = (("minLength", "minProperties"), ("maxLength", "maxProperties"))
_METHODS = ("get", "put", "post", "delete", "patch")


def extension_options() -> dict[str, Any]:
    """The Flask settings flask-smorest reads."""
    return {
        "API_TITLE": "Partnerline",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {"info": {"description": _DESCRIPTION}},
    }


def document(app: Flask, api: Api) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    api.describe()
    register_bodies(app, api)
    if "Problem" not in api.spec.components.schemas:
        api.spec.components.schema("Problem", schema=ProblemSchema)
    found: dict[str, Any] = copy.deepcopy(api.spec.to_dict())
    components = found["components"]
    components["schemas"].pop("PaginationMetadata", None)  # flask-smorest's own pages, which nothing here answers
    for schema in components["schemas"].values():
        _translate(schema)
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {
        f"Refused{status}": _refusal(description, status) for status, description in _REFUSALS.items()
    }
    for rule, method, operation in _operations(app, found):
        _complete(app, rule, method, operation)
        _describe_headers(components["schemas"], rule, method, operation)
    return found


def written(found: dict[str, Any]) -> str:
    """The document as docs/openapi.json holds it."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def register_bodies(app: Flask, api: Api) -> None:
    """Describe the bodies that operations read themselves (`Door.document`)."""
    for rule in app.url_map.iter_rules():
        for schema in getattr(app.view_functions[rule.endpoint], "partnerline_bodies", ()):
            name = _name_of(schema)
            if name not in api.spec.components.schemas:
                api.spec.components.schema(name, schema=schema)


def _translate(schema: Any) -> None:
    """Say in JSON Schema's own words what apispec copies from Python: the end of a pattern, the length of an object."""
    if isinstance(schema, list | dict):
        for inner in schema if isinstance(schema, list) else schema.values():
            _translate(inner)
    if not isinstance(schema, dict):
        return
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and pattern.endswith(r"\Z"):
        schema["pattern"] = f"^{pattern[:-2]}$"
    if schema.get("type") == "object":
        for word, right in _LENGTHS_OF_OBJECTS:
            if word in schema:
                schema[right] = schema.pop(word)


def _name_of(schema: type[Schema]) -> str:
    return schema.__name__.removesuffix("Schema")


def _operations(app: Flask, found: dict[str, Any]) -> Iterator[tuple[Rule, str, dict[str, Any]]]:
    for rule in app.url_map.iter_rules():
        described = found["paths"].get(template_of(rule), {})
        for method in _METHODS:
            if method in described and method.upper() in (rule.methods or set()):
                yield rule, method, described[method]


def template_of(rule: Rule) -> str:
    """The rule as OpenAPI writes it: `/partners/{ref}`."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _complete(app: Flask, rule: Rule, method: str, operation: dict[str, Any]) -> None:
    access = auth.declared(app, rule.endpoint)
    operation["operationId"] = rule.endpoint.replace(".", "-")
    if access is not None:
        operation["security"] = [] if access.door == "open" else [{"session" if access.door == "phone" else "key": []}]
        operation["x-access"] = sorted(access.roles) if access.roles else [access.scope] if access.scope else []
    bodies = getattr(app.view_functions[rule.endpoint], "partnerline_bodies", ())
    if bodies and method in {"put", "post"}:
        shapes = [{"$ref": f"#/components/schemas/{_name_of(schema)}"} for schema in bodies]
        shape = shapes[0] if len(shapes) == 1 else {"oneOf": shapes}
        kind = getattr(app.view_functions[rule.endpoint], "partnerline_body_type", "application/json")
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": shape}}}
    if method != "get":
        need = idempotency.need_of(app.view_functions[rule.endpoint])
        if need != "never" and access is not None and access.door != "open":
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY | {"required": need == "always"})
    responses = {status: answer for status, answer in operation["responses"].items() if status[:1] in "23"}
    for status in _possible(access, method, "{" in template_of(rule)):
        responses.setdefault(status, {"$ref": f"#/components/responses/Refused{status}"})
    operation["responses"] = responses


def _describe_headers(schemas: dict[str, Any], rule: Rule, method: str, operation: dict[str, Any]) -> None:
    """ETags follow from the answers: one that has a version names it, one that may be a 304 names its state."""
    responses = operation["responses"]
    parameters = operation.setdefault("parameters", [])
    parameters.append(_ACCEPT_LANGUAGE)
    taken = [responses[status] for status in ("200", "201", "304") if status in responses]
    if "304" in responses:
        parameters.append(_IF_NONE_MATCH)
    if method == "put" and rule.arguments and _has_version(schemas, responses):
        parameters.append(_IF_MATCH)
    for answer in taken:
        headers = answer.setdefault("headers", {})
        if "304" in responses or (rule.arguments and _has_version(schemas, responses)):
            headers["ETag"] = _ETAG
        if any(one["name"] == "Idempotency-Key" for one in parameters):
            headers["Idempotency-Replayed"] = _REPLAYED


def _has_version(schemas: dict[str, Any], responses: dict[str, Any]) -> bool:
    shape = responses.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return "version" in schemas.get(shape.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})


def _possible(access: auth.Access | None, method: str, has_parameters: bool) -> list[str]:
    possible = {"400", "429", "503", "422", "401"}
    if access is not None and access.door != "open":
        possible |= {"403"}
    if has_parameters or method in {"post", "put"}:
        possible |= {"404"}
    if has_parameters and method == "put":
        possible |= {"412"}
    if method != "get":
        possible |= {"409", "413", "415"}
    return sorted(possible)


def _refusal(description: str, status: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": description,
        "content": {MIMETYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS_OF_REFUSALS:
        answer["headers"] = _HEADERS_OF_REFUSALS[status]
    return answer
