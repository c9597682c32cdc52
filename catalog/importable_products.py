"""Which products of a page of NEXT's list are imported, and what a sync reports of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace

from catalog import import_sentences as sentences
from catalog.models import Variant
from catalog.next_products import SellableProduct, select_sellable_variants
from catalog.product_matching import explain_unsupported_product
from catalog.validation import explain_uncharged_price
from nextcommerce.store_schemas import NextProduct
from stores.models import Store
from wording.sentence import Sentence


@dataclass
class ProductSyncSummary:
    """What a sync changed. `skipped` holds (product or variant name, reason) pairs.

    `held` names what NEXT Commerce no longer lists and what staff must hide or keep, because it is too much.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deactivated: int = 0
    reactivated: int = 0
    variants_added: int = 0
    variants_changed: int = 0
    skipped: list[tuple[str, Sentence]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def add(self, other: "ProductSyncSummary") -> None:
        """Add what another page changed."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def list_sellable_products(
    page: Sequence[NextProduct], store: Store, summary: ProductSyncSummary
) -> list[SellableProduct]:
    """Return the products of a page, each with the variants that have an id and a price here.

    A product that is listed twice, or a variant of two products, counts once.
    """
    found: dict[int, SellableProduct] = {}
    variant_ids: set[int] = set()
    for listed in page:
        next_product = select_sellable_variants(listed, currency=store.currency, base_url=store.next_api_url)
        if next_product is None:
            label = listed.title or str(listed.id or "?")
            summary.skipped.append((label, sentences.INVALID_DATA.fill()))
        elif next_product.id not in found:
            variants = [each for each in next_product.variants if each.id not in variant_ids]
            variant_ids.update(variant.id for variant in variants)
            found[next_product.id] = replace(next_product, variants=variants)
    return list(found.values())


def select_importable_products(
    sellable: Sequence[SellableProduct], currency: str, summary: ProductSyncSummary
) -> dict[int, SellableProduct]:
    """Return the products that our catalog can hold, by NEXT id. Note in `summary` what it can't."""
    return {
        next_product.id: next_product
        for next_product in sellable
        if _is_importable(next_product, currency, summary)
    }


def _is_importable(next_product: SellableProduct, currency: str, summary: ProductSyncSummary) -> bool:
    reasons = next_product.skipped_variants
    unsupported = explain_unsupported_product(next_product) if next_product.variants else Sentence()
    if unsupported:
        reasons = [unsupported]
    elif not next_product.variants:
        reasons = reasons or [sentences.WITHOUT_VARIANT.fill()]
    summary.skipped += [(next_product.name, reason) for reason in reasons]
    if unsupported or not next_product.variants:
        return False
    for variant in next_product.variants:
        if problem := explain_uncharged_price(variant.price, currency):
            summary.skipped.append((f"{next_product.name} {variant.sku}".strip(), problem))
    return True


def find_variants_by_next_id(store: Store, next_products: Iterable[SellableProduct]) -> dict[int, Variant]:
    ids = [variant.id for next_product in next_products for variant in next_product.variants]
    holders = Variant.objects.filter(store=store, next_variant_id__in=ids).select_related("product")
    return {holder.next_variant_id: holder for holder in holders if holder.next_variant_id}
