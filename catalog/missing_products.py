"""Products and variants that NEXT Commerce stopped listing: hide them, or ask staff first.

A list can come back empty or short by mistake. One that lacks much hides nothing by itself.
"""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Product, ProductSync, SeenNextProduct, SeenNextVariant, Variant
from stores.errors import Conflict
from stores.models import Store
from stores.page_cache import clear_page_cache

# A list is trusted if it lacks at most this many variants, or this share of them.
FEW_VARIANTS = 3
TRUSTED_SHARE = 10  # one tenth

Row = TypeVar("Row", Product, Variant)


@dataclass(frozen=True)
class MissingProducts:
    """What NEXT Commerce doesn't list, of what is on sale here."""

    products: list[Product]
    variants: list[Variant]  # of products that it does list

    def __bool__(self) -> bool:
        return bool(self.products or self.variants)

    @property
    def names(self) -> list[str]:
        return [str(each) for each in (*self.products, *self.variants)]

    @property
    def digest(self) -> str:
        """Identify what is missing, so that staff decide only about what they saw."""
        keys = sorted(each.pk for each in (*self.products, *self.variants))
        return hashlib.sha256(" ".join(keys).encode()).hexdigest()[:16]


def handle_missing_products(*, state: ProductSync, store: Store) -> tuple[MissingProducts, bool]:
    """Hide what the finished sync didn't see, or hold it for staff. Return it, and whether it is held."""
    missing = _find_unseen(state, store)
    is_held = bool(missing) and _lacks_too_much(missing, state, store)
    _clear_missing(store)
    if is_held:
        now = timezone.now()
        _select(Product, missing.products).update(missing_since=now)
        _select(Variant, missing.variants).update(missing_since=now)
    else:
        _hide(missing)
        state.seen_variants.exclude(seen_at=state.started_at).delete()
    return missing, is_held


def list_missing_products(store: Store) -> MissingProducts:
    """Return what waits for staff to hide or keep it."""
    waiting = Product.objects.filter(
        Q(active=True) | Q(awaits_pictures=True), store=store, missing_since__isnull=False
    )
    variants = Variant.objects.filter(store=store, active=True, missing_since__isnull=False)
    return MissingProducts(
        products=list(waiting.order_by("name", "pk")),
        variants=list(
            variants.select_related("product")
            .prefetch_related("values")
            .order_by("product", "position", "pk")
        ),
    )


def hide_deleted_product(product: Product) -> bool:
    """Hide a product that NEXT Commerce says it doesn't have. Return False if it is held for staff instead.

    They decide if a tenth of the products went this way within a day: the address may be wrong.
    """
    if not (product.active or product.awaits_pictures):
        return True
    recently = timezone.now() - datetime.timedelta(days=1)
    ours = Product.objects.filter(store=product.store_id, next_product_id__isnull=False)
    gone = ours.filter(hidden_by_sync=True, updated_at__gte=recently).count() + 1
    if gone > FEW_VARIANTS and gone * TRUSTED_SHARE > ours.filter(active=True).count() + gone - 1:
        Product.objects.filter(pk=product.pk, missing_since=None).update(missing_since=timezone.now())
        return False
    _hide(MissingProducts(products=[product], variants=[]))
    return True


@transaction.atomic
def hide_missing_products(*, store: Store, digest: str) -> MissingProducts:
    """Take off sale what waits for staff. The sync puts it back when NEXT Commerce lists it again.

    Raises Conflict if something else is missing than what staff saw, which has this digest.
    """
    missing = list_missing_products(store)
    if missing.digest != digest:
        raise Conflict(_("Another import has changed what is missing. Review the list, then decide."))
    _hide(missing)
    _clear_missing(store)
    clear_page_cache(host=store.host)
    return missing


def keep_missing_products(*, store: Store) -> MissingProducts:
    """Leave on sale what waits for staff. Another sync that lacks it asks again."""
    missing = list_missing_products(store)
    _clear_missing(store)
    return missing


def _find_unseen(state: ProductSync, store: Store) -> MissingProducts:
    seen_products = SeenNextProduct.objects.filter(sync=state, next_product_id=OuterRef("next_product_id"))
    seen_variants = SeenNextVariant.objects.filter(
        sync=state, seen_at=state.started_at, next_variant_id=OuterRef("next_variant_id")
    )
    linked = Product.objects.filter(
        Q(active=True) | Q(awaits_pictures=True), store=store, next_product_id__isnull=False
    )
    listed_elsewhere = Variant.objects.filter(Exists(seen_variants), product=OuterRef("pk"))
    products = linked.filter(~Exists(seen_products), ~Exists(listed_elsewhere))
    variants = Variant.objects.filter(
        ~Exists(seen_variants),
        store=store,
        active=True,
        next_variant_id__isnull=False,
        product__active=True,
    ).exclude(product__in=products.order_by().values("pk"))
    return MissingProducts(
        products=list(products.order_by("pk")),
        variants=list(
            variants.select_related("product")
            .prefetch_related("values")
            .order_by("product", "position", "pk")
        ),
    )


def _lacks_too_much(missing: MissingProducts, state: ProductSync, store: Store) -> bool:
    if not state.seen_products.exists():
        return True
    on_sale = Variant.objects.filter(store=store, active=True, product__active=True)
    of_products = on_sale.filter(product__in=missing.products).count()
    count = len(missing.variants) + max(of_products, len(missing.products))
    return count > FEW_VARIANTS and count * TRUSTED_SHARE > on_sale.count()


def _hide(missing: MissingProducts) -> None:
    now = timezone.now()
    _select(Product, missing.products).update(
        active=False,
        awaits_pictures=False,
        hidden_by_sync=True,
        version=F("version") + 1,
        updated_at=now,
    )
    _select(Variant, missing.variants).update(active=False, hidden_by_sync=True, version=F("version") + 1)
    changed = {variant.product_id for variant in missing.variants}
    Product.objects.filter(pk__in=changed).update(version=F("version") + 1, updated_at=now)


def _clear_missing(store: Store) -> None:
    for model in (Product, Variant):
        model._default_manager.filter(store=store, missing_since__isnull=False).update(missing_since=None)


def _select(model: type[Row], rows: Iterable[Row]) -> QuerySet[Row]:
    return model._default_manager.filter(pk__in=[row.pk for row in rows])
