"""Which pictures a product and its variants show, and in which order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import IO

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog import images
from catalog.models import Media, OptionValue, Product, Variant, VariantMedia
from catalog.prefetching import fill_prefetch
from stores.page_cache import clear_page_cache


def prefetch_pictures(variants: Sequence[Variant], products: Sequence[Product] = ()) -> None:
    """Prefetch the pictures of the variants and of their products, all in one query.

    Needs `product` loaded. Products without a variant in `variants` can be added.
    """
    products = [*products, *(variant.product for variant in variants)]
    found = Media.objects.filter(product__in={product.pk for product in products}).annotate(
        shown_by=F("variant_rows__variant"), shown_at=F("variant_rows__position")
    )
    pictures: dict[str, dict[str, Media]] = {}
    rows: dict[str, list[VariantMedia]] = {}
    for media in found:
        pictures.setdefault(media.product_id, {}).setdefault(media.pk, media)
        if media.shown_by:
            row = VariantMedia(variant_id=media.shown_by, media_id=media.pk, position=media.shown_at)
            rows.setdefault(media.shown_by, []).append(row)
    for product in products:
        fill_prefetch(product, "media", list(pictures.get(product.pk, {}).values()))
    for variant in variants:
        shown = sorted(rows.get(variant.pk, []), key=lambda row: row.position)
        fill_prefetch(variant, "picture_rows", shown)


def set_picture_order(*, product: Product, order: Sequence[str]) -> None:
    """Put the product's pictures in this order. The others come last, in the order of their creation."""
    positions = {media_id: position for position, media_id in reversed(list(enumerate(order)))}
    pictures = list(Media.objects.filter(product=product))
    changed = [picture for picture in pictures if picture.position != positions.get(picture.pk)]
    for picture in changed:
        picture.position = positions.get(picture.pk)
    Media.objects.bulk_update(changed, ["position"], batch_size=100)


def set_variant_pictures(*, variant: Variant, order: Sequence[str]) -> None:
    """Set the variant's own pictures. Its version is not raised."""
    order = list(dict.fromkeys(order))
    rows = variant.picture_rows.all()
    if [row.media_id for row in rows] == order:
        return
    VariantMedia.objects.filter(variant=variant).delete()
    VariantMedia.objects.bulk_create(
        VariantMedia(variant=variant, media_id=media_id, position=position)
        for position, media_id in enumerate(order)
    )


def delete_picture(*, picture: Media) -> None:
    """Delete a picture, also from the variants and swatches that show it."""
    Variant.objects.filter(picture_rows__media=picture).update(version=F("version") + 1)
    OptionValue.objects.filter(swatch_media=picture).update(
        swatch_type=OptionValue.Swatch.NONE, swatch_value="", swatch_media=None
    )
    picture.delete()


def add_picture(*, product: Product, file: IO[bytes]) -> Media:
    """Add a picture after the others. Raises Problem if the file is too big or is not a picture."""
    picture = images.create_media(product=product, file=file)
    _mark_changed(product)
    return picture


@transaction.atomic
def update_pictures(
    *,
    product: Product,
    order: Sequence[str],
    descriptions: Mapping[str, str],
    deleted: Collection[str],
) -> bool:
    """Order, describe, and delete pictures of the product, all by ID. Return True if anything changed."""
    locked = Media.objects.select_for_update(no_key=True).filter(product=product)
    pictures = list(locked)
    before = _describe(pictures)
    for picture in pictures:
        if picture.pk in deleted:
            delete_picture(picture=picture)
        elif picture.pk in descriptions:
            picture.alt_text = descriptions[picture.pk]
            picture.save(update_fields=["alt_text"])
    set_picture_order(product=product, order=order)
    is_changed = _describe(product.media.all()) != before
    if is_changed:
        _mark_changed(product)
    return is_changed


def _describe(pictures: Iterable[Media]) -> list[tuple[str, str]]:
    return [(picture.pk, picture.alt_text) for picture in pictures]


def list_shown_by(product: Product) -> dict[str, list[str]]:
    """Return the IDs of the variants that show each picture first, by the picture's ID."""
    shown_by: dict[str, list[str]] = {}
    rows = VariantMedia.objects.filter(media__product=product).values_list("media", "variant")
    for media_id, variant_id in rows:
        shown_by.setdefault(media_id, []).append(variant_id)
    return shown_by


@transaction.atomic
def set_picture_variants(*, product: Product, picture: Media, variant_ids: Collection[str]) -> bool:
    """Set which variants show a picture first, by ID. Return True if that changed."""
    known = set(Variant.objects.filter(product=product, pk__in=variant_ids).values_list("pk", flat=True))
    rows = VariantMedia.objects.filter(media=picture)
    before = set(rows.values_list("variant", flat=True))
    if known == before:
        return False
    order = list(Media.objects.filter(product=product).values_list("pk", flat=True))
    rows.filter(variant__in=before - known).delete()
    VariantMedia.objects.bulk_create(
        [
            VariantMedia(variant_id=pk, media=picture, position=order.index(picture.pk))
            for pk in sorted(known - before)
        ],
        ignore_conflicts=True,
    )
    Variant.objects.filter(pk__in=before ^ known).update(version=F("version") + 1)
    _mark_changed(product)
    return True


def _mark_changed(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1, updated_at=timezone.now())
    clear_page_cache(host=product.store.host)


def ordered_media(product: Product, first: Sequence[str] = ()) -> list[Media]:
    """Return the product's pictures: those whose IDs are in `first`, then the others in their order."""
    positions = {media_id: position for position, media_id in reversed(list(enumerate(first)))}
    return sorted(product.media.all(), key=lambda media: positions.get(media.pk, len(first)))


def find_cover_image(variant: Variant) -> Media | None:
    """Return the first picture of a variant. Runs no query if its pictures and the product's are loaded."""
    return next(iter(ordered_media(variant.product, variant.media_order)), None)
