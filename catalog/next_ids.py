"""The variant IDs of NEXT: each is sold once in a store, and the last product list had it."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import ngettext

from catalog.models import ProductSync, SeenNextVariant, Variant
from catalog.product_sentences import NEXT_ID_REPEATED, NEXT_ID_TAKEN
from stores.errors import Problem
from stores.models import Store


def require_free_next_ids(*, store: Store, next_ids: Mapping[str, int | None]) -> None:
    """Raise Problem if two variants have the same NEXT ID. `next_ids` are the IDs wanted, by variant."""
    wanted = [next_id for next_id in next_ids.values() if next_id is not None]
    if len(set(wanted)) < len(wanted):
        repeated = next(next_id for next_id in wanted if wanted.count(next_id) > 1)
        raise Problem(
            NEXT_ID_REPEATED.fill(id=repeated),
            field="variants",
        )
    others = Variant.objects.filter(store=store, next_variant_id__in=wanted).exclude(pk__in=list(next_ids))
    if taken := others.select_related("product").first():
        raise Problem(
            NEXT_ID_TAKEN.fill(name=str(taken), id=taken.next_variant_id or 0),
            field="variants",
        )


def claim_next_ids(*, store: Store, wanted: Sequence[tuple[Variant, int | None]]) -> None:
    """Check the IDs that variants of one product are about to get; None keeps the current one.

    Clears those that change, so that variants can swap theirs. Raises Problem if an ID isn't free.
    """
    require_free_next_ids(
        store=store, next_ids={row.pk: next_id or row.next_variant_id for row, next_id in wanted}
    )
    changing = [
        row.pk
        for row, next_id in wanted
        if next_id is not None and row.next_variant_id not in {None, next_id}
    ]
    Variant.objects.filter(pk__in=changing).update(next_variant_id=None)


def clear_next_ids(*, store: Store, next_ids: Mapping[str, int | None]) -> None:
    """Check the IDs that variants are about to get, and clear theirs, so that they can swap them.

    Raises Problem if an ID isn't free.
    """
    require_free_next_ids(store=store, next_ids=next_ids)
    Variant.objects.filter(pk__in=list(next_ids)).update(next_variant_id=None)


def find_unknown_next_ids(*, store: Store, next_ids: Iterable[int | None]) -> list[int]:
    """Return the IDs that the last product list of NEXT didn't have. Empty before the first import."""
    sync = ProductSync.objects.filter(store=store).first()
    if sync is None or not sync.seen_variants.exists():
        return []
    wanted = {next_id for next_id in next_ids if next_id is not None}
    seen = SeenNextVariant.objects.filter(sync=sync, next_variant_id__in=wanted)
    return sorted(wanted - set(seen.values_list("next_variant_id", flat=True)))


def warn_about_unknown_next_ids(*, store: Store, next_ids: Iterable[int | None]) -> str:
    """Return a sentence for staff about IDs that NEXT may not have, or ""."""
    unknown = find_unknown_next_ids(store=store, next_ids=next_ids)
    if not unknown:
        return ""
    return ngettext(
        "NEXT Commerce didn't list variant %(ids)s at the last import."
        " Check the ID, or import products again.",
        "NEXT Commerce didn't list variants %(ids)s at the last import."
        " Check the IDs, or import products again.",
        len(unknown),
    ) % {"ids": ", ".join(map(str, unknown))}
