"""Columns and cell formats of catalog CSV files: one row per variant, product columns repeated in each."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from catalog import import_sentences as sentences
from catalog.validation import MAX_OPTIONS
from stores.money import MAX_AMOUNT
from stores.search import fold_text
from wording.sentence import Sentence

PRODUCT_COLUMNS = (
    "slug",
    "name",
    "description",
    "seo_title",
    "seo_description",
    "categories",
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
# Addresses separated by spaces, in any row of the product, and the one that the row's variant shows first.
PICTURES_COLUMN, VARIANT_PICTURE_COLUMN = "picture_urls", "variant_picture_url"
VARIANT_COLUMNS = (
    *("sku", "gtin", "price", "stock", "variant_active", "next_variant_id"),
    *(PICTURES_COLUMN, VARIANT_PICTURE_COLUMN),
)
CSV_COLUMNS = (*PRODUCT_COLUMNS, *OPTION_COLUMNS, *VARIANT_COLUMNS)
# Why a row was refused: written with the refused rows, and ignored when they come back.
PROBLEM_COLUMN = "problem"

# What else people and other shops call the columns, folded, without spaces and punctuation.
_OTHER_NAMES = {
    "slug": ("handle", "urlname", "kurzname", "urlhandle"),
    "name": ("title", "productname", "producttitle", "product", "produkt", "produktname", "titel", "nom"),
    "description": ("bodyhtml", "body", "text", "beschreibung", "produktbeschreibung", "descripcion"),
    "categories": ("category", "kategorie", "kategorien", "productcategory", "producttype", "type"),
    "gtin": ("barcode", "variantbarcode", "ean", "upc"),
    "active": ("onsale", "enabled", "aktiv", "actif"),
    "in_shop": ("listed", "published", "visible", "listedintheshop", "imshop", "sichtbar"),
    "needs_shipping": ("requiresshipping", "variantrequiresshipping", "versand", "wirdversandt"),
    "needs_tax_address": ("taxaddress", "collecttaxaddress"),
    "tax_code": ("steuercode", "varianttaxcode"),
    "subscription_only": ("requiressellingplan", "nurimabo"),
    "next_product_id": ("nextcommerceproductid",),
    "currency": ("wahrung", "devise", "defaultcurrency"),
    "sku": ("variantsku", "itemnumber", "articlenumber", "artikelnummer", "artikelnr", "artnr"),
    "price": ("variantprice", "unitprice", "preis", "verkaufspreis", "prix", "precio", "prezzo"),
    "stock": ("variantinventoryqty", "inventory", "inventoryquantity", "quantity", "qty", "bestand"),
    "variant_active": ("varianteaktiv", "variantonsale"),
    "next_variant_id": ("nextcommercevariantid",),
    PICTURES_COLUMN: ("imagesrc", "images", "image", "imageurl", "imageurls", "pictures", "bilder", "bild"),
    VARIANT_PICTURE_COLUMN: ("variantimage", "variantpicture", "variantenbild"),
}
# The words that spreadsheets write for true and false in their languages, and that people type.
_TRUE_WORDS = (
    *("yes", "true", "1", "y", "x", "on", "✓", "ja", "j", "wahr", "oui", "o", "vrai", "si", "verdadero"),
    *("vero", "sim", "verdadeiro", "waar", "tak", "prawda", "sant", "sand", "sann", "tosi", "pravda"),
)
_FALSE_WORDS = (
    *("no", "false", "0", "n", "off", "nein", "falsch", "non", "faux", "falso", "nao", "onwaar", "nee"),
    *("nie", "falsz", "falskt", "falsk", "usann", "epatosi", "nepravda"),
)
# What spreadsheets show instead of a value they could not calculate, in English and German.
_ERROR_CELL_PATTERN = re.compile(
    r"#(?:REF!|NAME\?|VALUE!|DIV/0!|N/A|NULL!|NUM!|SPILL!|CALC!|BEZUG!|WERT!|NV|ZAHL!)"
)
# Spaces and Swiss apostrophes within an amount, and the dash of `12,–`.
_AMOUNT_NOISE = re.compile(r"[\s'’]|[.,][-–—]+\s*\Z")
_AMOUNT = re.compile(r"[0-9.,]*[0-9][0-9.,]*")
_SYMBOLS = {
    **dict.fromkeys(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "$"),
    **dict.fromkeys(("SEK", "NOK", "DKK"), "kr"),
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "¥",
    "INR": "₹",
    "PLN": "zł",
    "CZK": "Kč",
    "CHF": "Fr.",
}
_GROUPED = {",": re.compile(r"\d{1,3}(?:,\d{3})+"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+")}


class InvalidCell(ValueError):
    """A cell that can't be read, and why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def find_column(name: str) -> str:
    """Return the column that a header names in one way or another, or "" for an unknown one."""
    key = _column_key(name)
    return _COLUMNS_BY_KEY.get(key, "")


def _column_key(name: str) -> str:
    return re.sub(r"[\W_]+", "", fold_text(name))


_COLUMNS_BY_KEY = {
    _column_key(each): column
    for column in (*CSV_COLUMNS, PROBLEM_COLUMN)
    for each in (column, *_OTHER_NAMES.get(column, ()))
}


def is_error_cell(cell: str) -> bool:
    """Return True for `#NAME?` and the like, which a spreadsheet writes over what it can't calculate."""
    return bool(_ERROR_CELL_PATTERN.fullmatch(cell.strip()))


def format_bool_cell(value: bool) -> str:
    return "yes" if value else "no"


def parse_bool_cell(cell: str, column: str) -> bool:
    """Parse yes/no, true/false, or 1/0 in many languages. Raises InvalidCell."""
    word = fold_text(cell.strip())
    if word not in _TRUE_WORDS + _FALSE_WORDS:
        raise InvalidCell(sentences.NOT_YES_OR_NO.fill(column=column, cell=cell[:40]))
    return word in _TRUE_WORDS


def find_decimal_mark(cells: Iterable[str]) -> str:
    """Return the decimal mark that the prices of a file prove, or "" if they prove none or contradict."""
    marks = {_read_mark(re.sub(r"[^\d.,]", "", cell)) for cell in cells} - {""}
    return marks.pop() if len(marks) == 1 else ""


def _read_mark(amount: str) -> str:
    """Return the decimal mark that this amount alone proves, or ""."""
    last = max(amount.rfind(","), amount.rfind("."))
    if last < 0:
        return ""
    mark = amount[last]
    other = "." if mark == "," else ","
    if other in amount:
        return mark if amount.count(mark) == 1 else ""
    if amount.count(mark) > 1:
        return other if _GROUPED[mark].fullmatch(amount) else ""
    return "" if _GROUPED[mark].fullmatch(amount) and not amount.startswith("0") else mark


def parse_price_cell(cell: str, *, currency: str, decimal_mark: str = "") -> Decimal:
    """Parse a price with at most two decimals, such as 49.90, 1.249,50, or 1’249.50 CHF.

    `decimal_mark` is that of the file (`find_decimal_mark`), for amounts such as 1.249. Raises InvalidCell,
    also for any other currency.
    """
    amount = _AMOUNT_NOISE.sub("", _strip_currency(cell.strip(), currency))
    mark = _read_mark(amount) or decimal_mark
    try:
        price = _parse_amount(amount, mark)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 <= price <= MAX_AMOUNT or price != round(price, 2):
        raise InvalidCell(sentences.NOT_A_PRICE.fill(cell=cell[:40]))
    return round(price, 2)


def _strip_currency(cell: str, currency: str) -> str:
    for name in filter(None, (currency, _SYMBOLS.get(currency))):
        cell = cell.removeprefix(name).removesuffix(name).strip()
    return cell


def _parse_amount(amount: str, mark: str) -> Decimal:
    """Return the amount. Without a mark, one that could mean two amounts is none."""
    if not _AMOUNT.fullmatch(amount) or (not mark and re.search(r"[.,]", amount)):
        return Decimal("NaN")
    if not mark:
        return Decimal(amount)
    group = "." if mark == "," else ","
    whole, _mark, decimals = amount.partition(mark)
    if group in whole and not _GROUPED[group].fullmatch(whole):
        return Decimal("NaN")
    return Decimal(whole.replace(group, "") + (f".{decimals}" if decimals else ""))


def parse_count_cell(cell: str, column: str) -> int | None:
    """Parse a whole number, also 1.200 or 5,00; None for an empty cell. Raises InvalidCell."""
    text = re.sub(r"[\s'’]", "", cell)
    if not text:
        return None
    if any(pattern.fullmatch(text) for pattern in _GROUPED.values()):
        text = re.sub(r"[.,]", "", text)
    text = re.sub(r"[.,]0{1,2}\Z", "", text)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidCell(sentences.NOT_A_COUNT.fill(column=column, cell=cell[:40]))
    return int(text)
