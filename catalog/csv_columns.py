"""Columns and cell formats of catalog CSV files: one row per variant, product columns repeated in each."""

import re
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from catalog.validation import MAX_OPTIONS
from stores.money import MAX_AMOUNT

PRODUCT_COLUMNS = (
    "slug",
    "name",
    "description",
    "active",
    "in_shop",
    "needs_shipping",
    "needs_tax_address",
    "tax_code",
    "subscription_only",
    "next_product_id",
    "currency",
)
OPTION_COLUMNS = tuple(
    f"option{number}_{part}" for number in range(1, MAX_OPTIONS + 1) for part in ("name", "value")
)
VARIANT_COLUMNS = ("sku", "price", "stock", "variant_active", "next_variant_id")
CSV_COLUMNS = (*PRODUCT_COLUMNS, *OPTION_COLUMNS, *VARIANT_COLUMNS)

_FORMULA_PATTERN = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r\n]")
_QUOTED_FORMULA_PATTERN = re.compile(r"'+\s*[=+\-@＝＋－＠\t\r\n]")


def escape_formula(text: str) -> str:
    """Quote text that a spreadsheet would run as a formula. `unescape_formula` reverses it."""
    return f"'{text}" if _FORMULA_PATTERN.match(text) else text


def unescape_formula(cell: str) -> str:
    """Remove the quote that `escape_formula` adds."""
    return cell[1:] if _QUOTED_FORMULA_PATTERN.match(cell) else cell


def format_bool_cell(value: bool) -> str:
    return "yes" if value else "no"


def parse_bool_cell(cell: str, column: str) -> bool:
    """Parse yes/no, true/false, or 1/0. Raises ValueError with the reason."""
    value = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(
        cell.strip().lower()
    )
    if value is None:
        raise ValueError(
            _("%(column)s must be yes or no, not “%(cell)s”") % {"column": column, "cell": cell[:40]}
        )
    return value


def parse_price_cell(cell: str) -> Decimal:
    """Parse a price with at most two decimals. Raises ValueError with the reason."""
    try:
        price = Decimal(cell.strip())
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 <= price <= MAX_AMOUNT or price != round(price, 2):
        raise ValueError(_("the price must be a number such as 49.90, not “%(cell)s”") % {"cell": cell[:40]})
    return round(price, 2)


def parse_count_cell(cell: str, column: str) -> int | None:
    """Parse a whole number; None for an empty cell. Raises ValueError with the reason."""
    text = cell.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(
            _("%(column)s must be a whole number, not “%(cell)s”") % {"column": column, "cell": cell[:40]}
        )
    return int(text)
