"""Which products and variants of NEXT can be sold here, with their prices in one currency."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog import import_sentences as sentences
from catalog.descriptions import clean_next_description, describe_as_text
from catalog.next_picture_urls import NextPictures, SellablePicture, list_next_pictures
from nextcommerce.store_schemas import NextCategory, NextProduct, NextVariant
from stores.money import is_payable
from wording.sentence import Sentence


@dataclass(frozen=True)
class SellableVariant:
    """A variant that can be sold here. `stock` includes units we hold; None means it is not counted."""

    id: int
    sku: str
    option_values: dict[str, str]
    price: Decimal
    stock: int | None
    retail_price: Decimal | None = None
    gtin: str = ""
    picture_keys: list[str] = field(default_factory=list)  # of its own pictures


@dataclass(frozen=True)
class SellableProduct:
    """A product with the variants that can be sold here, and the reasons why others cannot."""

    id: int
    name: str
    slug: str
    listed: bool
    requires_shipping: bool
    allows_subscriptions: bool | None
    subscription_interval: str
    subscription_interval_counts: list[int]
    tax_category: str  # empty if NEXT has it in several categories, or in none
    variants: list[SellableVariant]
    # What the answer left out is None.
    description: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    pictures: list[SellablePicture] | None = None
    categories: list[NextCategory] | None = None
    updated_at: datetime.datetime | None = None
    skipped_variants: list[Sentence] = field(default_factory=list)

    @property
    def options(self) -> dict[str, list[str]]:
        """The values of each option, in the order of the variants."""
        found: dict[str, list[str]] = {}
        for variant in self.variants:
            for name, value in variant.option_values.items():
                values = found.setdefault(name, [])
                if value not in values:
                    values.append(value)
        return found


def select_sellable_variants(
    next_product: NextProduct, *, currency: str, base_url: str = ""
) -> SellableProduct | None:
    """Return the product with its prices in `currency`, or None without an id or a title.

    Addresses of pictures that lack a host are completed with `base_url`.
    """
    if next_product.id is None or not next_product.title:
        return None
    pictures = list_next_pictures(next_product, base_url=base_url)
    categories = next_product.categories or ()
    variants, skipped_variants = _select_variants(next_product, currency, pictures)
    return SellableProduct(
        id=next_product.id,
        name=next_product.title[:200],
        slug=next_product.slug[:100],
        listed=next_product.is_public,
        requires_shipping=next_product.requires_shipping,
        allows_subscriptions=next_product.enables_subscription,
        subscription_interval=next_product.interval,
        subscription_interval_counts=list(next_product.interval_counts),
        tax_category=categories[0].name if len(categories) == 1 else "",
        variants=variants,
        description=_clean_text(next_product.description, clean_next_description),
        seo_title=next_product.meta_title,
        seo_description=_clean_text(next_product.meta_description, describe_as_text),
        pictures=None if next_product.images is None else pictures.pictures,
        categories=None if next_product.categories is None else list(next_product.categories),
        updated_at=next_product.updated_at,
        skipped_variants=skipped_variants,
    )


def _select_variants(
    next_product: NextProduct, currency: str, pictures: NextPictures
) -> tuple[list[SellableVariant], list[Sentence]]:
    """Return the variants that can be sold, and the reasons why others cannot."""
    variants: list[SellableVariant] = []
    skipped: list[Sentence] = []
    combinations = _choose_option_values(next_product.variants)
    for next_variant, values in zip(next_product.variants, combinations, strict=True):
        price = _find_payable_price(next_variant, currency)
        label = next_variant.sku or _title_variant(next_variant)
        if next_variant.id is None:
            skipped.append(sentences.VARIANT_WITHOUT_ID.fill(variant=label))
        elif price is None:
            skipped.append(sentences.VARIANT_WITHOUT_PRICE.fill(variant=label, currency=currency))
        elif any(variant.option_values == values for variant in variants):
            skipped.append(sentences.VARIANT_REPEATED.fill(variant=label))
        else:
            variants.append(
                SellableVariant(
                    id=next_variant.id,
                    sku=next_variant.sku[:100],
                    option_values=values,
                    price=price,
                    stock=next_variant.stock,
                    retail_price=next_variant.retail_prices.get(currency),
                    gtin=next_variant.gtin,
                    picture_keys=pictures.list_own_keys(next_variant),
                )
            )
    return variants, skipped


def _clean_text(text: str | None, clean: Callable[[str], str]) -> str | None:
    return None if text is None else clean(text)


def _choose_option_values(variants: Sequence[NextVariant]) -> list[dict[str, str]]:
    """Return each variant's option values: its attributes if all variants share them, else its title."""
    attributes = [
        {name[:100]: value[:100] for name, value in variant.attributes.items()} for variant in variants
    ]
    if _have_same_options(attributes) and (len(variants) == 1 or attributes[0]):
        return attributes
    if len(variants) == 1:
        return [{}]
    return [{_("Variant"): _title_variant(variant)[:100]} for variant in variants]


def _have_same_options(attributes: Sequence[Mapping[str, str]]) -> bool:
    return bool(attributes) and all(
        values.keys() == attributes[0].keys() and all(values.values()) for values in attributes
    )


def _title_variant(variant: NextVariant) -> str:
    return variant.title or variant.sku or str(variant.id or "")


def _find_payable_price(variant: NextVariant, currency: str) -> Decimal | None:
    price = variant.prices.get(currency)
    rounded = None if price is None else round(price, 2)
    return rounded if rounded is not None and is_payable(rounded, currency) else None
