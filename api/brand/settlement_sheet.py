"""Settlement lines as a file that a bookkeeper opens: built row by row on disk, so that a long one fills no memory.

The package that writes spreadsheets is looked up by name when somebody first asks for one: a web process that starts does not
wait for it (adr/0022).
"""

import csv
import io
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from config.text import Text

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_TITLE = Text(en="Settlements", zh="结算明细")
_STATES = {
    "open": Text(en="to be paid", zh="待付款"),
    "paid": Text(en="paid", zh="已付款"),
    "reversed": Text(en="taken back", zh="已撤回"),
}
_WIDTHS = {"day": 12, "amount": 14, "text": 24}


@dataclass(frozen=True)
class Column:
    """One column: the field it shows, its heading, and what its cells are: text, day or amount."""

    field: str
    heading: Text
    kind: str = "text"


COLUMNS: Final = (
    Column("created_at", Text(en="Date", zh="日期"), "day"),
    Column("id", Text(en="Settlement line", zh="结算单号")),
    Column("promotion", Text(en="Promotion", zh="活动编号")),
    Column("promotion_title", Text(en="Promotion title", zh="活动名称")),
    Column("partner", Text(en="Partner", zh="合作伙伴编号")),
    Column("partner_name", Text(en="Partner name", zh="合作伙伴名称")),
    Column("store", Text(en="Store", zh="门店编号")),
    Column("store_name", Text(en="Store name", zh="门店名称")),
    Column("claim", Text(en="Claim", zh="申请编号")),
    Column("amount", Text(en="Amount", zh="金额"), "amount"),
    Column("currency", Text(en="Currency", zh="币种")),
    Column("state", Text(en="State", zh="状态")),
    Column("reverses", Text(en="Takes back", zh="撤回的单号")),
    Column("paid_on", Text(en="Paid on", zh="付款日期"), "day"),
    Column("payment_ref", Text(en="Payment reference", zh="付款凭证号")),
)
Cell = str | date | Decimal | None


def sheet_of(
    media_type: str, rows: Iterable[Mapping[str, Any]], fields: Collection[str], language: str, time_zone: str
) -> IO[bytes]:
    """A file of the rows with those of the columns that `fields` allow, ready to be read; days are those of the time zone."""
    columns = [column for column in COLUMNS if column.field in fields]
    headings = [column.heading.in_language(language) for column in columns]
    zone = ZoneInfo(time_zone)
    cells = ([_cell(column, row[column.field], language, zone) for column in columns] for row in rows)
    made = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    _WRITERS[media_type](made, columns, headings, cells, language)
    made.seek(0)
    return made


def _cell(column: Column, value: Any, language: str, zone: ZoneInfo) -> Cell:
    if value is None:
        return None
    if column.kind == "amount":
        return Decimal(value)
    if column.kind == "day":
        return value.astimezone(zone).date() if isinstance(value, datetime) else date.fromisoformat(value)
    if column.field == "state":
        return _STATES[value].in_language(language)
    return Text.from_json(value).in_language(language) if isinstance(value, Mapping) else str(value)


def _write_xlsx(
    made: IO[bytes], columns: list[Column], headings: list[str], rows: Iterable[list[Cell]], language: str
) -> None:
    package = import_module("xlsxwriter")
    book = package.Workbook(made, {"constant_memory": True})
    sheet = book.add_worksheet(_TITLE.in_language(language))
    bold, amount, day = (
        book.add_format(look) for look in ({"bold": True}, {"num_format": "0.00"}, {"num_format": "yyyy-mm-dd"})
    )
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS[column.kind])
        sheet.write_string(0, place, headings[place], bold)
    sheet.freeze_panes(1, 0)
    for number, cells in enumerate(rows, start=1):
        for place, cell in enumerate(cells):
            _put(sheet, number, place, cell, amount, day)
    book.close()


def _put(sheet: Any, number: int, place: int, cell: Cell, amount: Any, day: Any) -> None:
    """What is text is written as text, whatever it begins with: no cell is ever a formula, and no long code a number."""
    if isinstance(cell, str):
        sheet.write_string(number, place, cell)
    elif isinstance(cell, Decimal):
        sheet.write_number(number, place, cell, amount)
    elif cell is not None:
        sheet.write_datetime(number, place, cell, day)


def _write_csv(
    made: IO[bytes], _columns: list[Column], headings: list[str], rows: Iterable[list[Cell]], _language: str
) -> None:
    text = io.TextIOWrapper(made, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headings)
    for cells in rows:
        writer.writerow([_plain(cell) for cell in cells])
    text.detach()  # the file stays open


def _plain(cell: Cell) -> str:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else str(cell)


_WRITERS: Mapping[str, Callable[..., None]] = {XLSX: _write_xlsx, CSV: _write_csv}
