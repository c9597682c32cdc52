"""Puts the demo's goods into a store, and the same goods onto the sandbox store's shelf."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from catalog.images import store_renditions
from catalog.models import (
    LinkVariant,
    Media,
    PaymentLink,
    PlanGroupUse,
    Product,
    SellingPlan,
    SellingPlanGroup,
    Variant,
)
from demo.products import GOODS, LINKS, PLANS, Good, Link
from stores.models import Store

FIRST_PRODUCT = 900_001
FIRST_VARIANT = 950_001
STEP = 20  # more than any product has variants

COUNTRIES = [
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
SHIPPING = [
    {"id": 1, "code": "standard", "name": "Standard", "delivery_time": "3 to 6 days", "price": "5.00"},
    {"id": 2, "code": "express", "name": "Express", "delivery_time": "1 to 2 days", "price": "14.00"},
]


def fill(*, store: Store, pictures: bool = True) -> list[PaymentLink]:
    """Add what the store does not have yet of the demo's products and links; return its demo links.

    Doing it twice changes nothing, whatever was changed by hand in between. Drawing takes some seconds.
    """
    for number, good in enumerate(GOODS):
        if not Product.objects.filter(store=store, slug=good.slug).exists():
            with transaction.atomic():
                product = _add_product(store, good, number)
                if pictures:
                    _draw(product, good)
    return [_link(store, link) for link in LINKS]


def store_catalogue() -> dict[str, Any]:
    """Return the same goods as the sandbox takes them (`PUT /sandbox/stores/{name}`)."""
    return {
        "products": [_store_product(good, number) for number, good in enumerate(GOODS)],
        "shipping_methods": [
            {
                "id": method["id"],
                "code": method["code"],
                "name": method["name"],
                "delivery_time": method["delivery_time"],
                "countries": COUNTRIES,
                "prices": {"USD": method["price"]},
                "is_public": True,
            }
            for method in SHIPPING
        ],
        "gateways": [{"id": 1, "name": "Stripe"}],
        "gateway_groups": [],
    }


def _combinations(good: Good) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield position, title and option values of each variant that is sold."""
    for position, values in enumerate(itertools.product(*good.options.values())):
        title = " / ".join(values)
        if title not in good.never_sold:
            yield position, title, dict(zip(good.options, values, strict=True))


def _add_product(store: Store, good: Good, number: int) -> Product:
    product = Product.objects.create(
        store=store,
        slug=good.slug,
        name=good.name,
        description=good.description,
        default_currency=store.currency,
        next_product_id=FIRST_PRODUCT + number,
        options=[
            {
                "name": name,
                "sort_order": place,
                "values": [
                    {"value": value, "sort_order": order}
                    | ({"swatch": {"type": "color", "value": colour}} if colour else {})
                    for order, (value, colour) in enumerate(values.items())
                ],
            }
            for place, (name, values) in enumerate(good.options.items())
        ],
        **good.extra,
    )
    Variant.objects.bulk_create(
        Variant(
            product=product,
            sku=_sku(good, title),
            option_values=values,
            price=Decimal(good.prices.get(title, good.price)),
            inventory_quantity=good.stocks.get(title, good.stock),
            position=position,
            next_variant_id=_variant_id(number, position),
        )
        for position, title, values in _combinations(good)
    )
    if good.plans:
        group = SellingPlanGroup.objects.create(store=store, name=good.name)
        PlanGroupUse.objects.create(group=group, product=product)
        for plan in PLANS[good.plans]:
            SellingPlan.objects.create(group=group, **plan)
    return product


def _draw(product: Product, good: Good) -> None:
    """Draw a picture for each colour, or one, and give it to the variants of that colour."""
    option, values = next(iter(good.options.items()), ("", {}))
    colours = {value: colour for value, colour in values.items() if colour} or {"": good.colour}
    order = []
    for value, colour in colours.items():
        words = f"{good.name}, {value.lower()}" if value else good.name
        media = Media(product=product, alt_text=words)
        store_renditions(media, good.drawing(colour))
        media.save(force_insert=True)
        order.append(media.pk)
        for variant in product.variants.all() if value else ():
            if variant.option_values.get(option) == value:
                variant.media_order = [media.pk]
                variant.save(update_fields=["media_order"])
    product.media_order = order
    product.save(update_fields=["media_order"])


def _link(store: Store, wanted: Link) -> PaymentLink:
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
        for slug, title, fewest, most in wanted.add_ons:
            add_on = next(
                variant
                for variant in Variant.objects.filter(product__store=store, product__slug=slug)
                if variant.title == title
            )
            rows.append(
                LinkVariant(
                    link=link, variant=add_on, is_primary=False, min_quantity=fewest, max_quantity=most
                )
            )
        for position, row in enumerate(rows):
            row.position = position
        LinkVariant.objects.bulk_create(rows)
    return link


def _store_product(good: Good, number: int) -> dict[str, Any]:
    return {
        "id": FIRST_PRODUCT + number,
        "title": good.name,
        "enable_subscription": bool(good.plans),
        "variants": [
            {
                "id": _variant_id(number, position),
                "title": f"{good.name} {title}".strip(),
                "sku": _sku(good, title),
                "price": good.prices.get(title, good.price),
                "stock": good.stocks.get(title, good.stock),
                "requires_shipping": bool(good.extra.get("collect_shipping_address", True)),
                "attributes": [
                    {"code": slugify(name), "name": name, "value": value} for name, value in values.items()
                ],
            }
            for position, title, values in _combinations(good)
        ],
    }


def _variant_id(number: int, position: int) -> int:
    return FIRST_VARIANT + number * STEP + position


def _sku(good: Good, title: str) -> str:
    return "-".join(filter(None, [good.slug, slugify(title)])).upper()
