"""Changing the prices of many products at once: first shown, then applied to exactly what was shown."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog.models import Product, Variant
from catalog.plan_prices import require_chargeable_plans_of
from stores.money import MAX_AMOUNT, is_chargeable, round_money
from stores.page_cache import clear_page_cache


class ChangeKind(StrEnum):
    """What the value of a change is: percent of the price, or an amount."""

    PERCENT = "percent"
    AMOUNT = "amount"


@dataclass(frozen=True)
class PriceChange:
    """A raise, or with a negative value a cut."""

    kind: ChangeKind
    value: Decimal

    def apply(self, price: Decimal, currency: str) -> Decimal:
        """Return the new price, rounded to what can be paid."""
        by = price * self.value / 100 if self.kind == ChangeKind.PERCENT else self.value
        return round_money(price + by, currency)


@dataclass(frozen=True)
class ChangedPrice:
    """A variant's price before and after. One that couldn't be charged stays as it is."""

    variant: Variant
    before: Decimal
    after: Decimal

    @property
    def currency(self) -> str:
        return self.variant.product.default_currency

    @property
    def is_possible(self) -> bool:
        return is_chargeable(self.after, self.currency) and self.after <= MAX_AMOUNT

    @property
    def is_changed(self) -> bool:
        return self.is_possible and self.after != self.before


def list_changed_prices(products: QuerySet[Product], change: PriceChange) -> list[ChangedPrice]:
    """Return what the change does to each variant of the products, inactive ones included."""
    variants = Variant.objects.filter(product__in=products.order_by().values("pk"))
    variants = variants.select_related("product__store").prefetch_related("values")
    return [
        ChangedPrice(variant, variant.price, change.apply(variant.price, variant.product.default_currency))
        for variant in variants.order_by("product__name", "product_id", "position", "pk")
    ]


def digest_prices(rows: Iterable[ChangedPrice]) -> str:
    """Return a digest of what staff were shown, to compare with what would be applied."""
    text = "\n".join(f"{row.variant.pk} {row.before} {row.after}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def apply_changed_prices(rows: Sequence[ChangedPrice]) -> list[Product]:
    """Save the new prices and return the changed products.

    A price that somebody changed meanwhile stays. Raises Problem if a plan would become impossible to charge.
    """
    products: dict[str, Product] = {}
    for row in rows:
        if not row.is_changed:
            continue
        found = Variant.objects.filter(pk=row.variant.pk, price=row.before)
        if found.update(price=row.after, version=F("version") + 1):
            products[row.variant.product_id] = row.variant.product
    Product.objects.filter(pk__in=products).update(version=F("version") + 1, updated_at=timezone.now())
    for product in products.values():
        require_chargeable_plans_of(product)
    for host in {product.store.host for product in products.values()}:
        clear_page_cache(host=host)
    return list(products.values())
