"""Prefetching for API responses: the number of queries doesn't grow with the number of rows."""

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from catalog.models import PaymentLink, PlanGroupUse, Product
from stores.models import Store

# What the serializer of a selling plan group reads, in three queries.
GROUP_DETAILS = ("options", "selling_plans__pricing_policies")


def prefetch_product_details(products: QuerySet[Product]) -> QuerySet[Product]:
    """Prefetch variants, pictures, and plans, with six extra queries."""
    return products.prefetch_related(*_product_prefetches())


def load_link_details(links: Sequence[PaymentLink], *, store: Store) -> None:
    """Load all that the links sell, add-ons included, with eight queries. Each product is loaded once."""
    prefetch_related_objects(links, "link_variants__variant")
    rows = [row for link in links for row in link.link_variants.all()]
    ids = {link.product_id for link in links} | {row.variant.product_id for row in rows}
    products = prefetch_product_details(Product.objects.filter(pk__in=ids)).in_bulk() if ids else {}
    for link in links:
        link.store = store
        link.product = products[link.product_id]
    for row in rows:
        row.variant.product = products[row.variant.product_id]


def load_product_details(product: Product) -> Product:
    """Load the variants, pictures, and plans of one product."""
    prefetch_related_objects([product], *_product_prefetches())
    return product


def _product_prefetches() -> "tuple[str | Prefetch[str], ...]":
    uses = PlanGroupUse.objects.select_related("group").prefetch_related(
        *(f"group__{lookup}" for lookup in GROUP_DETAILS)
    )
    return "variants", "media", Prefetch("plan_group_uses", uses)
