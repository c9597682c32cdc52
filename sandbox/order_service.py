"""Orders: creating and updating them, their stock, and the charges that come with them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime

from .catalog import JsonObject, StoreCatalog
from .models import (
    Cart,
    Customer,
    DiscountUse,
    Order,
    OrderLine,
    OrderTag,
    Store,
    Subscription,
    Transaction,
    exclusive_transaction,
)
from .models.base import copy_product_snapshot
from .payment_methods import takes_later_charges
from .quote import Quote, choose_billing_address
from .quoted_line import QuotedLine
from .subscriptions import SUCCEEDED_STATUSES, create_subscriptions
from .webhook_events import schedule_webhook_deliveries


def create_order_from_quote(
    *,
    store: Store,
    payload: JsonObject,
    quote: Quote,
    payment_status: str,
    is_test: bool,
) -> Order:
    """Create the order of a validated ordersCreate body, with its lines, charge and subscriptions."""
    with exclusive_transaction():
        store.refresh_from_db()
        now = store.now()
        customer = get_or_create_store_customer(store=store, user=payload["user"])
        needs_shipping = any(line.requires_shipping for line in quote.lines)
        order = Order.objects.create(
            store=store,
            number=store.take_order_number(),
            customer=customer,
            status=payload.get("status") or Order.Status.OPEN,
            payment_status=payment_status,
            fulfillment_status=initial_fulfillment_status(needs_shipping=needs_shipping),
            is_test=is_test,
            supports_upsells=store.switches["supports_post_purchase_upsells"]
            and takes_later_charges(payload["payment_method"]),
            currency=quote.currency,
            **build_order_shipping(quote),
            discounts=quote.discounts,
            placed_total=quote.total_incl_tax,
            user=build_order_user(customer, payload["user"]),
            shipping_address=payload.get("shipping_address"),
            billing_address=choose_billing_address(payload),
            attribution=_choose_attribution(store, customer, payload),
            metadata=payload.get("metadata") or {},
            payment_method=payload["payment_method"],
            payment_details=payload.get("payment_details") or {},
            date_placed=parse_datetime(payload.get("date_placed") or "") or now,
            created_at=now,
            updated_at=now,
        )
        Cart.objects.filter(customer=customer).delete()
        save_order_tags(order=order, tags=payload.get("tags") or [])
        DiscountUse.objects.bulk_create(DiscountUse(order=order, **use) for use in quote.used_discounts)
        add_order_lines(order=order, lines=quote.lines)
        charge = record_charge_transaction(order=order, amount=quote.total_incl_tax)
        subscriptions = create_subscriptions(order=order, lines=quote.lines, charge=charge)
        emit_order_created(order=order, charge=charge, subscriptions=subscriptions)
    return order


def settle_pending_order(*, order: Order) -> None:
    """Let the bank pay a pending order: charge it and emit the events. Does nothing to any other."""
    with exclusive_transaction():
        order.refresh_from_db()
        if order.payment_status != Order.PaymentStatus.PENDING:
            return
        order.payment_status = Order.PaymentStatus.PAID
        charge = record_charge_transaction(order=order, amount=order.placed_total)
        order.touch("payment_status")
        schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)
        if charge is not None:
            schedule_webhook_deliveries(store=order.store, event="transaction.created", subject=charge)


def _choose_attribution(store: Store, customer: Customer, payload: JsonObject) -> JsonObject:
    """Return the attribution of the order or, if it has none, of the customer's open cart."""
    if store.switches["strip_attribution"]:
        return {}
    cart = Cart.objects.filter(customer=customer).first()
    return payload.get("attribution") or (cart.attribution if cart else {})


def build_order_shipping(quote: Quote) -> JsonObject:
    """Return an order's fields of shipping."""
    names = ("code", "method", "price", "discount", "excl_tax", "incl_tax", "tax_lines")
    return {f"shipping_{name}": getattr(quote, f"shipping_{name}") for name in names}


def emit_order_created(
    *, order: Order, charge: Transaction | None, subscriptions: list[Subscription]
) -> None:
    """Emit the events of a new order."""
    store = order.store
    schedule_webhook_deliveries(store=store, event="order.created", subject=order)
    if charge is not None:
        schedule_webhook_deliveries(store=store, event="transaction.created", subject=charge)
    for subscription in subscriptions:
        schedule_webhook_deliveries(store=store, event="subscription.created", subject=subscription)


def initial_fulfillment_status(*, needs_shipping: bool) -> Order.FulfillmentStatus:
    return Order.FulfillmentStatus.UNFULFILLED if needs_shipping else Order.FulfillmentStatus.NOT_REQUIRED


def get_or_create_store_customer(*, store: Store, user: JsonObject) -> Customer:
    """Return the customer with this email. An existing customer keeps its name."""
    details = {
        key: user[key]
        for key in ("phone_number", "language", "ip", "user_agent")
        if user.get(key) is not None
    }
    customer, created = Customer.objects.get_or_create(
        store=store,
        email=user["email"].lower(),
        defaults={
            **details,
            "first_name": user.get("first_name", ""),
            "last_name": user.get("last_name", ""),
            "accepts_marketing": user.get("accepts_marketing", False),
            "date_joined": store.now(),
        },
    )
    if created:
        schedule_webhook_deliveries(store=store, event="customer.created", subject=customer)
    return customer


def build_order_user(customer: Customer, user: JsonObject) -> JsonObject:
    """Return the order's own copy of its customer, with this request's contact details."""
    return {
        "id": customer.pk,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone_number": user.get("phone_number"),
        "language": user.get("language"),
        "ip": user.get("ip"),
        "user_agent": user.get("user_agent"),
        "accepts_marketing": user.get("accepts_marketing", False),
    }


def update_order(*, order: Order, payload: JsonObject) -> None:
    """Change an order's fields. ``attribution`` is merged; everything else is replaced."""
    with exclusive_transaction():
        if "attribution" in payload:
            payload["attribution"] = {**order.attribution, **payload["attribution"]}
        tags = payload.pop("tags", None)
        if tags is not None:
            order.tags.all().delete()
            save_order_tags(order=order, tags=tags)
        for key, value in payload.items():
            setattr(order, key, value if key != "metadata" else value or {})
        order.touch(*payload)
        schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)


def save_order_tags(*, order: Order, tags: list[str | None]) -> None:
    """Save tags, unless ``strip_tags`` loses them."""
    if not order.store.switches["strip_tags"]:
        OrderTag.objects.bulk_create(OrderTag(order=order, tag=tag) for tag in tags if tag)


def add_order_lines(*, order: Order, lines: list[QuotedLine]) -> list[OrderLine]:
    """Create lines from a quote. Takes them from stock unless it is a test order."""
    now = order.store.now()
    order_lines = [
        OrderLine.objects.create(
            order=order,
            **copy_product_snapshot(line),
            quantity=line.quantity,
            unit_price=line.unit_price,
            total_discount=line.total_discount,
            price_excl_tax=line.price_excl_tax,
            price_incl_tax=line.price_incl_tax,
            tax_lines=line.tax_lines,
            is_upsell=line.is_upsell,
            metadata=line.metadata,
            created_at=now,
            updated_at=now,
        )
        for line in lines
    ]
    if not order.is_test:
        adjust_catalog_stock(store=order.store, by={line.variant_id: -line.quantity for line in order_lines})
    return order_lines


def adjust_catalog_stock(*, store: Store, by: dict[int, int]) -> None:
    """Add ``by`` (variant id to units) to tracked stock. A sale may take it below zero."""
    catalog = StoreCatalog(store.catalog, store.currency)
    changed = False
    for _, variant in catalog.variants():
        if variant["id"] in by and variant["stock"] is not None:
            variant["stock"] += by[variant["id"]]
            changed = True
    if changed:
        store.save(update_fields=["catalog"])


def choose_gateway(*, store: Store, payment_details: JsonObject) -> dict[str, Any]:
    """Return the requested gateway, or the store's first, which is its default."""
    catalog = StoreCatalog(store.catalog, store.currency)
    requested = catalog.gateway(payment_details.get("payment_gateway"))
    gateway = requested or next(iter(store.catalog.get("gateways", [])), {"id": 1, "name": "Stripe"})
    return {"id": gateway["id"], "name": gateway["name"], "type": "stripe"}


def record_charge_transaction(
    *, order: Order, amount: Decimal, details: JsonObject | None = None
) -> Transaction | None:
    """Record a charge or an authorization. Return None for test and pending orders: they have none."""
    payment_details = {**order.payment_details, **(details or {})}
    if order.is_test or order.payment_status not in SUCCEEDED_STATUSES:
        return None
    is_authorized = order.payment_status == Order.PaymentStatus.AUTHORIZED
    return Transaction.objects.create(
        store=order.store,
        order=order,
        type=Transaction.Type.AUTHORIZE if is_authorized else Transaction.Type.DEBIT,
        succeeded=True,
        amount=amount,
        currency=order.currency,
        payment_method=order.payment_method,
        gateway=choose_gateway(store=order.store, payment_details=payment_details),
        statement_descriptor=payment_details.get("statement_descriptor"),
        date_created=order.store.now(),
    )


def record_declined_charge(*, of: Order | Subscription, amount: Decimal, code: int, **links: Any) -> None:
    """Record a declined charge and emit its event. Does nothing for a test.

    ``links`` are fields of Transaction that say what the charge was for.
    """
    if of.is_test:
        return
    failed = Transaction.objects.create(
        store=of.store,
        type=Transaction.Type.DEBIT,
        succeeded=False,
        amount=amount,
        currency=of.currency,
        payment_method=of.payment_method,
        gateway=choose_gateway(store=of.store, payment_details=of.payment_details),
        response_code=code,
        date_created=of.store.now(),
        **links,
    )
    schedule_webhook_deliveries(store=of.store, event="transaction.created", subject=failed)


def is_duplicate_order(*, store: Store, payload: JsonObject, quote: Quote) -> bool:
    """Return True if the customer placed an order of the same value within ``duplicate_window_seconds``."""
    window = store.switches["duplicate_window_seconds"]
    if not window:
        return False
    return Order.objects.filter(
        store=store,
        source=Order.Source.ADMIN_API,
        customer__email=payload["user"]["email"].lower(),
        created_at__gte=store.now() - timedelta(seconds=window),
        currency=quote.currency,
        placed_total=quote.total_incl_tax,
    ).exists()
