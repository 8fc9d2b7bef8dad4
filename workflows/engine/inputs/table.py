"""A few values for each of a list of things: lines of an order, differences of a delivery."""

from collections.abc import Iterator, Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, Entry, JsonValue, text_of
from workflows.engine.inputs.base import InputKind, limit, wrong_type
from workflows.engine.inputs.sheet import Cells, Sheet, kind_of, may_be_empty
from workflows.engine.inputs.table_declaration import check_table
from workflows.engine.inputs.table_text import HINT, column_name, labelled_row, row_labels, row_words, typed_rows
from workflows.engine.rejection import BadCell, InvalidAnswer, readable_name

FAULTS_LISTED = 50
# A chat message has room for about so many lines.
ROWS_SHOWN = 20

UNKNOWN_ROW = Text(en="There is no line {row} here. Reload the list.", zh="列表中没有 {row} 这一行，请刷新列表。")
UNKNOWN_COLUMN = Text(
    en="{row}: there is nothing called {column} here. Reload the list.",
    zh="{row}：没有“{column}”这一项，请刷新列表。",
)
BAD_ROW = Text(en="{row}: this line came in a form we cannot read.", zh="{row}：无法识别这一行的内容。")
BAD_CELL = Text(en="{row}, {column}: {fault}", zh="{row}，{column}：{fault}")
CELL_MISSING = Text(en="{row}: fill in {column}.", zh="{row}：请填写{column}。")
ROW_MISSING = Text(en="{row}: answer this line too.", zh="{row}：请同时填写这一行。")
AND_MORE = Text(en="{first} ({count} more to correct.)", zh="{first}（另有 {count} 处需更正）")
TOO_FEW_CHANGES = Text(en="Nothing is changed yet. Change at least {count}.", zh="尚未修改，请至少修改 {count} 处。")


class Table(InputKind):
    """Value: `{"row": {"column": value}}` with only what the person named, in the table's own order.

    A cell not named keeps its prefilled value; null empties one that may be empty. A cell named with its prefilled
    value stays in the answer and does not count as changed. A row may narrow a column for itself:
    `"constraints": {"quantity": {"unit": "kg", "decimals": 3}}`.
    """

    kind = "table"
    defaults = {"absent_rows": "keep"}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"rows", "columns", "absent_rows", "min_changed_cells"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """One line per named row."""
        sheet = Sheet.of(constraints)
        rows = value if isinstance(value, Mapping) else {}
        lines = [
            row_words(sheet, key, cells, language)
            for key, cells in rows.items()
            if key in sheet.rows and isinstance(cells, Mapping)
        ]
        return "\n".join(lines) or "-"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """The named cells, each parsed by its column. Every bad cell is reported at once."""
        if not isinstance(value, Mapping):
            raise wrong_type()
        sheet = Sheet.of(constraints)
        faults: list[BadCell] = [_unknown_row(key) for key in sorted(set(value) - set(sheet.rows))[:FAULTS_LISTED]]
        rows: dict[str, Cells] = {}
        for key in sheet.rows:
            if key in value:
                rows[key] = _parse_row(sheet, key, value[key], today, faults)
        if constraints.get("absent_rows") == "refuse":
            faults += [_fault(sheet, key, None, "row_missing", ROW_MISSING) for key in sheet.rows if key not in rows]
        if faults:
            raise _all_of(faults)
        _check_changes(sheet, rows, limit(constraints, "min_changed_cells", 0))
        return rows

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """One line per row: "10 quantity=400 date=12月5日"; "-" leaves everything as it is."""
        return self.parse(typed_rows(text, Sheet.of(constraints), today), constraints, today)

    def hint(self, constraints: Constraints, language: str) -> str:
        """How to write a line, with a column of this table."""
        sheet = Sheet.of(constraints)
        columns = [column_name(column, language) for column in sheet.columns.values()]
        row = next(iter(row_labels(sheet)), "1")
        names = ("、" if language == "zh" else ", ").join(columns)
        return HINT.in_language(language).format(row=row, first=columns[0], names=names)

    def prompt_lines(self, constraints: Constraints, language: str) -> list[str]:
        """The rows, numbered, with their facts and what is prefilled."""
        sheet = Sheet.of(constraints)
        lines = [labelled_row(sheet, label, key, language) for label, key in row_labels(sheet).items()]
        return [*lines[:ROWS_SHOWN], "…"] if len(lines) > ROWS_SHOWN else lines

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Rows and columns that fit each other."""
        return super().check_constraints(constraints) + check_table(constraints)


def merged_rows(value: JsonValue, constraints: Constraints) -> dict[str, dict[str, JsonValue]]:
    """A table as it reads after the answer, row by row: what a flow's effect works with.

    Rows nobody named read as prefilled; with `absent_rows: none` they are left out, for not counted is not zero.
    """
    sheet = Sheet.of(constraints)
    named = value if isinstance(value, Mapping) else {}
    skips_absent = constraints.get("absent_rows") == "none"
    keys = [key for key in sheet.rows if key in named or not skips_absent]
    return {key: sheet.merged(key, _as_cells(named.get(key))) for key in keys}


def _as_cells(value: JsonValue) -> Cells:
    return value if isinstance(value, Mapping) else {}


def _parse_row(sheet: Sheet, row: str, named: JsonValue, today: date, faults: list[BadCell]) -> Cells:
    if not isinstance(named, Mapping):
        faults.append(_fault(sheet, row, None, "wrong_type", BAD_ROW))
        return {}
    cells: dict[str, JsonValue] = {}
    wrong = [_unknown_column(sheet, row, key) for key in sorted(set(named) - set(sheet.columns))[:FAULTS_LISTED]]
    for key, column in sheet.columns.items():
        if key in named:
            wrong += _parse_cell(sheet, row, column, named[key], today, cells)
    if not wrong:
        wrong = [_fault(sheet, row, key, "cell_missing", CELL_MISSING) for key in sheet.missing(row, cells)]
    faults += wrong
    return cells


def _parse_cell(
    sheet: Sheet, row: str, column: Entry, value: JsonValue, today: date, cells: dict[str, JsonValue]
) -> Iterator[BadCell]:
    key = str(column["key"])
    if value is None:
        cells[key] = None
        if not may_be_empty(column):
            yield _fault(sheet, row, key, "cell_missing", CELL_MISSING)
        return
    try:
        cells[key] = kind_of(column).parse(value, sheet.constraints(row, key), today)
    except InvalidAnswer as wrong:
        yield _fault(sheet, row, key, wrong.code, BAD_CELL, wrong.text)


def _fault(sheet: Sheet, row: str, column: str | None, code: str, words: Text, fault: Text | None = None) -> BadCell:
    label = text_of(sheet.columns[column]["text"]) if column else None
    return BadCell(row, column, code, words.format(row=text_of(sheet.rows[row]["text"]), column=label, fault=fault))


def _unknown_row(row: str) -> BadCell:
    name = readable_name(row)
    return BadCell(name, None, "unknown_row", UNKNOWN_ROW.format(row=name))


def _unknown_column(sheet: Sheet, row: str, column: str) -> BadCell:
    name = readable_name(column)
    words = UNKNOWN_COLUMN.format(row=text_of(sheet.rows[row]["text"]), column=name)
    return BadCell(row, name, "unknown_column", words)


def _all_of(faults: list[BadCell]) -> InvalidAnswer:
    """The first fault speaks; all are listed, up to a number a phone can mark."""
    first = faults[0]
    more = len(faults) - 1
    words = AND_MORE.format(first=first.text, count=more) if more else first.text
    return InvalidAnswer(first.code, words, tuple(faults[:FAULTS_LISTED]))


def _check_changes(sheet: Sheet, rows: Mapping[str, Cells], least: int) -> None:
    if least and sum(len(sheet.changed(key, cells)) for key, cells in rows.items()) < least:
        raise InvalidAnswer("too_few_changes", TOO_FEW_CHANGES.format(count=least))
