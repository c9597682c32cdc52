"""Which variants of a product were ordered, for `catalog.ordered_variants`."""

from collections.abc import Collection, Iterable

from catalog.models import Product
from orders.models import OrderItem


def list_ordered_variants(product: Product, variant_ids: Collection[str]) -> Iterable[str]:
    """Return those of the variants that are in an order, paid or not."""
    items = OrderItem.objects.filter(product_id=product.pk, variant_id__in=variant_ids)
    return items.order_by().values_list("variant_id", flat=True).distinct()
