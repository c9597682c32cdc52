"""Purchase snapshots: what the shopper chose to buy, stored with each payment intent and the order (S7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict

from catalog.models import Variant
from orders.addresses import create_order_addresses
from orders.consents import GivenConsent, create_consents
from orders.models import Order, OrderDiscount, OrderItem, OrderTaxLine

MONEY_FIELDS = (
    "items_total",
    "discount_total",
    "shipping_total",
    "tax_total",
    "included_tax_total",
    "total",
    "verification_amount",
)
SHOWN_PARTS = ("discount_total", "shipping_total", "tax_total", "included_tax_total")
ADDRESS_NAMES = ("shipping_address", "billing_address")


class PurchaseSnapshot(TypedDict):
    """`order` has fields of `Order` and its two addresses, {} for none; `items` has fields of `OrderItem`.

    `discounts` and `tax_lines` have fields of `OrderDiscount` and `OrderTaxLine`, as shown before payment.
    `next_offer_ids` are the offers that NEXT is to apply, `next_priced` the positions of the items that
    NEXT is to price itself, since it may not apply a code to a price of ours; `is_shipping_next_priced` says
    the same of shipping. `consents` are what the shopper ticked. Money and rates are decimal text.
    """

    order: dict[str, Any]
    items: list[dict[str, Any]]
    discounts: list[dict[str, Any]]
    tax_lines: list[dict[str, Any]]
    next_offer_ids: list[int]
    next_priced: list[int]
    is_shipping_next_priced: bool
    consents: list[GivenConsent]


def order_fields_of_snapshot(snapshot: PurchaseSnapshot) -> dict[str, Any]:
    """Return the snapshot's `Order` fields, with money as Decimal."""
    fields = {name: value for name, value in snapshot["order"].items() if name not in ADDRESS_NAMES}
    shown_parts = {name: fields[name] for name in SHOWN_PARTS} | {"tax_mode": fields.pop("tax_mode", "")}
    return fields | {name: Decimal(fields[name]) for name in MONEY_FIELDS} | {"shown_parts": shown_parts}


def create_order_rows(*, order: Order, snapshot: PurchaseSnapshot) -> None:
    """Create the snapshot's items, discounts, tax lines, addresses, and consents for an order without any."""
    OrderItem.objects.bulk_create(
        OrderItem(order=order, position=position, **{**item, "unit_price": Decimal(item["unit_price"])})
        for position, item in enumerate(snapshot["items"])
    )
    OrderDiscount.objects.bulk_create(
        OrderDiscount(order=order, position=position, **{**row, "amount": Decimal(row["amount"])})
        for position, row in enumerate(snapshot["discounts"])
    )
    OrderTaxLine.objects.bulk_create(
        OrderTaxLine(
            order=order,
            position=position,
            **{**row, "rate": Decimal(row["rate"]), "amount": Decimal(row["amount"])},
        )
        for position, row in enumerate(snapshot["tax_lines"])
    )
    shipping, billing = (snapshot["order"][name] for name in ADDRESS_NAMES)
    create_order_addresses(order=order, shipping=shipping, billing=billing)
    create_consents(order=order, consents=snapshot["consents"])


def apply_snapshot(*, order: Order, snapshot: PurchaseSnapshot) -> None:
    """Replace an unpaid order's fields and items with the snapshot's, in the caller's transaction."""
    for name, value in order_fields_of_snapshot(snapshot).items():
        setattr(order, name, value)
    order.save()
    order.items.all().delete()
    order.discounts.all().delete()
    order.tax_lines.all().delete()
    order.addresses.all().delete()
    order.consents.all().delete()
    create_order_rows(order=order, snapshot=snapshot)


def snapshot_variant(variant: Variant, *, selling_plan: Mapping[str, object]) -> dict[str, Any]:
    """Return the `OrderItem` fields that describe the variant as it is now. Needs `product` loaded.

    `selling_plan` has the plan's terms (`catalog.plan_snapshot`), {} without a plan.
    """
    product = variant.product
    return {
        "product_id": product.pk,
        "variant_id": variant.pk,
        "next_variant_id": variant.next_variant_id,
        "name": product.name,
        "sku": variant.sku,
        "title": variant.title[:300],
        "requires_shipping": product.collect_shipping_address,
        "snapshot": {
            "product": {
                "id": product.pk,
                "name": product.name,
                "description": product.description,
                "default_currency": product.default_currency,
                "active": product.active,
                "collect_shipping_address": product.collect_shipping_address,
                "collect_tax_address": product.collect_tax_address,
                "created_at": int(product.created_at.timestamp()),
                "updated_at": int(product.updated_at.timestamp()),
                "version": product.version,
                "metadata": product.metadata,
            },
            "option_values": variant.option_values,
            "media_order": variant.media_order or product.media_order,
            "selling_plan": selling_plan,
        },
    }
