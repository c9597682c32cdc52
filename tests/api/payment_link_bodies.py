"""Request bodies of payment links that several tests share."""


def ids(product):
    """Return the ids of a product's variants."""
    return [variant.pk for variant in product.variants.all()]


def minimal(product, **changes):
    """Return a body with the three required fields, plus `changes`."""
    first = ids(product)[0]
    body = {"product_id": product.pk, "default_variant_id": first, "primary_variant_ids": ids(product)}
    return body | changes
