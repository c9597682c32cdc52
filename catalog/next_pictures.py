"""The pictures of a product in NEXT, and ours: which to download, and in which order to show them.

As a value that both sides may change (`next_values`), the pictures are `{"pictures": [[key, caption], …],
"variants": {variant id: [key, …]}}`. A picture that staff uploaded has a key of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from catalog.models import Media, NextPicture, Product, Variant, VariantMedia
from catalog.next_products import SellableProduct
from catalog.pictures import delete_picture, set_variant_pictures
from wording.sentence import Sentence


def pictures_from_next(next_product: SellableProduct, matched: Mapping[int, Variant]) -> dict[str, Any]:
    """Return NEXT's pictures. `matched` has our variants by NEXT ID."""
    found = next_product.pictures or []
    order = [picture.key for picture in found]
    variants = {
        matched[variant.id].pk: keys
        for variant in next_product.variants
        if variant.id in matched and (keys := [key for key in order if key in variant.picture_keys])
    }
    pictures = [[picture.key, picture.caption] for picture in found]
    return {"pictures": pictures, "variants": variants}


def read_pictures(
    product: Product, variants: Sequence[Variant], rows: Sequence[NextPicture]
) -> dict[str, Any]:
    """Return our pictures, with those that are still to be downloaded. Needs all of them prefetched."""
    keys = {row.media_id: row.key for row in rows if row.media_id}
    pending = [row for row in rows if row.downloaded_at is None]
    shown = [
        (_sort_key(media.position), _find_key(keys, media.pk), media.alt_text)
        for media in product.media.all()
    ]
    shown += [(row.position, row.key, row.caption) for row in pending]
    shown.sort(key=lambda each: each[0])
    return {
        "pictures": [[key, caption] for _position, key, caption in shown],
        "variants": {
            variant.pk: found
            for variant in variants
            if (found := _read_variant_pictures(variant, keys, pending))
        },
    }


def _read_variant_pictures(
    variant: Variant, keys: Mapping[str, str], pending: Sequence[NextPicture]
) -> list[str]:
    shown = [(row.position, _find_key(keys, row.media_id)) for row in variant.picture_rows.all()]
    shown += [
        (row.position, row.key)
        for row in pending
        if any(each.pk == variant.pk for each in row.variants.all())
    ]
    return [key for _position, key in sorted(shown)]


def _find_key(keys: Mapping[str, str], media_id: str) -> str:
    return keys.get(media_id, f"own:{media_id}")


def write_pictures(product: Product, value: Mapping[str, Any], urls: Mapping[str, str]) -> None:
    """Give the product NEXT's pictures: those that are new are due for download, those gone are deleted.

    Pictures that staff uploaded stay, after NEXT's. `urls` has the address of each key.
    """
    rows = {row.key: row for row in NextPicture.objects.filter(product=product).select_related("media")}
    wanted = {key: (position, caption) for position, (key, caption) in enumerate(value["pictures"])}
    for key in [key for key in rows if key not in wanted]:
        _delete_row(rows.pop(key))
    known = set(rows)
    for key, (position, caption) in wanted.items():
        row = rows.setdefault(key, NextPicture(product=product, key=key))
        row.url, row.position, row.caption = urls.get(key, row.url or key), position, caption
        _save_row(row)
        _set_variants(row, value["variants"], is_new=key not in known)
    _place_own_pictures(product, rows.values(), first=len(wanted))
    _write_variant_pictures(product, value["variants"], rows)


def _set_variants(row: NextPicture, wanted: Mapping[str, Sequence[str]], *, is_new: bool) -> None:
    shown_by = [pk for pk, keys in wanted.items() if row.key in keys]
    if shown_by or not is_new:
        row.variants.set(Variant.objects.filter(pk__in=shown_by))


def _delete_row(row: NextPicture) -> None:
    if row.media is not None:
        delete_picture(picture=row.media)
    row.delete()


def _save_row(row: NextPicture) -> None:
    """Save where NEXT has the picture. It is due for download if it is new, or was deleted here."""
    if row.media is None:
        row.due_at, row.downloaded_at, row.failures, row.error = timezone.now(), None, 0, Sentence()
    else:
        Media.objects.filter(pk=row.media.pk).update(position=row.position, alt_text=row.caption)
    row.save()


def _place_own_pictures(product: Product, rows: Any, *, first: int) -> None:
    ours = product.media.exclude(pk__in=[row.media_id for row in rows if row.media_id])
    for position, media in enumerate(ours.order_by("position", "created_at", "pk"), first):
        Media.objects.filter(pk=media.pk).update(position=position)


def _write_variant_pictures(
    product: Product, wanted: Mapping[str, Sequence[str]], rows: Mapping[str, NextPicture]
) -> None:
    for variant in Variant.objects.filter(product=product).prefetch_related("picture_rows"):
        order = [
            rows[key].media_id for key in wanted.get(variant.pk, []) if key in rows and rows[key].media_id
        ]
        set_variant_pictures(variant=variant, order=[pk for pk in order if pk])


def attach_picture(row: NextPicture, media: Media) -> None:
    """Show a downloaded picture, saved as `media`, where NEXT has it."""
    media.position, media.alt_text = row.position, row.caption
    media.save(force_insert=True)
    NextPicture.objects.filter(pk=row.pk).update(
        media=media, downloaded_at=timezone.now(), due_at=None, error=Sentence()
    )
    for variant in row.variants.all():
        VariantMedia.objects.create(variant=variant, media=media, position=row.position)


def _sort_key(position: int | None) -> int:
    return 2**15 if position is None else position
