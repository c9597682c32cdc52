"""Which pictures a product and its variants show, and in which order."""

from collections.abc import Sequence

from django.db.models import F

from catalog.models import Media, OptionValue, Product, Variant, VariantMedia
from catalog.prefetching import fill_prefetch


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
