"""What each cycle of a subscription came to: an invoice, and for every renewal an order."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import stock
from catalog.models import Variant
from nextcommerce.client import NextClient
from nextcommerce.order_schemas import NextOrder
from nextcommerce.parsing import iter_objects, parse_integer, parse_mapping, parse_text
from nextcommerce.schemas import NextSubscription
from orders.mirror import mirror_order
from orders.models import Order, OrderEvent, OrderItem
from orders.models.order import RENEWAL_KEY_PREFIX
from orders.order_numbers import allocate_order_number, generate_external_id
from orders.snapshot import snapshot_variant
from stores.errors import Conflict
from stores.money import round_money
from subscriptions.mirror import CANCELED, PAST_DUE_STATUSES
from subscriptions.models import Invoice, Subscription

SOURCE = OrderEvent.Source.RECONCILER
# Kept as it is here, and shown to staff in their language.
SOLD_OUT_REVIEW = gettext_noop("Renewed, but sold out here: deliver later, or refund.")
# What an item says of the variant.
SOLD_FIELDS = (
    *("product_id", "variant_id", "next_variant_id", "product", "name", "sku", "title"),
    *("option_values", "media_order", "requires_shipping"),
)
# What an invoice keeps of each line, besides its price.
INVOICE_LINE_FIELDS = ("product_id", "variant_id", "name", "title", "quantity")


def record_billing_cycles(*, subscription: Subscription, found: NextSubscription, api: NextClient) -> None:
    """Write an invoice for each cycle that the store charged, or failed to; costs a call for each new one.

    Errors: AdminApiError; what was written by then stays.
    """
    paid = set(
        subscription.invoices.filter(status=Invoice.Status.PAID).values_list("next_order_number", flat=True)
    )
    charged = [
        (parse_integer(row.get("billing_cycle")) or 0, parse_text(row.get("order_number")))
        for row in iter_objects(found.raw.get("orders"))
    ]
    for cycle, number in sorted(charged):
        if not number or number in paid:
            continue
        if cycle == 0 or number == subscription.order.next_order_number:
            record_first_invoice(subscription=subscription)
        else:
            next_order = api.retrieve_order(number)
            record_renewal(subscription=subscription, next_order=next_order, cycle=cycle)
    if subscription.next_status in PAST_DUE_STATUSES:
        record_failed_charges(subscription=subscription, api=api)


def record_first_invoice(*, subscription: Subscription) -> None:
    """The invoice of the first order: what its subscription cost then."""
    order = subscription.order
    variants = {line["next_variant_id"] for line in subscription.lines}
    sold = [item for item in order.items.all() if item.quantity]
    items = [item for item in sold if item.selling_plan and item.next_variant_id in variants]
    if order.verification_amount:
        # What verified the payment was given back: the subscription itself began with nothing to pay.
        for item in items:
            item.unit_price = item.unit_price if item.is_upsell else Decimal("0.00")
    _record_paid_invoice(
        subscription=subscription,
        cycle=0,
        order=order,
        # Delivery and tax belong to it where nothing else was bought.
        amount=order.total - order.verification_amount
        if items == sold
        else sum((item.total for item in items), Decimal(0)),
        lines=[_invoice_line(item) for item in items],
        at=order.paid_at and order.paid_at + subscription.store.clock_offset,
    )


@transaction.atomic
def record_renewal(*, subscription: Subscription, next_order: NextOrder, cycle: int) -> None:
    """Make our order of a renewal, once, with its invoice."""
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk)
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("store")
        .filter(store=subscription.store_id, next_order_number=next_order.number)
        .first()
    )
    if order is None:
        order = create_renewal_order(subscription=subscription, next_order=next_order)
    mirror_order(order=order, next_order=next_order, source=SOURCE)
    if not order.is_paid:
        return
    items = list(order.items.all())
    _record_paid_invoice(
        subscription=subscription,
        cycle=cycle,
        order=order,
        amount=order.total,
        lines=[_invoice_line(item) for item in items],
        at=next_order.created_at or order.paid_at,
    )


def create_renewal_order(*, subscription: Subscription, next_order: NextOrder) -> Order:
    """Our order of a renewal, unpaid until it is mirrored: the first order's shopper, the cycle's lines."""
    first, store = subscription.order, subscription.store
    shipping = next_order.shipping_incl_tax if store.prices_include_tax else next_order.shipping_excl_tax
    copied = (
        *("customer_id", "email", "name", "phone", "language", "shipping_address", "billing_address"),
        *("tax_region", "currency", "payment_link_id", "payment_link_details", "attribution", "is_test"),
    )
    order = Order.objects.create(
        store=store,
        checkout_key=f"{RENEWAL_KEY_PREFIX}{next_order.number}"[:64],
        number=allocate_order_number(store=store),
        external_id=generate_external_id(),
        items_total=Decimal(0),
        shipping_total=shipping or Decimal(0),
        shipping_code=next_order.shipping_code,
        shipping_method=next_order.shipping_method,
        total=next_order.total_incl_tax or Decimal(0),
        **{name: getattr(first, name) for name in copied},
    )
    for position, line in enumerate(next_order.lines):
        what = renewed_item_fields(subscription=subscription, variant_id=line.variant_id)
        if not what or not line.quantity:
            continue
        whole_price = line.price_excl_tax if not store.prices_include_tax else None
        OrderItem.objects.create(
            order=order,
            position=position,
            unit_price=round_money((whole_price or next_order.line_total(line)) / line.quantity),
            quantity=line.quantity,
            next_line_id=line.id,
            **what,
        )
    sell_renewal_stock(order)
    return order


def renewed_item_fields(*, subscription: Subscription, variant_id: int | None) -> dict[str, object]:
    """Return the fields of `OrderItem` of a renewed variant: as it was sold first, or as it is now.

    {} where we know nothing of it; the order takes over what the store tells of it then.
    """
    lines = [line for line in subscription.lines if line["next_variant_id"] == variant_id]
    terms = lines[0]["terms"] if lines else {}
    for item in subscription.order.items.all():
        if item.selling_plan and item.next_variant_id == variant_id:
            return {name: getattr(item, name) for name in SOLD_FIELDS} | {
                "selling_plan": terms or item.selling_plan
            }
    variant = (
        Variant.objects.select_related("product")
        .filter(product__store=subscription.store_id, next_variant_id=variant_id)
        .first()
    )
    return snapshot_variant(variant) | {"selling_plan": terms} if variant else {}


def sell_renewal_stock(order: Order) -> None:
    """Take a renewal's goods from the shelf; where it is empty the store has sold them all the same."""
    items = list(order.items.all())
    variants = Variant.objects.select_related("product").in_bulk([item.variant_id for item in items])
    wanted = [
        stock.StockRequest(variants[item.variant_id], item.quantity)
        for item in items
        if item.variant_id in variants
    ]
    try:
        with transaction.atomic():
            stock.place_hold(reference=order.pk, wanted=wanted, link=None, until=timezone.now())
            stock.mark_sold(reference=order.pk)
    except Conflict:
        order.review_reason = SOLD_OUT_REVIEW
        order.save(update_fields=["review_reason"])


def _record_paid_invoice(
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
            "next_order_number": order.next_order_number or "",
            "lines": lines,
            "paid_at": at,
            "voided_at": None,
        },
    )
    Subscription.objects.filter(pk=subscription.pk).update(period_start=at)


def _invoice_line(item: OrderItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in INVOICE_LINE_FIELDS} | {"price": str(item.unit_price)}


def record_failed_charges(*, subscription: Subscription, api: NextClient) -> None:
    """The next cycle's invoice is open while its charge is declined and tried again."""
    cycle = subscription.cycle + 1
    if subscription.invoices.filter(cycle=cycle, status=Invoice.Status.PAID).exists():
        return  # paid meanwhile: what was read is old
    tries = [
        move
        for move in api.list_subscription_transactions(subscription.next_subscription_id)
        if move.status == "failed"
        and parse_integer(parse_mapping(move.raw.get("subscription")).get("billing_cycle")) == cycle
    ]
    lines = [
        {name: line[name] for name in (*INVOICE_LINE_FIELDS, "price")} for line in subscription.active_lines
    ]
    asked = sum((Decimal(line["price"]) * line["quantity"] for line in subscription.active_lines), Decimal(0))
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
    if subscription.next_status in PAST_DUE_STATUSES:
        return
    ended = subscription.next_status == CANCELED
    status = Invoice.Status.UNCOLLECTIBLE if ended else Invoice.Status.VOID
    # What was charged at this very moment is taken in as paid, later.
    not_charged = subscription.invoices.filter(status=Invoice.Status.OPEN, cycle__gt=subscription.cycle)
    not_charged.update(status=status, voided_at=timezone.now(), updated_at=timezone.now())
