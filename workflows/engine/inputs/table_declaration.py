"""Mistakes in a table's declaration, as sentences for the flow's author."""

from collections.abc import Iterator, Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, Content, Entry, JsonValue, entries, is_bilingual
from workflows.engine.inputs.base import parts_of, whole
from workflows.engine.inputs.sheet import CELL_KINDS, Sheet, kind_of
from workflows.engine.rejection import InvalidAnswer

ABSENT_ROWS = ("keep", "refuse", "none")
MOST_COLUMNS = 12
OWN_KEYS = frozenset({"key", "kind", "text", "optional", "required_if", "with"})
# `en` and `zh` as the only two columns of a row would read as a text; JavaScript reserves the third.
RESERVED_KEYS = frozenset({"en", "zh", "__proto__"})
ANY_DAY = date(2000, 1, 1)


def check_table(constraints: Constraints) -> list[str]:
    """Everything wrong with the rows, the columns and how they hang together."""
    shapes = [*_shape(constraints)]
    if shapes:
        return shapes
    sheet = Sheet.of(constraints)
    wrong = [*_own_limits(constraints), *_columns(sheet)]
    return wrong or [*_rows(sheet)]


def _shape(constraints: Constraints) -> Iterator[str]:
    for name in ("rows", "columns"):
        keys: set[str] = set()
        for entry in entries(constraints, name):
            key = entry.get("key") if isinstance(entry, Mapping) else None
            if not isinstance(key, str) or not key or key in RESERVED_KEYS:
                yield f"has {name} with a missing or reserved key: {key!r}"
            elif key in keys:
                yield f"has two {name} with the key {key!r}"
            else:
                keys.add(key)
                yield from _text_of(name, key, entry.get("text"))


def _text_of(name: str, key: str, text: Content) -> Iterator[str]:
    is_text = isinstance(text, Text) or is_bilingual(text)
    if not is_text and not (name == "rows" and isinstance(text, str) and text):
        yield f"has {name} {key!r} without a text"


def _own_limits(constraints: Constraints) -> Iterator[str]:
    if not 0 < len(entries(constraints, "columns")) <= MOST_COLUMNS:
        yield f"needs between 1 and {MOST_COLUMNS} columns"
    if constraints.get("absent_rows", "keep") not in ABSENT_ROWS:
        yield f"needs absent_rows of {', '.join(ABSENT_ROWS)}"
    least = constraints.get("min_changed_cells", 0)
    if whole(least) is None or (whole(least) or 0) < 0:
        yield "needs min_changed_cells as a whole number of at least 0"


def _columns(sheet: Sheet) -> Iterator[str]:
    for key, column in sheet.columns.items():
        kind = column.get("kind")
        if kind not in CELL_KINDS:
            yield f"has column {key!r} of a kind that no cell can have: {kind!r}"
            continue
        own = {name: part for name, part in column.items() if name not in OWN_KEYS}
        yield from (f"column {key!r} {fault}" for fault in kind_of(column).check_constraints(own))
        yield from (f"column {key!r} {fault}" for fault in _relations(column, sheet))


def _relations(column: Entry, sheet: Sheet) -> Iterator[str]:
    partner = column.get("with")
    if partner is not None and (partner not in sheet.columns or partner == column["key"]):
        yield f"goes with a column that is not there: {partner!r}"
    if "required_if" in column:
        yield from _demand(column["required_if"], sheet)


def _demand(demand: Content, sheet: Sheet) -> Iterator[str]:
    if not isinstance(demand, Mapping) or len({"any", "changed", "cell"} & set(demand)) != 1:
        yield f"has a required_if that is neither any, changed nor cell: {demand!r}"
    elif "any" in demand:
        for part in entries(demand, "any"):
            yield from _demand(part, sheet)
    elif "changed" in demand:
        for name in parts_of(demand["changed"]):
            if name not in sheet.columns:
                yield f"is required by a column that is not there: {name!r}"
    else:
        yield from _cell_demand(demand, sheet)


def _cell_demand(demand: Mapping[str, Content], sheet: Sheet) -> Iterator[str]:
    column = sheet.columns.get(str(demand["cell"]))
    if column is None:
        yield f"is required by a column that is not there: {demand['cell']!r}"
    elif column.get("kind") == "choice":
        keys = {option.get("key") for option in entries(column, "options")}
        for option in parts_of(demand.get("in")):
            if option not in keys:
                yield f"is required by an option that is not there: {option!r}"


def _rows(sheet: Sheet) -> Iterator[str]:
    for key, row in sheet.rows.items():
        for column in _named(row.get("constraints")):
            if column not in sheet.columns:
                yield f"row {key!r} narrows a column that is not there: {column!r}"
        for column, value in sheet.prefilled(key).items():
            yield from (f"row {key!r} {fault}" for fault in _prefilled(sheet, key, column, value))


def _named(content: Content) -> Iterator[str]:
    if isinstance(content, Mapping):
        yield from content


def _prefilled(sheet: Sheet, row: str, column: str, value: JsonValue) -> Iterator[str]:
    """A prefilled value must have its column's form; bounds are the answer's, for a promise may be late already."""
    if column not in sheet.columns:
        yield f"prefills a column that is not there: {column!r}"
    elif value is not None:
        try:
            found = sheet.parse(row, column, value, ANY_DAY)
        except InvalidAnswer as wrong:
            if wrong.code not in {"too_small", "too_large", "too_early", "too_late"}:
                yield f"prefills {column!r} with {value!r}: {wrong.text.en}"
        else:
            if found != value:
                yield f"prefills {column!r} with {value!r} instead of {found!r}"
