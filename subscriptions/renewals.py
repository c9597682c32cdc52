"""What each cycle of a subscription came to: an invoice, and for every renewal an order."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import stock
from catalog.models import Variant
from nextcommerce.client import AdminApi
from nextcommerce.order_schemas import StoreOrder
from nextcommerce.schemas import StoreSubscription, mapping, objects, text, whole
from orders.mirror import mirror
from orders.models import Order, OrderEvent, OrderItem
from orders.order_numbers import new_external_id, next_number
from orders.snapshot import sold_as
from stores.errors import Conflict
from stores.money import cents
from subscriptions.mirror import CANCELED, PAST_DUE
from subscriptions.models import Invoice, Subscription

SOURCE = OrderEvent.Source.RECONCILER
# Of an order that no checkout made.
RENEWAL_KEY = "renewal-"
# Kept as it is here, and shown to staff in their language.
SOLD_OUT = gettext_noop("Renewed, but sold out here: deliver later, or refund.")
# What an item says of the variant.
SOLD = (
    *("product_id", "variant_id", "next_variant_id", "product", "name", "sku", "title"),
    *("option_values", "media_order", "requires_shipping"),
)
# What an invoice keeps of each line, besides its price.
LINE = ("product_id", "variant_id", "name", "title", "quantity")


def take_in_cycles(*, subscription: Subscription, found: StoreSubscription, api: AdminApi) -> None:
    """Write an invoice for each cycle that the store charged, or failed to; costs a call for each new one.

    Errors: AdminApiError; what was written by then stays.
    """
    paid = set(
        subscription.invoices.filter(status=Invoice.Status.PAID).values_list("store_order_number", flat=True)
    )
    charged = [
        (whole(row.get("billing_cycle")) or 0, text(row.get("order_number")))
        for row in objects(found.raw.get("orders"))
    ]
    for cycle, number in sorted(charged):
        if not number or number in paid:
            continue
        if cycle == 0 or number == subscription.order.store_order_number:
            first_invoice(subscription=subscription)
        else:
            store_order = api.retrieve_order(number)
            take_in_renewal(subscription=subscription, store_order=store_order, cycle=cycle)
    if subscription.store_status in PAST_DUE:
        take_in_failures(subscription=subscription, api=api)


def first_invoice(*, subscription: Subscription) -> None:
    """The invoice of the first order: what its subscription cost then."""
    order = subscription.order
    variants = {line["next_variant_id"] for line in subscription.lines}
    sold = [item for item in order.items.all() if item.quantity]
    items = [item for item in sold if item.selling_plan and item.next_variant_id in variants]
    if order.verification_amount:
        # What verified the payment was given back: the subscription itself began with nothing to pay.
        for item in items:
            item.unit_price = item.unit_price if item.is_upsell else Decimal("0.00")
    _pay(
        subscription=subscription,
        cycle=0,
        order=order,
        # Delivery and tax belong to it where nothing else was bought.
        amount=order.total - order.verification_amount
        if items == sold
        else sum((item.total for item in items), Decimal(0)),
        lines=[_line(item) for item in items],
        at=order.paid_at and order.paid_at + subscription.store.clock_offset,
    )


@transaction.atomic
def take_in_renewal(*, subscription: Subscription, store_order: StoreOrder, cycle: int) -> None:
    """Make our order of a renewal, once, with its invoice."""
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk)
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("store")
        .filter(store=subscription.store_id, store_order_number=store_order.number)
        .first()
    )
    if order is None:
        order = renewal_order(subscription=subscription, store_order=store_order)
    mirror(order=order, store_order=store_order, source=SOURCE)
    if not order.is_paid:
        return
    items = list(order.items.all())
    _pay(
        subscription=subscription,
        cycle=cycle,
        order=order,
        amount=order.total,
        lines=[_line(item) for item in items],
        at=store_order.created_at or order.paid_at,
    )


def renewal_order(*, subscription: Subscription, store_order: StoreOrder) -> Order:
    """Our order of a renewal, unpaid until it is mirrored: the first order's shopper, the cycle's lines."""
    first, store = subscription.order, subscription.store
    shipping = store_order.shipping_incl_tax if store.prices_include_tax else store_order.shipping_excl_tax
    copied = (
        *("customer_id", "email", "name", "phone", "language", "shipping_address", "billing_address"),
        *("tax_region", "currency", "payment_link_id", "payment_link_details", "attribution", "is_test"),
    )
    order = Order.objects.create(
        store=store,
        checkout_key=f"{RENEWAL_KEY}{store_order.number}"[:64],
        number=next_number(store=store),
        external_id=new_external_id(),
        items_total=Decimal(0),
        shipping_total=shipping or Decimal(0),
        shipping_code=store_order.shipping_code,
        shipping_method=store_order.shipping_method,
        total=store_order.total_incl_tax or Decimal(0),
        **{name: getattr(first, name) for name in copied},
    )
    for position, line in enumerate(store_order.lines):
        what = what_was_sold(subscription=subscription, variant_id=line.variant_id)
        if not what or not line.quantity:
            continue
        whole_price = line.price_excl_tax if not store.prices_include_tax else None
        OrderItem.objects.create(
            order=order,
            position=position,
            unit_price=cents((whole_price or store_order.line_total(line)) / line.quantity),
            quantity=line.quantity,
            store_line_id=line.id,
            **what,
        )
    sell_stock(order)
    return order


def what_was_sold(*, subscription: Subscription, variant_id: int | None) -> dict[str, object]:
    """Return the fields of `OrderItem` of a renewed variant: as it was sold first, or as it is now.

    {} where we know nothing of it; the order takes over what the store tells of it then.
    """
    lines = [line for line in subscription.lines if line["next_variant_id"] == variant_id]
    terms = lines[0]["terms"] if lines else {}
    for item in subscription.order.items.all():
        if item.selling_plan and item.next_variant_id == variant_id:
            return {name: getattr(item, name) for name in SOLD} | {"selling_plan": terms or item.selling_plan}
    variant = (
        Variant.objects.select_related("product")
        .filter(product__store=subscription.store_id, next_variant_id=variant_id)
        .first()
    )
    return sold_as(variant) | {"selling_plan": terms} if variant else {}


def sell_stock(order: Order) -> None:
    """Take a renewal's goods from the shelf; where it is empty the store has sold them all the same."""
    items = list(order.items.all())
    variants = Variant.objects.select_related("product").in_bulk([item.variant_id for item in items])
    wanted = [
        stock.Wanted(variants[item.variant_id], item.quantity)
        for item in items
        if item.variant_id in variants
    ]
    try:
        with transaction.atomic():
            stock.hold(reference=order.pk, wanted=wanted, link=None, until=timezone.now())
            stock.sell(reference=order.pk)
    except Conflict:
        order.review_reason = SOLD_OUT
        order.save(update_fields=["review_reason"])


def _pay(
    *,
    subscription: Subscription,
    cycle: int,
    order: Order,
    amount: Decimal,
    lines: list[dict[str, object]],
    at: datetime.datetime | None,
) -> None:
    """Write a paid invoice; `at` is when, by the store's clock."""
    Invoice.objects.exclude(status=Invoice.Status.VOID).update_or_create(
        subscription=subscription,
        cycle=cycle,
        defaults={
            "store_id": subscription.store_id,
            "order": order,
            "status": Invoice.Status.PAID,
            "amount": amount,
            "currency": order.currency,
            "store_order_number": order.store_order_number or "",
            "lines": lines,
            "paid_at": at,
            "voided_at": None,
        },
    )
    Subscription.objects.filter(pk=subscription.pk).update(period_start=at)


def _line(item: OrderItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in LINE} | {"price": str(item.unit_price)}


def take_in_failures(*, subscription: Subscription, api: AdminApi) -> None:
    """The next cycle's invoice is open while its charge is declined and tried again."""
    cycle = subscription.cycle + 1
    if subscription.invoices.filter(cycle=cycle, status=Invoice.Status.PAID).exists():
        return  # paid meanwhile: what was read is old
    tries = [
        move
        for move in api.subscription_transactions(subscription.next_subscription_id)
        if move.status == "failed"
        and whole(mapping(move.raw.get("subscription")).get("billing_cycle")) == cycle
    ]
    lines = [{name: line[name] for name in (*LINE, "price")} for line in subscription.goods]
    asked = sum((Decimal(line["price"]) * line["quantity"] for line in subscription.goods), Decimal(0))
    Invoice.objects.exclude(status=Invoice.Status.VOID).update_or_create(
        subscription=subscription,
        cycle=cycle,
        defaults={
            "store_id": subscription.store_id,
            "status": Invoice.Status.OPEN,
            "amount": tries[0].amount if tries else asked + subscription.shipping_price,
            "currency": subscription.currency,
            "attempt_count": max(len(tries), 1),
            "lines": lines,
        },
    )


def close_open_invoices(subscription: Subscription) -> None:
    """Where the store asks for nothing more: uncollectible if all has ended, else void."""
    if subscription.store_status in PAST_DUE:
        return
    ended = subscription.store_status == CANCELED
    status = Invoice.Status.UNCOLLECTIBLE if ended else Invoice.Status.VOID
    # What was charged at this very moment is taken in as paid, later.
    not_charged = subscription.invoices.filter(status=Invoice.Status.OPEN, cycle__gt=subscription.cycle)
    not_charged.update(status=status, voided_at=timezone.now(), updated_at=timezone.now())
