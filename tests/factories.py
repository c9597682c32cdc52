"""Factories for test rows.

If a store has a `sandbox` (see `tests.shop_fixture`), its products are also added to the sandbox store.
"""

import datetime
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from catalog.models import (
    LinkTag,
    LinkVariant,
    PaymentLink,
    PlanGroupUse,
    PricingPolicy,
    Product,
    SellingPlan,
    SellingPlanGroup,
    Variant,
)
from catalog.options import save_options
from catalog.search import refresh_link_search_text, refresh_search_texts
from catalog.variants import create_variants
from orders.addresses import create_order_addresses
from orders.models import (
    ContractNotice,
    Order,
    OrderDiscount,
    OrderItem,
    OrderRefund,
    OrderReview,
    OrderTaxLine,
    OrderTransaction,
    PaymentRequest,
    Shipment,
    ShipmentItem,
    ShipmentTracking,
)
from orders.new_payment_requests import RequestDraft, RequestedItem, create_payment_request
from orders.sentences import NOTE
from orders.snapshot import SHOWN_PARTS
from stores.models import Store
from subscriptions.models import Invoice, Subscription

numbers = itertools.count(1001)
SUM_NAMES = ("items_total", "discount_total", "shipping_total", "tax_total", "adjustment_total")
SNAPSHOT_FIELDS = ("product", "option_values", "media_order", "selling_plan")


def make_store(**fields: Any) -> Store:
    """Create a test store on `testserver`, the test client's host. A second store needs another host."""
    number = next(numbers)
    defaults = {
        "slug": f"store-{number}",
        "name": "Lamp House",
        "host": "testserver",
        "currency": "USD",
        "tax_mode": "included",
        "next_api_url": "http://127.0.0.1:9/api/admin/",  # nothing listens there
        "access_token": f"token-{number}",
        "webhook_secret": f"whsec_{number}",
    }
    return Store.objects.create(**defaults | fields)


def make_product(
    store: Store,
    *,
    name: str = "Desk lamp",
    price: str = "49.00",
    options: dict[str, Sequence[str]] | None = None,
    stock: int | None = 10,
    prices: dict[str, str] | None = None,
    **fields: Any,
) -> Product:
    """Create a product with a variant for each combination of options, e.g. `{"Color": ["Black", "White"]}`.

    `prices` overrides `price` by variant title ("Black / M"); `stock` is that of each variant.
    """
    number = next(numbers)
    product = Product.objects.create(
        **{
            "store": store,
            "name": name,
            "slug": slugify(name),
            "default_currency": store.currency,
            "next_product_id": number,
        }
        | fields
    )
    saved = save_options(
        product=product,
        options=[
            {"name": option, "values": [{"value": value} for value in values]}
            for option, values in (options or {}).items()
        ],
    )
    combinations = itertools.product(*(values for _option, values in saved.options))
    variants = []
    for position, values in enumerate(combinations):
        variant = Variant(
            product=product,
            sku=f"SKU-{number}-{position}",
            price=Decimal((prices or {}).get(" / ".join(map(str, values)), price)),
            inventory_quantity=stock,
            position=position,
            next_variant_id=next(numbers),
        )
        variants.append((variant, values))
    create_variants(variants)
    refresh_search_texts([product.pk])
    publish(store)
    return product


def variant_of(product: Product, title: str = "") -> Variant:
    """Return the variant with this title ("Black / M"), or the first one."""
    variants = list(product.variants.select_related("product"))
    return next(variant for variant in variants if not title or variant.title == title)


def make_link(
    product: Product,
    *,
    variants: Sequence[Variant] = (),
    add_ons: Sequence[tuple[Variant, int | None, int | None]] = (),
    included: Sequence[dict[str, Any]] = (),
    price: str | None = None,
    tags: Sequence[str] = (),
    **fields: Any,
) -> PaymentLink:
    """Create a link to some or all variants of a product. An add-on is `(variant, minimum, maximum)`.

    `included` are the fields of what a bundle includes: `{"variant": bulb, "quantity": 2, "price": "3.00"}`.
    """
    primary = list(variants) or list(product.variants.all())
    defaults = {
        "store": product.store,
        "product": product,
        "default_variant": primary[0],
        "updated_at": timezone.now(),
    }
    link = PaymentLink.objects.create(**defaults | fields)
    rows = [LinkVariant(variant=variant, price=price and Decimal(price)) for variant in primary]
    for fields_of_row in included:
        values = {"price": None, "choice": None} | fields_of_row
        quantity = values.pop("quantity", 1)
        rows.append(LinkVariant(is_primary=False, min_quantity=quantity, max_quantity=quantity, **values))
    rows += [
        LinkVariant(variant=variant, is_primary=False, min_quantity=minimum, max_quantity=maximum)
        for variant, minimum, maximum in add_ons
    ]
    for position, row in enumerate(rows):
        row.link, row.position = link, position
    LinkVariant.objects.bulk_create(rows)
    LinkTag.objects.bulk_create(LinkTag(link=link, name=tag) for tag in tags)
    refresh_link_search_text(link, tags=tags)
    return link


def make_plan(
    product: Product,
    *,
    name: str = "Every month",
    pricing_policy: Sequence[dict[str, str]] = (),
    **fields: Any,
) -> SellingPlan:
    """Create a selling plan, in its own group, for all variants. `pricing_policy` is as in the API."""
    group = SellingPlanGroup.objects.create(store=product.store, name="Subscribe and save")
    PlanGroupUse.objects.create(group=group, product=product)
    plan = SellingPlan.objects.create(**{"group": group, "name": name} | fields)
    for policy in _build_policies(pricing_policy):
        policy.plan = plan
        policy.save()
    publish(product.store)
    return plan


def build_plan(*, pricing_policy: Sequence[dict[str, str]] = (), **fields: Any) -> SellingPlan:
    """Return a selling plan with its prices that is not saved."""
    plan = SellingPlan(**fields)
    plan._prefetched_objects_cache = {"pricing_policies": _build_policies(pricing_policy)}
    return plan


def _build_policies(policies: Sequence[dict[str, str]]) -> list[PricingPolicy]:
    return [
        PricingPolicy(
            position=position,
            policy_type=policy["policy_type"],
            adjustment_type=policy["adjustment_type"],
            adjustment_value=policy["adjustment_value"],
            after_cycle=int(policy["after_cycle"]) if "after_cycle" in policy else None,
        )
        for position, policy in enumerate(policies)
    ]


def make_orders(store: Store, count: int, **fields: Any) -> Store:
    """Create `count` orders for 10.00 from ORD-2026-00000 on, every second one paid. Fills in `{n}`."""
    Order.objects.bulk_create(
        Order(
            store=store,
            number=f"ORD-2026-{n:05}",
            external_id=f"ext_{n}",
            checkout_key=f"key-{n}",
            status="Paid" if n % 2 else "Pending",
            currency="USD",
            items_total=10,
            total=10,
            **{name: value.format(n=n) for name, value in fields.items()},
        )
        for n in range(count)
    )
    return store


def make_order(
    store: Store,
    *,
    items: Sequence[dict[str, Any]] = ({},),
    shipping_address: dict[str, str] | None = None,
    billing_address: dict[str, str] | None = None,
    discounts: Sequence[dict[str, Any]] = (),
    tax_lines: Sequence[dict[str, Any]] = (),
    transactions: Sequence[dict[str, Any]] = (),
    **fields: Any,
) -> Order:
    """Create a paid order for one desk lamp (49.00 plus 5.00 shipping). `items` overrides fields by item.

    The totals include the discounts and the tax lines, unless they are given. A total that is given alone is
    mostly that of the items.
    """
    number = next(numbers)
    fields = sum_adjustments(discounts, tax_lines) | fields
    defaults = {
        "store": store,
        "number": f"ORD-2026-{number:05d}",
        "external_id": f"ext_{number}",
        "checkout_key": f"purchase-{number}",
        "status": Order.Status.PAID,
        "paid_at": timezone.now(),
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "phone": "+12025550140",
        "currency": store.currency,
        "items_total": Decimal("49.00"),
        "shipping_total": Decimal("5.00"),
        "total": Decimal("54.00"),
    }
    parts = Order(**{name: Decimal((defaults | fields).get(name, 0)) for name in (*SUM_NAMES, "total")})
    if "total" not in fields:
        fields["total"] = sum_parts(parts)
    elif "items_total" not in fields:
        fields["items_total"] = parts.total - sum_parts(parts) + parts.items_total
    shown = {name: str((defaults | fields).get(name, 0)) for name in SHOWN_PARTS}
    order = Order.objects.create(**{"shown_parts": shown} | defaults | fields)
    for row_model, rows in ((OrderDiscount, discounts), (OrderTaxLine, tax_lines)):
        for position, row in enumerate(rows):
            row_model.objects.create(order=order, position=position, **row)
    for row in transactions:
        OrderTransaction.objects.create(order=order, **{"kind": "charge"} | row)
    create_order_addresses(order=order, shipping=shipping_address or {}, billing=billing_address or {})
    for position, item in enumerate(items):
        make_order_item(order, position=position, **item)
    return order


def sum_parts(order: Order) -> Decimal:
    """Return what the parts of the order's total add up to."""
    return (
        order.items_total
        - order.discount_total
        + order.shipping_total
        + order.tax_total
        + order.adjustment_total
    )


def sum_adjustments(
    discounts: Sequence[dict[str, Any]], tax_lines: Sequence[dict[str, Any]]
) -> dict[str, Decimal]:
    """Return the `Order` fields with the sums of discounts and tax lines."""
    included = [Decimal(row["amount"]) for row in tax_lines if row.get("is_included")]
    added = [Decimal(row["amount"]) for row in tax_lines if not row.get("is_included")]
    return {
        "discount_total": sum((Decimal(row["amount"]) for row in discounts), Decimal(0)),
        "tax_total": sum(added, Decimal(0)),
        "included_tax_total": sum(included, Decimal(0)),
    }


def make_order_item(order: Order, **fields: Any) -> OrderItem:
    """Create an item for one black desk lamp. Fields of its snapshot are passed like the others."""
    lamp = {
        "product_id": "prod_lamp",
        "variant_id": "var_black",
        "name": "Desk lamp",
        "product": {
            "id": "prod_lamp",
            "name": "Desk lamp",
            "description": "Bends.",
            "default_currency": order.currency,
            "active": True,
            "collect_shipping_address": True,
            "collect_tax_address": False,
            "created_at": 1700000000,
            "updated_at": 1700000100,
            "version": 3,
            "metadata": {"maker": "us"},
        },
        "title": "Black",
        "option_values": {"Color": "Black"},
        "media_order": ["med_1"],
        "quantity": 1,
        "unit_price": Decimal("49.00"),
    }
    values = lamp | fields
    snapshot = {name: values.pop(name) for name in SNAPSHOT_FIELDS if name in values}
    return OrderItem.objects.create(order=order, snapshot=snapshot, **values)


def make_withdrawal(store: Store, **fields: Any) -> ContractNotice:
    """Create a withdrawal of Ada's that is saved and not handled."""
    defaults = {
        "kind": "withdrawal",
        "key": f"key-{next(numbers)}",
        "name": "Ada Lovelace",
        "contract": "ORD-2026-00001",
        "email": "ada@example.com",
        "received_at": timezone.now(),
    }
    return ContractNotice.objects.create(store=store, **defaults | fields)


def make_refund(order: Order, *, amount: str = "10.00", **fields: Any) -> OrderRefund:
    """Create a refund that NEXT lists, and count it in the order's sum."""
    order.refunded_amount = Decimal(order.refunded_amount) + Decimal(amount)
    order.save()
    return OrderRefund.objects.create(order=order, amount=Decimal(amount), **fields)


def make_shipment(
    order: Order,
    *,
    trackings: Sequence[dict[str, str]] = (),
    quantities: dict[int, int] | None = None,
    **fields: Any,
) -> Shipment:
    """Create a parcel that was sent, with its tracking codes and its quantities by NEXT line id."""
    shipment = Shipment.objects.create(order=order, **{"status": "success"} | fields)
    for position, tracking in enumerate(trackings):
        ShipmentTracking.objects.create(shipment=shipment, position=position, **tracking)
    for line_id, quantity in (quantities or {}).items():
        ShipmentItem.objects.create(shipment=shipment, next_line_id=line_id, quantity=quantity)
    return shipment


def make_review(order: Order, text: str = "Paid after the item sold out.", **fields: Any) -> OrderReview:
    """Create an open review of the order."""
    return OrderReview.objects.create(order=order, text=NOTE.fill(text=text), **{"kind": "sold_out"} | fields)


def publish(store: Store) -> None:
    """Copy the store's current products to its sandbox, if it has one."""
    if hasattr(store, "sandbox"):
        catalog = store.sandbox.settings["catalogue"]
        store.sandbox.configure(catalogue=catalog | {"products": store_products(store)})


def store_products(store: Store) -> list[dict[str, Any]]:
    """Return the store's products in the sandbox's format."""
    return [
        {
            "id": product.next_product_id,
            "title": product.name,
            "enable_subscription": product.plan_group_uses.exists(),
            "variants": [
                {
                    "id": variant.next_variant_id,
                    "title": variant.title,
                    "sku": variant.sku,
                    "price": str(variant.price),
                    "stock": variant.inventory_quantity,
                    "requires_shipping": product.collect_shipping_address,
                    "attributes": [
                        {"code": slugify(option), "name": option, "value": value}
                        for option, value in variant.option_values.items()
                    ],
                }
                for variant in product.variants.all()
            ],
        }
        for product in store.products.prefetch_related("variants__values").order_by("id")
    ]


def make_invoice(order: Order, **fields: Any) -> Invoice:
    """Create the paid first invoice of a monthly desk lamp subscription that started with `order`."""
    subscription = Subscription.objects.create(
        store=order.store, order=order, currency=order.currency, next_subscription_id=next(numbers)
    )
    defaults = {
        "store": order.store,
        "order": order,
        "cycle": 0,
        "status": Invoice.Status.PAID,
        "amount": order.total,
        "currency": order.currency,
        "paid_at": order.paid_at,
    }
    invoice = Invoice.objects.create(subscription=subscription, **defaults | fields)
    invoice.lines.create(
        product_id="prod_lamp", variant_id="var_black", name="Desk lamp", title="Black", quantity=1, price=49
    )
    return invoice


def build_request_draft(product: Product, **fields: Any) -> RequestDraft:
    """Return a request to Ada for one unit of the product's first variant, at 120.00."""
    defaults = {
        "title": "Workshop deposit",
        "items": (RequestedItem(variant_of(product).pk, 1, Decimal("120.00")),),
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "language": "en",
        "expires_on": timezone.now().date() + datetime.timedelta(days=14),
        "reminder": "before",
        "reminder_days": 3,
    }
    return RequestDraft(**defaults | fields)


def make_payment_request(product: Product, **fields: Any) -> PaymentRequest:
    """Ask for a payment. `fields` override those of `build_request_draft`."""
    draft = build_request_draft(product, **fields)
    key = f"form-{next(numbers)}"
    return create_payment_request(store=product.store, draft=draft, form_key=key, actor="grace")
