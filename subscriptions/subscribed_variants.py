"""Which variants of a product are subscribed to, for `catalog.ordered_variants`."""

from collections.abc import Collection, Iterable

from catalog.models import Product
from subscriptions.models import SubscriptionLine


def list_subscribed_variants(product: Product, variant_ids: Collection[str]) -> Iterable[str]:
    """Return those of the variants that a subscription renews or renewed."""
    lines = SubscriptionLine.objects.filter(product_id=product.pk, variant_id__in=variant_ids)
    return lines.order_by().values_list("variant_id", flat=True).distinct()
