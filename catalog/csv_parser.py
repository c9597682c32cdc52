"""Read a catalog file, CSV or XLSX, into rows grouped by product."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalog import import_sentences as sentences
from catalog.csv_columns import (
    CSV_COLUMNS,
    PROBLEM_COLUMN,
    PRODUCT_COLUMNS,
    find_column,
    find_decimal_mark,
    is_error_cell,
)
from catalog.validation import MAX_OPTIONS
from stores.errors import Problem
from stores.spreadsheets import Table, read_table
from stores.table_export import unescape_formula
from wording.sentence import Sentence

MAX_CELL_LENGTH = 100_000


@dataclass(frozen=True)
class CsvRow:
    """One row: its number in the file and its cells by column. Columns that the file lacks are absent."""

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
    refused: list[tuple[int, Sentence]] = field(default_factory=list)

    @property
    def cells(self) -> dict[str, str]:
        """The product columns, from the first row."""
        first = self.rows[0].cells
        return {column: first[column] for column in PRODUCT_COLUMNS if column in first}


@dataclass(frozen=True)
class CatalogFile:
    """A file's columns and products, in its order, how it was read, and the decimal mark of its prices."""

    columns: list[str]
    products: list[ProductRows]
    read_as: Sentence
    decimal_mark: str


def read_catalog_file(content: bytes) -> CatalogFile:
    """Read the products of a file. Raises Problem if it is not a catalog file."""
    table = read_table(content)
    columns = _read_columns(table)
    products: dict[str, ProductRows] = {}
    for row in _iter_catalog_rows(table, columns):
        slug = row.cells["slug"].strip()
        product = products.setdefault(slug, ProductRows(slug))
        product.rows.append(row)
        _check_row(product, row)
    prices = [row.cells.get("price", "") for product in products.values() for row in product.rows]
    mark = table.decimal_mark or find_decimal_mark(prices)
    named = [column for column in columns if column]
    return CatalogFile(named, list(products.values()), table.read_as, mark)


def _read_columns(table: Table) -> list[str]:
    """Return the columns that the first row names, "" for those without a name. Raises Problem."""
    header = [name.strip() for name in table.rows[0].cells] if table.rows else []
    columns = [find_column(name) for name in header]
    if "slug" not in columns:
        raise Problem(_("The first line must list the columns. “slug” is missing."))
    for name, column in zip(header, columns, strict=True):
        if name and not column:
            raise Problem(
                _("Unknown column “%(name)s”. Rename or delete it. We know these: %(known)s.")
                % {"name": name[:40], "known": ", ".join(CSV_COLUMNS)}
            )
    named = list(filter(None, columns))
    if len(set(named)) < len(named):
        raise Problem(_("The same column appears more than once."))
    return columns


def _iter_catalog_rows(table: Table, columns: list[str]) -> Iterator[CsvRow]:
    last = max(place for place, column in enumerate(columns) if column)
    for row in table.rows[1:]:
        # Spreadsheets leave out empty cells at the end of a row, some of them at their own discretion.
        texts = row.cells + [""] * (len(columns) - len(row.cells))
        cells = dict(zip(columns, map(unescape_formula, texts), strict=False))
        has_extra_cells = any(cell.strip() for cell in row.cells[last + 1 :])
        kept = {column: cell for column, cell in cells.items() if column and column != PROBLEM_COLUMN}
        yield CsvRow(row.number, {"slug": ""} | kept, has_extra_cells=has_extra_cells)


def _check_row(product: ProductRows, row: CsvRow) -> None:
    """Record errors in a row, on its own and compared with the product's other rows."""
    reasons = [*_find_cell_errors(row), *_find_contradictions(product, row)]
    product.refused += [(row.number, reason) for reason in reasons]


def _find_cell_errors(row: CsvRow) -> Iterator[Sentence]:
    if not row.cells["slug"].strip():
        yield sentences.EMPTY_SLUG.fill()
    if row.has_extra_cells:
        yield sentences.EXTRA_CELLS.fill()
    if not all(row.option_values.values()):
        yield sentences.OPTION_WITHOUT_VALUE.fill()
    for cell in row.cells.values():
        if "\0" in cell:
            yield sentences.NULL_CHARACTER.fill()
        if is_error_cell(cell):
            yield sentences.FORMULA_ERROR.fill(cell=cell.strip())
        if len(cell) > MAX_CELL_LENGTH:
            yield sentences.CELL_TOO_LONG.fill()


def _find_contradictions(product: ProductRows, row: CsvRow) -> Iterator[Sentence]:
    """Compare the row, the last one so far, with the product's others."""
    first = product.rows[0]
    for column in _columns_that_differ(first, row):
        yield sentences.DIFFERS_FROM_ROW.fill(column=column, first=first.number)
    if any(other.option_values == row.option_values for other in product.rows[:-1]):
        yield sentences.REPEATED_OPTIONS.fill()


def _columns_that_differ(first: CsvRow, row: CsvRow) -> list[str]:
    """Return the product columns that differ from the first row. An empty cell repeats it."""
    cells = {column: row.cells.get(column, "") for column in PRODUCT_COLUMNS}
    return [
        column
        for column, cell in cells.items()
        if cell and cell.strip() != first.cells.get(column, "").strip()
    ]
