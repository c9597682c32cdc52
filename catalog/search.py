"""Search for products and payment links. The shop, the admin, and the lists of add-ons all use it."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from catalog.descriptions import describe_as_text
from catalog.models import LinkVariant, OptionValue, PaymentLink, Product, Variant
from stores.search import join_search_text, search_text_contains, split_words

_BATCH_SIZE = 500


def refresh_search_texts(product_ids: Iterable[str]) -> None:
    """Recompute what products are found by: name, description, slug, SKUs, GTINs, and option values.

    Call it at the end of whatever writes one of those.
    """
    ids = list(dict.fromkeys(product_ids))
    for start in range(0, len(ids), _BATCH_SIZE):
        _refresh_batch(ids[start : start + _BATCH_SIZE])


def _refresh_batch(ids: list[str]) -> None:
    parts: dict[str, list[str]] = {}
    products = Product.objects.filter(pk__in=ids).only("pk", "name", "slug", "description", "search_text")
    known = list(products.order_by())
    for product in known:
        parts[product.pk] = [product.name, product.slug, describe_as_text(product.description)]
    values = OptionValue.objects.filter(option__product__in=ids)
    for product_id, value in values.order_by("pk").values_list("option__product", "value"):
        parts[product_id].append(value)
    codes = Variant.objects.filter(product__in=ids).order_by("position", "pk")
    for product_id, sku, gtin in codes.values_list("product", "sku", "gtin"):
        parts[product_id] += [sku, gtin]
    changed = []
    for product in known:
        text = join_search_text(parts[product.pk])
        if text != product.search_text:
            product.search_text = text
            changed.append(product)
    Product.objects.bulk_update(changed, ["search_text"])


def refresh_link_search_text(link: PaymentLink, *, tags: Iterable[str]) -> None:
    """Recompute what a link is found by beside its products: its name, short address, and tags."""
    text = join_search_text([link.name, link.slug or "", *tags])
    if text != link.search_text:
        link.search_text = text
        PaymentLink.objects.filter(pk=link.pk).update(search_text=text)


def search_products(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Return the products that all words of the text are found in, or the one with this ID."""
    if text.startswith("prod_"):
        return products.filter(pk=text)
    return products.filter(search_text_contains(text))


def search_variants(variants: QuerySet[Variant], text: str) -> QuerySet[Variant]:
    """Return the variants with this ID or SKU, else those of the products that are found."""
    exact = variants.filter(Q(pk=text) | Q(sku__iexact=text))
    return (
        exact
        if exact.exists()
        else variants.filter(product__in=search_products(Product.objects.order_by(), text))
    )


def search_payment_links(links: QuerySet[PaymentLink], text: str) -> QuerySet[PaymentLink]:
    """Return the link with this ID, else those with each word in their name, address, tags, or products.

    Its products include add-ons.
    """
    if text.startswith("plink_"):
        return links.filter(pk=text)
    typed = split_words(text)
    for word in typed:
        products = search_products(Product.objects.order_by(), word)
        rows = LinkVariant.objects.filter(variant__product__in=products).order_by()
        by_product = Q(product__in=products) | Q(pk__in=rows.values("link"))
        links = links.filter(search_text_contains(word) | by_product)
    return links if typed else links.none()
