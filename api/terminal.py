"""The operators' commands, read when one is called for: a web process, which is asked for none, starts without them."""

from pkgutil import resolve_name
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup


class Commands(AppGroup):
    """`app.cli`, which finds its commands in `api.commands` when it first needs them."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self._app = app
        self._is_read = False

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        self._read()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all."""
        self._read()
        return super().list_commands(ctx)

    def _read(self) -> None:
        if not self._is_read:
            self._is_read = True
            register: Any = resolve_name("api.commands:register")
            register(self._app)
