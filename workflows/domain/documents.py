"""Reads the fields of a document that came from outside, and collects every fault before it refuses.

    faults = Faults()
    name = faults.text(("name",), fields.get("name"), longest=200)
    quantity = faults.quantity(("lines", 0, "quantity"), line.get("quantity"))
    faults.raise_if_any()

Each reader gives the clean value, or None after noting a fault. A missing value (None) is the fault `required`, unless
`is_optional`: then it is None without a fault. A blank text counts as missing.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from config.text import LANGUAGES
from workflows.domain import amounts, values
from workflows.domain.errors import Fault, Invalid, StaleVersion
from workflows.domain.values import EARLIEST_DATE, LATEST_DATE, Refused

Path = tuple[str | int, ...]
Value = TypeVar("Value")

ANY_VERSION = 0  # the caller replaces whatever stands, as long as something does
_MOST_FAULTS = 1_000  # enough to repair any document by; ten thousand bad lines need no ten thousand sentences


@dataclass(frozen=True)
class Put(Generic[Value]):
    """What a PUT did: the record as it stands now, and whether it was made or changed."""

    record: Value
    is_new: bool
    is_changed: bool


class Faults:
    """The faults of one document, collected while its fields are read."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._unreadable: set[Path] = set()

    def add(self, path: Path, code: str, **facts: Any) -> None:
        """Note one fault that the document's own rules found."""
        if len(self.found) < _MOST_FAULTS and not self._is_unreadable(path):
            self.found.append(Fault(path, code, facts))

    def _is_unreadable(self, path: Path) -> bool:
        """Does it lie in something that was no object? Then its absence is not a second fault."""
        return bool(self._unreadable) and any(path[:depth] in self._unreadable for depth in range(len(path)))

    def raise_if_any(self) -> None:
        """Raises Invalid with every fault noted so far."""
        if self.found:
            raise Invalid(self.found)

    def text(
        self, path: Path, raw: object, longest: int = 200, is_optional: bool = False, has_lines: bool = False
    ) -> str | None:
        """One line of text, or several with `has_lines`, of at most `longest` characters: clean, in Unicode NFC."""
        before = len(self.found)
        text = self.read(path, raw, lambda value: values.clean_text(value, longest, has_lines), is_optional)
        if not text and not is_optional and len(self.found) == before:
            self.add(path, "required")
        return text or None

    def ref(self, path: Path, raw: object, is_optional: bool = False) -> str | None:
        """A caller's own reference, kept letter for letter."""
        return self.read(path, raw, values.ref, is_optional)

    def one_of(self, path: Path, raw: object, choices: Collection[str], is_optional: bool = False) -> str | None:
        """One of a few words."""
        return self.read(path, raw, lambda value: values.choice(value, choices), is_optional)

    def language(self, path: Path, raw: object, is_optional: bool = False) -> str | None:
        """`zh` or `en`."""
        return self.one_of(path, raw, LANGUAGES, is_optional)

    def currency(self, path: Path, raw: object, is_optional: bool = False) -> str | None:
        """An ISO 4217 code we trade in."""
        return self.read(path, raw, amounts.currency, is_optional)

    def time_zone(self, path: Path, raw: object, is_optional: bool = False) -> str | None:
        """An IANA time zone such as `Asia/Shanghai`."""
        return self.read(path, raw, values.time_zone, is_optional)

    def gtin(self, path: Path, raw: object, is_optional: bool = False) -> str | None:
        """A GS1 trade item number of 8, 12, 13 or 14 digits with the right check digit."""
        return self.read(path, raw, values.gtin, is_optional)

    def date(
        self,
        path: Path,
        raw: object,
        earliest: date = EARLIEST_DATE,
        latest: date = LATEST_DATE,
        is_optional: bool = False,
    ) -> date | None:
        """A calendar day, `2026-12-01`."""
        return self.read(path, raw, lambda value: values.day(value, earliest, latest), is_optional)

    def moment(self, path: Path, raw: object, is_optional: bool = False) -> datetime | None:
        """A moment with its offset, `2026-12-01T08:00:00Z`, in UTC."""
        return self.read(path, raw, values.moment, is_optional)

    def quantity(self, path: Path, raw: object, least: int = 1, is_optional: bool = False) -> int | None:
        """A quantity in thousandths of its unit; more than nothing unless `least` (thousandths) says otherwise."""
        return self.read(path, raw, lambda value: amounts.quantity(value, least), is_optional)

    def unit_price(self, path: Path, raw: object, least: int = 0, is_optional: bool = False) -> int | None:
        """A unit price in 1/10,000 of the currency unit."""
        return self.read(path, raw, lambda value: amounts.unit_price(value, least), is_optional)

    def amount(
        self, path: Path, raw: object, currency: str | None, least: int = 0, is_optional: bool = False
    ) -> int | None:
        """An amount in the minor unit of `currency`; not read (None, no fault) while the currency itself is at fault."""
        if currency is None:
            return None
        return self.read(path, raw, lambda value: amounts.amount(value, currency, least), is_optional)

    def whole(self, path: Path, raw: object, least: int, most: int, is_optional: bool = False) -> int | None:
        """A whole number, as JSON number or text."""
        return self.read(path, raw, lambda value: amounts.scaled(value, 0, least, most), is_optional)

    def rows(self, path: Path, raw: object, most: int, least: int = 0) -> list[Mapping[str, Any]]:
        """The objects of a list, in order; one that is no object is one fault and reads as an empty one.

        None is a list of none. A list longer than `most` is one fault and gives none: its rows are not read.
        """
        rows: object = [] if raw is None else raw
        if not isinstance(rows, list | tuple):
            self.add(path, "list_expected")
            return []
        if len(rows) > most:
            self.add(path, "list_too_long", most=most)
            return []
        if len(rows) < least:
            self.add(path, "list_too_short", least=least)
        return [self._row((*path, place), row) for place, row in enumerate(rows)]

    def row(self, path: Path, raw: object, is_optional: bool = False) -> Mapping[str, Any]:
        """One object inside the document; missing or at fault, it reads as an empty one."""
        if raw is not None:
            return self._row(path, raw)
        if not is_optional:
            self.add(path, "required")
        return {}

    def only(self, path: Path, document: Mapping[str, Any], known: Collection[str]) -> None:
        """Note each key that this kind of document does not have: a misspelt field must not pass as absent."""
        for key in document:
            if key not in known:
                self.add((*path, _printable(key)), "unknown_field")

    def read(
        self, path: Path, raw: object, reader: Callable[[object], Value], is_optional: bool = False
    ) -> Value | None:
        """The value as `reader` gives it (raising Refused), or None with the fault noted."""
        if raw is None:
            if not is_optional:
                self.add(path, "required")
            return None
        try:
            return reader(raw)
        except Refused as refused:
            self.add(path, refused.code, **refused.facts)
            return None

    def _row(self, path: Path, raw: object) -> Mapping[str, Any]:
        if isinstance(raw, Mapping):
            return raw
        self.add(path, "object_expected")
        self._unreadable.add(path)
        return {}


def _printable(key: object) -> str:
    """A stranger's key, fit to be repeated in an answer."""
    return str(key)[:64].encode("ascii", "backslashreplace").decode()


def own_ref(raw: object) -> str:
    """The reference a document is put under. Raises Invalid."""
    faults = Faults()
    clean = faults.ref(("ref",), raw)
    faults.raise_if_any()
    return str(clean)


def require_edited(version: int | None, standing: int | None) -> None:
    """Raises StaleVersion where the caller edited another version than the one that stands, or where none does (RFC 9110)."""
    if version is None or (version == ANY_VERSION and standing is not None) or version == standing:
        return
    raise StaleVersion(current=standing)
