"""A door: a flask-smorest blueprint whose bodies are read strictly and whose changes are done once per Idempotency-Key."""

import threading
from collections.abc import Callable
from typing import Any

import flask_smorest
import marshmallow
from flask import Flask

from api import idempotency
from api.parsing import StrictParser
from api.problems import MIMETYPE

_CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


class ProblemSchema(marshmallow.Schema):
    """What every refusal looks like."""

    type = marshmallow.fields.String(required=True, metadata={"description": "urn:partnerline:problem:<code>"})
    code = marshmallow.fields.String(required=True)
    title = marshmallow.fields.String(required=True)
    status = marshmallow.fields.Integer(required=True)
    detail = marshmallow.fields.String(required=True)
    request_id = marshmallow.fields.String(required=True)
    errors = marshmallow.fields.List(
        marshmallow.fields.Nested(
            marshmallow.Schema.from_dict(
                {
                    "path": marshmallow.fields.List(marshmallow.fields.Raw()),
                    "pointer": marshmallow.fields.String(),
                    "code": marshmallow.fields.String(),
                    "detail": marshmallow.fields.String(),
                },
                name="FaultSchema",
            )
        ),
        metadata={"description": "Every field at fault, at once (422)."},
    )
    turn = marshmallow.fields.Dict(metadata={"description": "The conversation as it stands now (409)."})
    current = marshmallow.fields.Dict(metadata={"description": "The version that stands now (412)."})
    by = marshmallow.fields.Nested(
        marshmallow.Schema.from_dict(
            {"id": marshmallow.fields.String(required=True), "name": marshmallow.fields.String()}, name="WhoSchema"
        ),
        metadata={"description": "Whose answer stands, by name where the caller may know it (409)."},
    )
    at = marshmallow.fields.String(metadata={"description": "When it was given (409 already_answered)."})
    answer = marshmallow.fields.String(metadata={"description": "Which answer's id was used before (409)."})
    reason = marshmallow.fields.String(metadata={"description": "What cannot be read (400), or why it was withdrawn."})


class Door(flask_smorest.Blueprint):
    """One group of operations."""

    ARGUMENTS_PARSER = StrictParser()

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        """Register an operation; what changes something is wrapped in `idempotency.once`."""
        if _CHANGING & set(options.get("methods", ())):
            view_func = idempotency.once(view_func, getattr(view_func, "partnerline_secret", None))
        super().add_url_rule(rule, endpoint, view_func, *args, **options)

    def document(
        self, *schemas: type[marshmallow.Schema], content_type: str = "application/json"
    ) -> Callable[[Any], Any]:
        """Describe a body that is read further in, so that all its faults come at once; one of `schemas` fits it."""

        def mark(view: Any) -> Any:
            view.partnerline_bodies = schemas
            view.partnerline_body_type = content_type
            return view

        return mark


def largest_body(size_bytes: int) -> Callable[[Any], Any]:
    """Let an operation take a larger body than others; `api.lifecycle` sees to it before anything reads."""

    def mark(view: Any) -> Any:
        view.partnerline_largest_body = size_bytes
        return view

    return mark


def secret(again: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Mark an operation whose answer holds a secret; `again` makes the answer from the row it is about."""

    def mark(view: Any) -> Any:
        view.partnerline_secret = again
        return view

    return mark


class Api(flask_smorest.Api):
    """flask-smorest with problems as the documented errors; `api.problems` answers them.

    Doors are described when somebody first asks for the description: a web process starts a tenth sooner without.
    """

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_PROBLEM_TYPE = MIMETYPE

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Door] = []
        self._describing = threading.Lock()
        super().__init__(app)

    def register_blueprint(self, door: Door, **options: Any) -> None:
        """Open a door."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][door.name] = self
        self._app.register_blueprint(door, **options)
        self._undescribed.append(door)

    def describe(self) -> None:
        """Put every door that is open into the description, once."""
        with self._describing:
            for door in self._undescribed:
                door.register_views_in_doc(self, self._app, self.spec, name=door.name, parameters=None)
                self.spec.tag({"name": door.name, "description": door.description})
            self._undescribed = []

    def _register_error_handlers(self) -> None:
        """None of flask-smorest's own: `api.problems` keeps Allow and Retry-After, which those drop."""
