"""A table in a chat: rows written out as lines, typed lines read back."""

import re
from collections.abc import Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Entry, JsonValue, text_of
from workflows.engine.inputs.base import both, fact_lines, plain, says
from workflows.engine.inputs.sheet import Cells, Sheet, kind_of
from workflows.engine.rejection import BadCell, InvalidAnswer, readable_name

HINT = Text(
    en="One line per item you change: its number, then what changes, such as: {row} {first}=… ({names}). No change: -",
    zh="每行写一项：先写序号，再写修改内容，例如：{row} {first}=…（{names}）。没有修改请回复 -",
)
UNREADABLE = Text(
    en="Cannot read “{line}”. Write: number, space, name=value.",
    zh="无法识别“{line}”。请这样写：序号 空格 名称=内容。",
)
BAD_CELL = Text(en="{row}, {column}: {fault}", zh="{row}，{column}：{fault}")

AS_IT_IS = frozenset({"-", "ok", "none", "无", "没有", "不变", "无修改"})
SHORT_KEY = 6
EMPTY = frozenset({"-", "none", "无", "空"})
LINES = re.compile(r"[;；\n]+")
# Runs of spaces and commas would make the next pattern slow, and mean nothing.
GAPS = re.compile(r"[\s,，]{2,}")
# A cell is `name=value` or `name:value`; its value runs up to the next name, so that values may hold spaces.
CELL = re.compile(r"([^\s=:＝：,，]+)\s*[=:＝：]\s*(.*?)\s*(?=[\s,，]+[^\s=:＝：,，]+\s*[=:＝：]|$)")


def row_words(sheet: Sheet, row: str, cells: Cells, language: str) -> str:
    """A row and its cells in one line: "10 Brake disc: Quantity 400 pcs, Date 2026-12-05"."""
    parts = [
        f"{text_of(column['text']).in_language(language)} {_cell_words(sheet, row, key, cells[key], language)}"
        for key, column in sheet.columns.items()
        if key in cells
    ]
    name = text_of(sheet.rows[row]["text"]).in_language(language)
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    return name + colon + comma.join(parts) if parts else name


def row_labels(sheet: Sheet) -> dict[str, str]:
    """What each row is called in a chat, and its key: the keys where they are short, such as line numbers, else 1, 2, …"""
    if all(len(key) <= SHORT_KEY for key in sheet.rows):
        return {key: key for key in sheet.rows}
    return {str(number): key for number, key in enumerate(sheet.rows, start=1)}


def labelled_row(sheet: Sheet, label: str, row: str, language: str) -> str:
    """As "10. Brake disc: Quantity 500 pcs (Ordered: 500)": a row as it stands before the answer."""
    facts = fact_lines(sheet.rows[row], language)
    words = row_words(sheet, row, sheet.prefilled(row), language)
    return f"{label}. {words}" + (f" ({'; '.join(facts)})" if facts else "")


def column_name(column: Entry, language: str) -> str:
    """What to call a column when typing: its text, or its key where the text is more than one word."""
    text = text_of(column["text"]).in_language(language)
    return text if len(text.split()) == 1 else str(column["key"])


def typed_rows(text: str, sheet: Sheet, today: date) -> dict[str, JsonValue]:
    """Typed lines as a table's raw value. Raises InvalidAnswer naming the line that cannot be read."""
    if says(text, AS_IT_IS):
        return {}
    lines = [line.strip() for line in LINES.split(text) if line.strip()]
    if not lines:
        raise _unreadable(text)
    rows: dict[str, dict[str, JsonValue]] = {}
    for line in lines:
        name, _, rest = line.partition(" ")
        row = _row_meant(name, sheet)
        if row is None:
            raise _unreadable(line)
        rows.setdefault(row, {}).update(_typed_cells(rest, row, sheet, today))
    return {**rows}


def _typed_cells(text: str, row: str, sheet: Sheet, today: date) -> Mapping[str, JsonValue]:
    cells: dict[str, JsonValue] = {}
    text = GAPS.sub(" ", text)
    if text.strip() and CELL.sub("", text).strip(" ,，"):
        raise _unreadable(text)
    for name, said in CELL.findall(text):
        column = next((one for one in sheet.columns.values() if _is_called(one, name)), None)
        if column is None:
            raise _unreadable(name)
        cells[str(column["key"])] = _typed_cell(said, row, column, sheet, today)
    return cells


def _typed_cell(said: str, row: str, column: Entry, sheet: Sheet, today: date) -> JsonValue:
    if says(said, EMPTY):
        return None
    key = str(column["key"])
    try:
        return kind_of(column).parse_text(said, sheet.constraints(row, key), today)
    except InvalidAnswer as wrong:
        names = {"row": text_of(sheet.rows[row]["text"]), "column": text_of(column["text"])}
        words = BAD_CELL.format(**names, fault=wrong.text)
        raise InvalidAnswer(wrong.code, words, (BadCell(row, key, wrong.code, words),)) from wrong


def _row_meant(name: str, sheet: Sheet) -> str | None:
    """A row by what it is called in the chat, else by its key."""
    said = plain(name).rstrip(".)")
    for label, key in row_labels(sheet).items():
        if said in (plain(label), plain(key)):
            return key
    return None


def _is_called(column: Entry, name: str) -> bool:
    return plain(name) == plain(str(column["key"])) or plain(name) in both(column["text"])


def _cell_words(sheet: Sheet, row: str, key: str, value: JsonValue, language: str) -> str:
    if value is None:
        return "-"
    return kind_of(sheet.columns[key]).as_text(value, sheet.constraints(row, key), language)


def _unreadable(line: str) -> InvalidAnswer:
    return InvalidAnswer("unreadable_line", UNREADABLE.format(line=readable_name(line)))
