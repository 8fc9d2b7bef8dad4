"""Turns what the trade refuses into one line at a terminal."""

from typing import Any

import click

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
