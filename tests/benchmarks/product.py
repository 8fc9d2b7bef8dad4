"""The product as the benchmarks serve it: the app of this process's environment, with limits that no bench reaches."""

import os

from flask import Flask
from limits import parse

from api.app import create_app
from api.limits import Rules
from config.settings import Settings

_MANY = parse("1000000/minute")


def create(environ: dict[str, str] | None = None) -> Flask:
    """The app; limits are counted as ever, in Redis."""
    return create_app(
        Settings.from_env(environ or dict(os.environ)), Rules(_MANY, _MANY, _MANY, uploads_per_person=(_MANY,))
    )
