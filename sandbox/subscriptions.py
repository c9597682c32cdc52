"""Subscriptions: creating, changing, pausing, resuming and canceling them."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby

from rest_framework.exceptions import ValidationError

from .billing_dates import add_interval_in_zone
from .catalog import JsonObject, StoreCatalog
from .line_pricing import price_order_lines
from .models import (
    BillingCycle,
    Order,
    Store,
    Subscription,
    SubscriptionLine,
    Transaction,
    exclusive_transaction,
)
from .models.base import copy_product_snapshot
from .money import ZERO
from .quoted_line import QuotedLine
from .webhook_events import schedule_webhook_deliveries

SUCCEEDED_STATUSES = (Order.PaymentStatus.PAID, Order.PaymentStatus.AUTHORIZED)


def create_subscriptions(
    *, order: Order, lines: list[QuotedLine], charge: Transaction | None
) -> list[Subscription]:
    """Create one subscription for each interval among the lines of a paid or authorized order."""
    if order.payment_status not in SUCCEEDED_STATUSES:
        return []
    subscription_lines = [line for line in lines if line.subscription]
    subscriptions = [
        _create_subscription(order, interval, count, list(group))
        for (interval, count), group in groupby(
            sorted(subscription_lines, key=_get_interval), key=_get_interval
        )
    ]
    if charge is not None and subscriptions:
        charge.subscription, charge.billing_cycle = subscriptions[0], 0
        charge.save(update_fields=["subscription", "billing_cycle"])
    return subscriptions


def _get_interval(line: QuotedLine) -> tuple[str, int]:
    plan = line.subscription or {}
    return plan["interval"], plan["interval_count"]


def _create_subscription(order: Order, interval: str, count: int, lines: list[QuotedLine]) -> Subscription:
    store = order.store
    first_renewal = add_interval_in_zone(store.now(), interval, count, store.zone)
    shipped = any(line.requires_shipping for line in lines)
    subscription = Subscription.objects.create(
        store=store,
        customer=order.customer,
        interval=interval,
        interval_count=count,
        next_renewal_date=first_renewal,
        due_date=first_renewal,
        currency=order.currency,
        shipping_code=order.shipping_code,
        shipping_price=order.shipping_price if shipped else ZERO,
        user=order.user,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        attribution=order.attribution,
        coupon_codes=[use.code for use in order.discount_uses.all() if use.code],
        offer_ids=[use.offer_id for use in order.discount_uses.all() if use.offer_id],
        payment_method=order.payment_method,
        payment_details=order.payment_details,
        is_test=order.is_test,
        date_created=store.now(),
    )
    for line in lines:
        create_subscription_line(subscription, line, price=Decimal((line.subscription or {})["price"]))
    BillingCycle.objects.create(subscription=subscription, order=order, billing_cycle=0)
    return subscription


def create_subscription_line(
    subscription: Subscription, line: QuotedLine, *, price: Decimal
) -> SubscriptionLine:
    return SubscriptionLine.objects.create(
        subscription=subscription,
        **copy_product_snapshot(line),
        quantity=line.quantity,
        price=price,
        metadata=line.metadata,
    )


def save_and_emit(subscription: Subscription) -> None:
    """Save the subscription and emit ``subscription.updated``."""
    subscription.save()
    schedule_webhook_deliveries(store=subscription.store, event="subscription.updated", subject=subscription)


def add_subscription_line(*, subscription: Subscription, payload: JsonObject) -> SubscriptionLine:
    """Add a line, at the catalog's price unless ``payload`` names one.

    Raises ValidationError if the subscription is canceled or the line is refused.
    """
    with exclusive_transaction():
        _require_not_canceled(subscription)
        store = subscription.store
        try:
            [quoted] = price_order_lines(
                catalog=StoreCatalog(store.catalog, store.currency),
                lines=[payload],
                currency=subscription.currency,
            )
        except ValidationError as error:
            raise ValidationError(error.detail["lines"][0]) from error  # type: ignore[call-overload,index]
        line = create_subscription_line(subscription, quoted, price=quoted.unit_price)
        save_and_emit(subscription)
    return line


def update_subscription_line(*, line: SubscriptionLine, payload: JsonObject) -> None:
    with exclusive_transaction():
        subscription = line.subscription
        _require_not_canceled(subscription)
        for key in ("quantity", "price", "metadata"):
            if payload.get(key) is not None:
                setattr(line, key, payload[key])
        line.save()
        save_and_emit(subscription)


def remove_subscription_line(*, line: SubscriptionLine) -> None:
    with exclusive_transaction():
        subscription = line.subscription
        _require_not_canceled(subscription)
        if subscription.lines.count() == 1:
            raise ValidationError({"detail": "A subscription needs at least one line."})
        line.delete()
        save_and_emit(subscription)


def _require_not_canceled(subscription: Subscription) -> None:
    if subscription.status == Subscription.Status.CANCELED:
        raise ValidationError({"detail": "Subscription is canceled."})


def mark_subscription_canceled(
    *, subscription: Subscription, reason: str, message: str | None = None
) -> None:
    with exclusive_transaction():
        subscription.refresh_from_db()
        _require_not_canceled(subscription)
        subscription.status = Subscription.Status.CANCELED
        subscription.next_renewal_date = None
        subscription.cancel_reason = reason
        subscription.cancel_reason_other_message = message
        save_and_emit(subscription)


def mark_subscription_paused(*, subscription: Subscription, until: date | None) -> None:
    """Pause until the start of a day. Without an end, it is canceled after six months."""
    with exclusive_transaction():
        subscription.refresh_from_db()
        if subscription.status != Subscription.Status.ACTIVE:
            raise ValidationError({"detail": "Only active subscriptions can be paused."})
        moment = start_of_day(until, subscription.store) if until else None
        if moment is not None and moment <= subscription.store.now():
            raise ValidationError({"pause_until": ["The date must be in the future."]})
        subscription.status = Subscription.Status.PAUSED
        subscription.paused_at = subscription.store.now()
        subscription.paused_until = moment
        subscription.next_renewal_date = None
        save_and_emit(subscription)


def mark_subscription_resumed(*, subscription: Subscription, next_renewal_date: datetime) -> None:
    with exclusive_transaction():
        subscription.refresh_from_db()
        if subscription.status != Subscription.Status.PAUSED:
            raise ValidationError({"detail": "Only paused subscriptions can be resumed."})
        if next_renewal_date <= subscription.store.now():
            raise ValidationError({"next_renewal_date": ["The date must be in the future."]})
        end_pause(subscription, next_renewal_date)


def end_pause(subscription: Subscription, next_renewal_date: datetime) -> None:
    subscription.status = Subscription.Status.ACTIVE
    subscription.paused_at = subscription.paused_until = None
    subscription.next_renewal_date = subscription.due_date = next_renewal_date
    save_and_emit(subscription)


def update_subscription(*, subscription: Subscription, payload: JsonObject) -> None:
    """Change a subscription's fields. A new renewal date also resets the billing schedule."""
    with exclusive_transaction():
        subscription.refresh_from_db()
        _require_not_canceled(subscription)
        if "next_renewal_date" in payload:
            subscription.due_date = payload["next_renewal_date"]
        details = payload.pop("payment_details", None)
        if details:
            subscription.payment_details = {**subscription.payment_details, **details}
        for key, value in payload.items():
            setattr(subscription, key, value)
        save_and_emit(subscription)


def start_of_day(day: date, store: Store) -> datetime:
    return datetime.combine(day, time.min, tzinfo=store.zone)
