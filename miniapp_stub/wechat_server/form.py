"""Reading a JSON object strictly: each mistake is one sentence naming its place, an unknown name is a mistake too."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from miniapp_stub.wechat_server.errors import Misuse


class Form:
    """One JSON object whose fields are taken one by one; `finish` refuses what nobody took."""

    def __init__(self, value: object, where: str = "body") -> None:
        if not isinstance(value, dict):
            raise Misuse(f"{where}: an object is expected")
        self._fields: dict[str, Any] = dict(value)
        self.where = where

    def has(self, name: str) -> bool:
        """Whether the field is still there and not null."""
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        """Take a text that must be there and not be empty."""
        value = self._fields.pop(name, None)
        if not isinstance(value, str) or not value:
            raise self._bad(name, "a text is expected")
        return value

    def maybe_text(self, name: str) -> str | None:
        """Take a text, or None where it is missing."""
        return self.text(name) if self.has(name) else None

    def number(self, name: str) -> float:
        """Take a finite number that must be there."""
        value = self._fields.pop(name, None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
            raise self._bad(name, "a number is expected")
        return value

    def moment(self, name: str) -> float:
        """Take a time, written in RFC 3339 with its zone or as seconds since 1970, as such seconds."""
        if not isinstance(self._fields.get(name), str):
            return self.number(name)
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise self._bad(name, "a time with its zone is expected")
        return moment.timestamp()

    def integer(self, name: str, default: int | None = None) -> int:
        """Take a whole number ≥ 0, or the default where it is missing."""
        if default is not None and not self.has(name):
            return default
        value = self.number(name)
        if value != int(value) or value < 0:
            raise self._bad(name, "a whole number from 0 is expected")
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Take true or false, or the default where it is missing."""
        value = self._fields.pop(name, None)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._bad(name, "true or false is expected")
        return value

    def maybe_flag(self, name: str) -> bool | None:
        """Take true or false, or None where it is missing."""
        return self.flag(name) if self.has(name) else None

    def listed(self, name: str) -> list[Any]:
        """Take a list; empty where it is missing."""
        value = self._fields.pop(name, None)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._bad(name, "a list is expected")
        return value

    def texts(self, name: str) -> list[str]:
        """Take a list of texts; empty where it is missing."""
        values = self.listed(name)
        if not all(isinstance(value, str) for value in values):
            raise self._bad(name, "texts are expected")
        return values

    def mapping(self, name: str) -> dict[str, Any]:
        """Take an object; empty where it is missing."""
        value = self._fields.pop(name, None)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._bad(name, "an object is expected")
        return value

    def forms(self, name: str) -> Iterator[tuple[str, "Form"]]:
        """Take an object of objects, each as a form that knows its place."""
        for key, value in self.mapping(name).items():
            yield key, Form(value, f"{self.where}.{name}.{key}")

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        """Take a text that must be one of the choices."""
        value = self.text(name)
        if value not in choices:
            raise self._bad(name, f"one of {', '.join(sorted(choices))} is expected")
        return value

    def finish(self) -> None:
        """Refuse what is left: a misspelt name must not pass as absent."""
        for name, value in self._fields.items():
            if value is not None:
                raise self._bad(name, "this name is unknown")

    def _bad(self, name: str, why: str) -> Misuse:
        return Misuse(f"{self.where}.{name}: {why}")
