"""Search for products and payment links. The shop, the admin, and the lists of add-ons all use it."""

from collections.abc import Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery

from catalog.descriptions import describe_as_text
from catalog.models import LinkVariant, OptionValue, PaymentLink, Product, Variant
from stores.search import (
    MAX_FEW,
    FoundRows,
    add_word_starts,
    contains_word,
    join_search_text,
    list_few_keys,
    split_words,
)

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
        text = add_word_starts(join_search_text(parts[product.pk]))
        if text != product.search_text:
            product.search_text = text
            changed.append(product)
    Product.objects.bulk_update(changed, ["search_text"])


def refresh_link_search_text(link: PaymentLink, *, tags: Iterable[str]) -> None:
    """Recompute what a link is found by beside its products: its name, short address, and tags."""
    text = add_word_starts(join_search_text([link.name, link.slug or "", *tags]))
    if text != link.search_text:
        link.search_text = text
        PaymentLink.objects.filter(pk=link.pk).update(search_text=text)


def search_products(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Return the products that all words of the text are found in, or the one with this ID."""
    return find_products(products, text).rows


def find_products(products: QuerySet[Product], text: str) -> FoundRows[Product]:
    """Find the products that all words of the text are found in, or the one with this ID.

    Runs a query, to learn whether they are few.
    """
    if text.startswith("prod_"):
        return FoundRows(products.filter(pk=text))
    words = split_words(text)
    if not words:
        return FoundRows(products.none())
    keys = list_few_keys(products.filter(*map(contains_word, words)))
    if keys is not None:
        return FoundRows(products.filter(pk__in=keys))
    in_order = (contains_word(word, in_order=True) for word in words)
    return FoundRows(products.filter(*in_order), are_many=True)


def find_variants(variants: QuerySet[Variant], text: str) -> FoundRows[Variant]:
    """Find the variants with this ID or SKU, else those of the products that are found."""
    exact = variants.filter(Q(pk=text) | Q(sku__iexact=text))
    if exact.exists():
        return FoundRows(exact)
    words = split_words(text)
    products = Product.objects.filter(pk__in=variants.order_by().values("product"))
    keys = list_few_keys(products.filter(*map(contains_word, words))) if words else []
    if keys is not None:
        return FoundRows(variants.filter(product__in=keys))
    in_order = (contains_word(word, "product__search_text", in_order=True) for word in words)
    return FoundRows(variants.filter(*in_order), are_many=True)


def search_payment_links(links: QuerySet[PaymentLink], text: str) -> QuerySet[PaymentLink]:
    """Return the link with this ID, else those with each word in their name, address, tags, or products."""
    return find_payment_links(links, text).rows


def find_payment_links(links: QuerySet[PaymentLink], text: str) -> FoundRows[PaymentLink]:
    """Find the link with this ID, else those with each word in their name, address, tags, or products.

    Its products include add-ons. Runs up to three queries for each word, to learn whether they are few.
    """
    if text.startswith("plink_"):
        return FoundRows(links.filter(pk=text))
    words = split_words(text)
    if not words:
        return FoundRows(links.none())
    conditions = {word: _build_few_links_condition(links, word) for word in words}
    for word in words:
        links = links.filter(conditions[word] or _build_many_links_condition(word))
    return FoundRows(links, are_many=not any(conditions.values()))


def _build_few_links_condition(links: QuerySet[PaymentLink], word: str) -> Q | None:
    """Return the condition that a link has the word, by the keys of rows; None if too many have it."""
    own = list_few_keys(links.filter(contains_word(word)))
    products = None if own is None else list_few_keys(Product.objects.filter(contains_word(word)))
    if own is None or products is None:
        return None
    add_ons = LinkVariant.objects.filter(is_primary=False, variant__product__in=products)
    more = list(add_ons.order_by().values_list("link", flat=True)[: MAX_FEW + 1]) if products else []
    if len(more) > MAX_FEW:
        return None
    return Q(pk__in={*own, *more}) | Q(product__in=products)


def _build_many_links_condition(word: str) -> Q:
    """Return the condition that a link has the word, to be asked of one link after the other."""
    add_ons = LinkVariant.objects.filter(
        contains_word(word, "variant__product__search_text", in_order=True),
        link=OuterRef("pk"),
        is_primary=False,
    )
    # A value rather than Exists, which PostgreSQL may answer for all links at first.
    with_add_on = Q(pk=Subquery(add_ons.order_by().values("link")[:1]))
    in_product = contains_word(word, "product__search_text", in_order=True)
    return contains_word(word, in_order=True) | in_product | with_add_on
