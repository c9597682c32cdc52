"""Write tables that spreadsheet programs open: CSV line by line, and XLSX workbooks."""

import csv
import datetime
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from stores.responses import EchoBuffer

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Makes spreadsheets read the file as UTF-8.
BYTE_ORDER_MARK = "\ufeff"
# The most text that a cell of a workbook holds.
_MAX_CELL_LENGTH = 32_767
_WORKBOOK_COLUMN_WIDTH = 18
# No cell may have these.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA_PATTERN = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r\n]")
_QUOTED_FORMULA_PATTERN = re.compile(r"'+\s*[=+\-@＝＋－＠\t\r\n]")


def escape_formula(text: str) -> str:
    """Quote text that a spreadsheet would run as a formula. `unescape_formula` reverses it."""
    return f"'{text}" if _FORMULA_PATTERN.match(text) else text


def unescape_formula(cell: str) -> str:
    """Remove the quote that `escape_formula` adds."""
    return cell[1:] if _QUOTED_FORMULA_PATTERN.match(cell) else cell


def generate_csv(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield the file line by line, with a byte order mark, and formulas escaped."""
    writer: Any = csv.writer(EchoBuffer())
    yield BYTE_ORDER_MARK + writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_format_csv_cell(cell) for cell in row])


def _format_csv_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return escape_formula(cell) if isinstance(cell, str) else str(cell)


def write_xlsx(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> IO[bytes]:
    """Return a workbook, as a temporary file at its start. Rows are written as they come, not collected."""
    # Not with the module: processes that write no workbook start faster without it.
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.freeze_panes = "A2"
    for number in range(1, len(columns) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WORKBOOK_COLUMN_WIDTH
    sheet.append([_make_header_cell(sheet, name) for name in columns])
    for row in rows:
        sheet.append([_format_xlsx_cell(cell) for cell in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115
    workbook.save(file)
    file.seek(0)
    return file


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a workbook if the file is named .xlsx, and CSV otherwise. Raises OSError."""
    if path.suffix.lower() == ".xlsx":
        with path.open("wb") as target, write_xlsx(columns, rows) as workbook:
            shutil.copyfileobj(workbook, target)
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(generate_csv(columns, rows))


def _make_header_cell(sheet: Any, name: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=name)
    cell.font = Font(bold=True)
    return cell


def _format_xlsx_cell(cell: Any) -> Any:
    if isinstance(cell, str):
        text = escape_formula(_CONTROL_CHARACTERS.sub("", cell))
        return text[:_MAX_CELL_LENGTH] or None
    if isinstance(cell, datetime.datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell if isinstance(cell, int | float | Decimal | None) else str(cell)
