"""Where a store is, as a brand says it: decimal degrees, and which map they belong to."""

from collections.abc import Mapping
from typing import Any

from workflows.domain import amounts
from workflows.domain.documents import Faults, Path

SYSTEMS = ("wgs84", "gcj02")  # some 500 m apart in China: nobody may guess which of the two was meant
_DECIMALS = 7  # a centimetre
_MOST = {"latitude": 90, "longitude": 180}


def read_place(faults: Faults, path: Path, raw: object) -> dict[str, str] | None:
    """`{"latitude", "longitude", "system"}` in decimal text; None where no place is known, or after noting a fault."""
    if raw is None:
        return None
    row = faults.row(path, raw)
    faults.only(path, row, {*_MOST, "system"})
    system = faults.one_of((*path, "system"), row.get("system"), SYSTEMS)
    degrees = {name: _degrees(faults, path, row, name) for name in _MOST}
    if system is None or None in degrees.values():
        return None
    return {**{name: str(found) for name, found in degrees.items()}, "system": system}


def _degrees(faults: Faults, path: Path, row: Mapping[str, Any], name: str) -> str | None:
    most = _MOST[name] * 10**_DECIMALS

    def degrees(raw: object) -> str:
        # A float's shortest text is what its sender wrote; 1e-05 is nobody's store and is refused with the other exponents.
        said = repr(raw) if isinstance(raw, float) else raw
        return amounts.decimal_text(amounts.scaled(said, _DECIMALS, -most, most), _DECIMALS)

    return faults.read((*path, name), row.get(name), degrees)
