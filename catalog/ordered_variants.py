"""Which variants were ever ordered, looked up in the app above that keeps orders."""

from collections.abc import Callable, Collection, Iterable

from catalog.models import Product, Variant

# Called with a product and IDs of its variants; returns those that were ordered.
OrderedVariantsLookup = Callable[[Product, Collection[str]], Iterable[str]]
_lookups: list[OrderedVariantsLookup] = []


def register_ordered_variants_lookup(lookup: OrderedVariantsLookup) -> None:
    """Ask `lookup` too before a variant is deleted. An app above registers it from `AppConfig.ready()`."""
    _lookups.append(lookup)


def find_ordered_variants(product: Product, variants: Iterable[Variant]) -> set[str]:
    """Return the IDs of the variants that were ever ordered."""
    ids = [variant.pk for variant in variants]
    return {pk for lookup in _lookups for pk in lookup(product, ids)} if ids else set()
