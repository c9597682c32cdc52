"""Read a catalog CSV file into rows grouped by product."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.utils.translation import gettext as _

from catalog.csv_columns import CSV_COLUMNS, PRODUCT_COLUMNS, unescape_formula
from catalog.validation import MAX_OPTIONS
from stores.errors import Problem

MAX_CELL_LENGTH = 100_000


@dataclass(frozen=True)
class CsvRow:
    """One line: its number in the file and its cells by column. Columns that the file lacks are absent."""

    number: int
    cells: dict[str, str]
    has_extra_cells: bool = False  # an unquoted comma shifts every cell after it

    @property
    def option_values(self) -> dict[str, str]:
        pairs = [
            (self.cells.get(f"option{number}_name", "").strip(), self.cells.get(f"option{number}_value", ""))
            for number in range(1, MAX_OPTIONS + 1)
        ]
        return {name: value.strip() for name, value in pairs if name}


@dataclass
class ProductRows:
    """All rows of one product; `refused` holds (row number, reason) pairs found while reading."""

    slug: str
    rows: list[CsvRow] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def cells(self) -> dict[str, str]:
        """The product columns, from the first row."""
        first = self.rows[0].cells
        return {column: first[column] for column in PRODUCT_COLUMNS if column in first}


def read_product_rows(file: IO[str]) -> list[ProductRows]:
    """Return the products in file order. Raises Problem if the file is not a catalog CSV."""
    first_character = file.read(1)
    if first_character != "\ufeff":
        file.seek(0)
    header = file.readline()
    delimiter = max(",;\t", key=header.count)
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    while columns and not columns[-1]:  # spreadsheets add empty trailing columns
        columns.pop()
    _check_columns(columns)
    products: dict[str, ProductRows] = {}
    try:
        for row in _iter_csv_rows(csv.reader(file, delimiter=delimiter), columns):
            slug = row.cells["slug"].strip()
            product = products.setdefault(slug, ProductRows(slug))
            product.rows.append(row)
            _check_row(product, row)
    except csv.Error as error:
        raise Problem(_("This file is not valid CSV: %(reason)s.") % {"reason": error}) from error
    return list(products.values())


def _iter_csv_rows(lines: Any, columns: list[str]) -> Iterator[CsvRow]:
    for line in lines:
        if not any(cell.strip() for cell in line):
            continue
        cells = dict(zip(columns, (unescape_formula(cell) for cell in line), strict=False))
        has_extra_cells = any(cell.strip() for cell in line[len(columns) :])
        # `lines` starts after the header line.
        yield CsvRow(lines.line_num + 1, {"slug": ""} | cells, has_extra_cells=has_extra_cells)


def _check_columns(columns: Iterable[str]) -> None:
    columns = list(columns)
    if "slug" not in columns:
        raise Problem(_("The first line must list the columns. “slug” is missing."))
    unknown = [name for name in columns if name and name not in CSV_COLUMNS]
    if unknown:
        raise Problem(_("Unknown column “%(name)s”.") % {"name": unknown[0][:40]})
    if len(set(columns)) < len(columns):
        raise Problem(_("The same column appears more than once."))


def _check_row(product: ProductRows, row: CsvRow) -> None:
    """Record errors in a row, on its own and compared with the product's other rows."""
    reasons = [*_find_cell_errors(row), *_find_contradictions(product, row)]
    product.refused += [(row.number, reason) for reason in reasons]


def _find_cell_errors(row: CsvRow) -> Iterator[str]:
    if not row.cells["slug"].strip():
        yield _("the slug is empty")
    if row.has_extra_cells:
        yield _("the row has more cells than the header; put text with commas in quotes")
    if not all(row.option_values.values()):
        yield _("an option has no value")
    if any("\0" in cell for cell in row.cells.values()):
        yield _("a cell contains a null character")
    if any(len(cell) > MAX_CELL_LENGTH for cell in row.cells.values()):
        yield _("a cell is too long")


def _find_contradictions(product: ProductRows, row: CsvRow) -> Iterator[str]:
    """Compare the row, the last one so far, with the product's others."""
    first = product.rows[0]
    for column in _columns_that_differ(first, row):
        yield _("%(column)s differs from row %(first)d") % {"column": column, "first": first.number}
    if any(other.option_values == row.option_values for other in product.rows[:-1]):
        yield _("another row has the same options")


def _columns_that_differ(first: CsvRow, row: CsvRow) -> list[str]:
    """Return the product columns that differ from the first row. An empty cell repeats it."""
    cells = {column: row.cells.get(column, "") for column in PRODUCT_COLUMNS}
    return [
        column
        for column, cell in cells.items()
        if cell and cell.strip() != first.cells.get(column, "").strip()
    ]
