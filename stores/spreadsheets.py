"""Read the tables that spreadsheet programs save: CSV in their encodings and separators, and XLSX."""

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.sentences import CSV_READ_AS, SEPARATOR_NAMES, XLSX_READ_AS
from stores.text_decoding import decode_text
from wording.sentence import Sentence

# What an XLSX file may unpack to: a small file can hold gigabytes of zeros.
MAX_UNPACKED_BYTES = 200_000_000
MAX_COLUMNS = 200
_SEPARATORS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_XLSX_START = b"PK\x03\x04"
_XLS_START = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class TableRow:
    """A row with text: its number as a spreadsheet shows it, and its cells up to the last with text."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A table, how it was read, and its decimal mark if the file says so; "" otherwise."""

    rows: list[TableRow]
    read_as: Sentence
    decimal_mark: str = ""


def read_table(content: bytes) -> Table:
    """Read a CSV or XLSX file. Raises Problem with what to do if it is neither."""
    if content.startswith(_XLSX_START):
        return _read_xlsx(content)
    if content.startswith(_XLS_START):
        raise Problem(_("This is an old Excel file. Save it as an Excel workbook (.xlsx) or as CSV UTF-8."))
    return _read_csv(content)


def _read_csv(content: bytes) -> Table:
    try:
        decoded = decode_text(content)
    except ValueError as error:
        raise Problem(
            _("We can't read this file. Save it as CSV UTF-8 or as .xlsx and try again.")
        ) from error
    text = decoded.text.removeprefix("\ufeff")
    marked = _SEPARATOR_LINE.match(text)
    separator = marked[1] if marked else _find_separator(text)
    reader = csv.reader(
        io.StringIO(text[marked.end() :] if marked else text, newline=""), delimiter=separator
    )
    try:
        rows = list(_number_rows(reader))
    except csv.Error as error:
        raise Problem(_("This file is not valid CSV: %(reason)s.") % {"reason": error}) from error
    return Table(
        rows,
        CSV_READ_AS.fill(
            encoding=decoded.encoding, separator=SEPARATOR_NAMES.get(separator, f"“{separator}”")
        ),
    )


def _find_separator(text: str) -> str:
    """Return the separator that splits the first line with text into most cells."""
    header = next((line for line in io.StringIO(text, newline="") if line.strip(',;\t "\r\n')), "")
    return max(_SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), [])))


def _number_rows(rows: Iterable[Iterable[Any]]) -> Iterator[TableRow]:
    for number, cells in enumerate(rows, start=1):
        texts = [_format_cell(cell) for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            yield TableRow(number, texts)


def _read_xlsx(content: bytes) -> Table:
    # Not with the module: processes that read no workbook start faster without it.
    from openpyxl import load_workbook

    unreadable = _("We can't read this workbook. Save it as .xlsx without a password, or as CSV UTF-8.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Problem(_("This workbook is too large. Split it, or save it as CSV UTF-8."))
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        # A formatted but empty column would otherwise count, up to 16,384 of them.
        rows = list(_number_rows(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)))
        workbook.close()
    except Problem:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part of the file happens to lead to.
        raise Problem(unreadable) from error
    return Table(rows, XLSX_READ_AS.fill(name=sheet.title), decimal_mark=".")


def _format_cell(value: Any) -> str:
    """Return a cell's value as text: numbers without an exponent, dates as 2026-01-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
