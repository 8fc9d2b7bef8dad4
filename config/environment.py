"""The environment as settings are read from it: files for secrets, relaxed values outside production, one clear line where not.

A command in the demo that is given STATE_DIR runs with what `make run` keeps there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Environment = Literal["production", "demo", "test"]

KEPT_FILES = ("secrets.json", "settings.json")
"""What `make run` leaves in STATE_DIR for commands beside it, by setting."""


class SettingsError(Exception):
    """One line that names the setting and says what it should be."""


class Source:
    """The environment with its rules: files for secrets, relaxed values outside production."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        declared = environ.get("PARTNERLINE_ENV", "")
        self.environment: Environment = "production"
        if declared == "demo":
            self.environment = "demo"
        elif declared == "test":
            self.environment = "test"
        self._kept = (
            _kept(Path(environ["STATE_DIR"])) if self.environment == "demo" and environ.get("STATE_DIR") else {}
        )

    @property
    def state_dir(self) -> Path:
        """Where everything that is written at run time lies."""
        return Path(self.text("STATE_DIR", "var"))

    def text(self, name: str, default: str = "") -> str:
        """The setting, from the environment, its file or what `make run` keeps. Raises SettingsError."""
        value = self._environ.get(name, "").strip()
        if self._environ.get(f"{name}_FILE"):
            if value:
                raise SettingsError(f"{name} and {name}_FILE are both set: keep one of them")
            value = self._file(f"{name}_FILE")
        return value or self._kept.get(name, "") or default

    def _file(self, name: str) -> str:
        try:
            return Path(self._environ[name]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name} cannot be read: {error}") from error

    def required(self, name: str, relaxed: str) -> str:
        """The setting, which production must name; `relaxed` where demo and test do not. Raises SettingsError."""
        value = self.text(name)
        if value or self.environment != "production":
            return value or relaxed
        raise SettingsError(f"{name} is required in production (set {name} or {name}_FILE)")

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the words; unset, the first. Raises SettingsError."""
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def whole_number(self, name: str, default: int, most: int) -> int:
        """From 0 to `most`. Raises SettingsError."""
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) > most:
            raise SettingsError(f"{name} must be a whole number from 0 to {most}, not {value!r}")
        return int(value)


def _kept(state_dir: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in KEPT_FILES:
        try:
            found |= json.loads((state_dir / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise SettingsError(f"{state_dir / name} cannot be read: {error}") from error
    return found
