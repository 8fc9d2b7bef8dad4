"""The operations there are, as the generated OpenAPI names them: what every matrix of this folder walks."""

from dataclasses import dataclass
from typing import Any

from flask import Flask

from api import openapi

METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    template: str
    document: Any

    @property
    def name(self) -> str:
        """Short, as the tables of this folder write it: `PUT brand/partners/{ref}`."""
        return f"{self.method.upper()} {self.template.removeprefix('/api/v1/')}"

    @property
    def is_changing(self) -> bool:
        return self.method != "get"


def operations(app: Flask) -> list[Operation]:
    """Every operation of the document, in its order."""
    found = openapi.document(app, app.extensions["partnerline.api"])
    return [
        Operation(method, template, methods[method])
        for template, methods in found["paths"].items()
        for method in METHODS
        if method in methods
    ]


def changing(app: Flask) -> list[str]:
    """The names of those that change something."""
    return [operation.name for operation in operations(app) if operation.is_changing]
