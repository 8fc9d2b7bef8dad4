"""Turns what the trade refuses, and a database that cannot be asked, into one line at a terminal."""

from typing import Any

import click
import peewee
from flask.cli import AppGroup

from workflows.domain.errors import DomainError, Invalid


class refusals:
    """Turn what the trade refuses into one line and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, Invalid):
            faults = "; ".join(f"{'.'.join(map(str, fault.path))}: {fault.code}" for fault in error.faults)
            raise click.ClickException(faults) from error
        if isinstance(error, DomainError):
            raise click.ClickException(error.code) from error


class Group(AppGroup):
    """Commands that end in one line, exit code 1, where the database is away, damaged or without its schema."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (peewee.IntegrityError, peewee.DataError):
            raise  # a defect of ours, whose trace is wanted
        except (peewee.DatabaseError, peewee.InterfaceError) as error:
            raise click.ClickException(f"the database cannot be asked: {first_line(error)}") from error
        except UnicodeEncodeError as error:
            raise click.ClickException("an argument is no text in UTF-8") from error


def first_line(error: Exception) -> str:
    """What an error says, without the advice that drivers add below."""
    return str(error).strip().partition("\n")[0]
