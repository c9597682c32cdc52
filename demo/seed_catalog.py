"""Fill a store with the demo's products, links and upsells, and build the same catalog for the sandbox."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from catalog.images import write_renditions
from catalog.models import (
    LinkVariant,
    Media,
    PaymentLink,
    PlanGroupUse,
    Product,
    SellingPlanGroup,
    Variant,
)
from catalog.options import save_options
from catalog.pictures import set_variant_pictures
from catalog.search import refresh_search_texts
from catalog.selling_plans import SellingPlanDraft, create_selling_plan
from catalog.variants import create_variants
from checkout.models import Upsell
from demo.categories import build_sandbox_categories, create_demo_categories, list_category_names
from demo.links import DEMO_LINKS, DemoLink
from demo.products import DEMO_PLANS, DEMO_PRODUCTS, DemoProduct
from stores.models import Store

FIRST_PRODUCT_ID = 900_001
FIRST_VARIANT_ID = 950_001
VARIANT_ID_STEP = 20  # no product has more variants

SHIPPING_COUNTRIES = [
    "US",
    "CA",
    "GB",
    "IE",
    "DE",
    "AT",
    "CH",
    "FR",
    "NL",
    "BE",
    "ES",
    "IT",
    "SE",
    "DK",
    "NO",
    "AU",
    "NZ",
    "JP",
    "SG",
]
SHIPPING_METHODS = [
    {"id": 1, "code": "standard", "name": "Standard", "delivery_time": "3 to 6 days", "price": "5.00"},
    {"id": 2, "code": "express", "name": "Express", "delivery_time": "1 to 2 days", "price": "14.00"},
]


def seed_demo_catalog(*, store: Store, with_images: bool = True) -> list[PaymentLink]:
    """Add the demo's products and links that the store doesn't have yet. Return its demo links.

    Safe to run twice; keeps changes made in between. Drawing the images takes a few seconds.
    """
    for number, item in enumerate(DEMO_PRODUCTS):
        if not Product.objects.filter(store=store, slug=item.slug).exists():
            with transaction.atomic():
                product = _create_demo_product(store, item, number)
                if with_images:
                    _add_product_images(product, item)
    create_demo_categories(store=store)
    return [_get_or_create_link(store, link) for link in DEMO_LINKS]


def create_demo_upsells(*, store: Store) -> None:
    """Create the upsells unless the store already has some: a vase, then filters if it is declined."""
    if store.upsells.exists():
        return
    filters = Upsell.objects.create(
        store=store,
        name="Filters instead of the vase",
        trigger=Upsell.Trigger.FOLLOWS,
        variant=_first_variant_of(store, "paper-filters"),
        quantity=2,
        price=Decimal("4.50"),
        headline="How about two packs of filters at 25% off?",
        text="100 unbleached filters in each. They ship with your order.",
        position=1,
    )
    Upsell.objects.create(
        store=store,
        name="Vase after any order",
        variant=_first_variant_of(store, "bud-vase"),
        discount_percent=Decimal(30),
        headline="Add a bud vase for 30% off",
        text="One stem is enough. Stoneware, glazed inside and out. It ships with your order.",
        follow_up_on_decline=filters,
    )


def build_sandbox_catalog() -> dict[str, Any]:
    """Return the same catalog in the sandbox's format (`PUT /sandbox/stores/{name}`)."""
    return {
        "products": [_build_sandbox_product(item, number) for number, item in enumerate(DEMO_PRODUCTS)],
        "shipping_methods": [
            {
                "id": method["id"],
                "code": method["code"],
                "name": method["name"],
                "delivery_time": method["delivery_time"],
                "countries": SHIPPING_COUNTRIES,
                "prices": {"USD": method["price"]},
                "is_public": True,
            }
            for method in SHIPPING_METHODS
        ],
        "categories": build_sandbox_categories(),
        "gateways": [{"id": 1, "name": "Stripe"}],
        "gateway_groups": [],
    }


def _iter_demo_variants(item: DemoProduct) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield position, title and option values of each variant."""
    for position, values in enumerate(itertools.product(*item.options.values())):
        title = " / ".join(values)
        if title not in item.excluded_variants:
            yield position, title, dict(zip(item.options, values, strict=True))


def _create_demo_product(store: Store, item: DemoProduct, number: int) -> Product:
    product = Product.objects.create(
        store=store,
        slug=item.slug,
        name=item.name,
        description=item.description,
        default_currency=store.currency,
        next_product_id=FIRST_PRODUCT_ID + number,
        **item.extra,
    )
    options = [
        {"name": name, "values": [_build_option_value(*value) for value in values.items()]}
        for name, values in item.options.items()
    ]
    saved = save_options(product=product, options=options)
    create_variants(
        [
            (
                Variant(
                    product=product,
                    sku=_build_sku(item, title),
                    price=Decimal(item.price_by_variant.get(title, item.price)),
                    next_price=Decimal(item.price_by_variant.get(title, item.price)),
                    inventory_quantity=item.stock_by_variant.get(title, item.stock),
                    position=position,
                    next_variant_id=_demo_variant_id(number, position),
                ),
                saved.find_values(values),
            )
            for position, title, values in _iter_demo_variants(item)
        ]
    )
    refresh_search_texts([product.pk])
    if item.plans:
        group = SellingPlanGroup.objects.create(store=store, name=item.name)
        PlanGroupUse.objects.create(group=group, product=product)
        for plan in DEMO_PLANS[item.plans]:
            create_selling_plan(group=group, draft=SellingPlanDraft(**plan))
    return product


def _build_option_value(value: str, color: str) -> dict[str, Any]:
    return {"value": value} | ({"swatch": {"type": "color", "value": color}} if color else {})


def _add_product_images(product: Product, item: DemoProduct) -> None:
    """Draw one image per color, or a single one, and assign it to the variants of that color."""
    option, values = next(iter(item.options.items()), ("", {}))
    colors = {value: color for value, color in values.items() if color} or {"": item.color}
    for position, (value, color) in enumerate(colors.items()):
        alt_text = f"{item.name}, {value.lower()}" if value else item.name
        media = Media(product=product, alt_text=alt_text, position=position)
        write_renditions(media, item.drawing(color))
        media.save(force_insert=True)
        for variant in product.variants.filter(values__option__name=option, values__value=value):
            set_variant_pictures(variant=variant, order=[media.pk])


def _get_or_create_link(store: Store, wanted: DemoLink) -> PaymentLink:
    existing = PaymentLink.objects.filter(store=store, metadata__demo=wanted.name).first()
    if existing:
        return existing
    variants = list(Variant.objects.filter(product__store=store, product__slug=wanted.slug))
    with transaction.atomic():
        link = PaymentLink.objects.create(
            store=store,
            product_id=variants[0].product_id,
            default_variant=variants[0],
            variant_config=wanted.config,
            metadata={"demo": wanted.name},
            updated_at=timezone.now(),
            **wanted.extra,
        )
        rows = [LinkVariant(link=link, variant=variant) for variant in variants]
        rows += _build_add_ons(link, wanted)
        for position, row in enumerate(rows):
            row.position = position
        LinkVariant.objects.bulk_create(rows)
    return link


def _build_add_ons(link: PaymentLink, wanted: DemoLink) -> Iterator[LinkVariant]:
    """Yield what shoppers may add, and what comes with each purchase."""
    for slug, title, least, most in wanted.add_ons:
        variant = _find_variant(link.store, slug, title)
        yield LinkVariant(link=link, variant=variant, is_primary=False, min_quantity=least, max_quantity=most)
    for slug, title, choice, price in wanted.included:
        yield LinkVariant(
            link=link,
            variant=_find_variant(link.store, slug, title),
            is_primary=False,
            min_quantity=1,
            max_quantity=1,
            choice=choice,
            price=Decimal(price) if price else None,
        )


def _find_variant(store: Store, slug: str, title: str) -> Variant:
    variants = Variant.objects.filter(product__store=store, product__slug=slug)
    return next(variant for variant in variants if variant.title == title)


def _build_sandbox_product(item: DemoProduct, number: int) -> dict[str, Any]:
    return {
        "id": FIRST_PRODUCT_ID + number,
        "title": item.name,
        "categories": list_category_names(item.slug),
        "enable_subscription": bool(item.plans),
        "variants": [
            {
                "id": _demo_variant_id(number, position),
                "title": f"{item.name} {title}".strip(),
                "sku": _build_sku(item, title),
                "price": item.price_by_variant.get(title, item.price),
                "stock": item.stock_by_variant.get(title, item.stock),
                "requires_shipping": bool(item.extra.get("collect_shipping_address", True)),
                "attributes": [
                    {"code": slugify(name), "name": name, "value": value} for name, value in values.items()
                ],
            }
            for position, title, values in _iter_demo_variants(item)
        ],
    }


def _demo_variant_id(number: int, position: int) -> int:
    return FIRST_VARIANT_ID + number * VARIANT_ID_STEP + position


def _build_sku(item: DemoProduct, title: str) -> str:
    return "-".join(filter(None, [item.slug, slugify(title)])).upper()


def _first_variant_of(store: Store, slug: str) -> Variant:
    return Variant.objects.filter(product__store=store, product__slug=slug).earliest("position")
