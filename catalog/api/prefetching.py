"""Prefetching for API responses: the number of queries doesn't grow with the number of rows."""

from collections.abc import Sequence

from django.db.models import Prefetch, prefetch_related_objects

from catalog.models import LinkVariant, PaymentLink, PlanGroupUse, Product
from catalog.options import prefetch_options
from catalog.pictures import prefetch_pictures
from stores.models import Store

# What the serializer of a selling plan group reads, in three queries.
GROUP_DETAILS = ("options", "selling_plans__pricing_policies")


def load_product_details(products: Sequence[Product]) -> None:
    """Load variants, options, pictures, and plans of the products, with seven queries."""
    uses = PlanGroupUse.objects.select_related("group").prefetch_related(
        *(f"group__{lookup}" for lookup in GROUP_DETAILS)
    )
    prefetch_related_objects(products, "variants", Prefetch("plan_group_uses", uses))
    prefetch_options(products)
    prefetch_pictures([variant for product in products for variant in product.variants.all()], products)


def load_link_details(links: Sequence[PaymentLink], *, store: Store) -> None:
    """Load all that the links sell, add-ons included, with nine queries. Each product is loaded once."""
    rows_with_variants = LinkVariant.objects.select_related("variant")
    prefetch_related_objects(links, Prefetch("link_variants", rows_with_variants))
    rows = [row for link in links for row in link.link_variants.all()]
    ids = {link.product_id for link in links} | {row.variant.product_id for row in rows}
    products = Product.objects.in_bulk(ids)
    load_product_details(list(products.values()))
    variants = {variant.pk: variant for product in products.values() for variant in product.variants.all()}
    for link in links:
        link.store = store
        link.product = products[link.product_id]
    for row in rows:
        row.variant = variants[row.variant_id]
        row.variant.product = products[row.variant.product_id]
