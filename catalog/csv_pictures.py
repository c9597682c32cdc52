"""Pictures in catalog files, by their addresses: written by the export, downloaded after an import.

A file only adds pictures. One that the product has already, by this or an earlier file, stays as it is.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from catalog import import_sentences as sentences
from catalog.csv_columns import PICTURES_COLUMN, VARIANT_PICTURE_COLUMN
from catalog.csv_drafts import InvalidRowsError
from catalog.csv_parser import CsvRow, ProductRows
from catalog.imported_pictures import list_imported_urls, make_room_for_pictures, queue_picture
from catalog.models import CatalogImport, Media, NextPicture, Product, Variant
from catalog.next_picture_urls import MAX_PICTURES
from wording.sentence import Sentence

MAX_URL_LENGTH = 1000
OptionValuesKey = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class NamedPictures:
    """The pictures that the rows of a product name and that it doesn't have: in order, and by variant."""

    urls: list[str] = field(default_factory=list)
    variant_urls: Mapping[OptionValuesKey, str] = field(default_factory=dict)


def read_new_pictures(product: Product | None, rows: ProductRows) -> NamedPictures:
    """Return the pictures to add. Raises InvalidRowsError with a reason for each bad row."""
    if not any(map(_list_named_urls, rows.rows)):
        return NamedPictures()
    known = _list_known_urls(product) if product is not None else set()
    new = {row.number: [url for url in _list_named_urls(row) if url not in known] for row in rows.rows}
    urls = list(dict.fromkeys(itertools.chain.from_iterable(new.values())))
    errors = _find_bad_urls(new)
    if urls and len(known) + len(urls) > MAX_PICTURES:
        errors.append((rows.rows[0].number, sentences.TOO_MANY_PICTURES.fill(count=MAX_PICTURES)))
    if errors:
        raise InvalidRowsError(errors)
    variant_urls = {frozenset(row.option_values.items()): _read_variant_url(row) for row in rows.rows}
    return NamedPictures(urls, variant_urls)


def _find_bad_urls(urls_by_row: Mapping[int, list[str]]) -> list[tuple[int, Sentence]]:
    reasons = ((row, _explain_bad_url(url)) for row, urls in urls_by_row.items() for url in urls)
    return [(row, reason) for row, reason in reasons if reason]


def _list_named_urls(row: CsvRow) -> list[str]:
    urls = row.cells.get(PICTURES_COLUMN, "").split()
    return [*urls, *filter(None, [_read_variant_url(row)])]


def _read_variant_url(row: CsvRow) -> str:
    return row.cells.get(VARIANT_PICTURE_COLUMN, "").strip()


def queue_named_pictures(
    product: Product, named: NamedPictures, catalog_import: CatalogImport | None
) -> None:
    """Queue the pictures for download, in the caller's transaction."""
    if not named.urls:
        return
    variants = list(Variant.objects.filter(product=product).prefetch_related("values"))
    for position, url in enumerate(named.urls, start=make_room_for_pictures(product)):
        queue_picture(
            product=product,
            url=url,
            position=position,
            variants=[variant for variant in variants if named.variant_urls.get(_key(variant)) == url],
            catalog_import=catalog_import,
        )


def format_picture_url(product: Product, picture: Media) -> str:
    """Return the address of a picture with its host, as the export writes it."""
    return urljoin(product.store.origin, picture.url)


def _key(variant: Variant) -> OptionValuesKey:
    return frozenset(variant.option_values.items())


def _list_known_urls(product: Product) -> set[str]:
    """Return the addresses of the pictures that the product has or waits for."""
    ours = {format_picture_url(product, picture) for picture in product.media.all()}
    from_next = NextPicture.objects.filter(product=product).values_list("url", flat=True)
    return {*ours, *from_next, *list_imported_urls(product)}


def _explain_bad_url(url: str) -> Sentence:
    """Return why a picture can't be downloaded from the address; the empty sentence if it can."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        is_valid = False
    if is_valid and len(url) <= MAX_URL_LENGTH:
        return Sentence()
    return sentences.NOT_A_PICTURE_URL.fill(url=url[:60])
