"""Subscriptions: how they are born, changed, paused and ended (3.7)."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby

from rest_framework.exceptions import ValidationError

from .billing_dates import add_interval
from .catalog import Catalogue, Row
from .models import Cycle, Order, Store, Subscription, SubscriptionLine, Transaction
from .models.goods import goods_of
from .money import ZERO
from .quote import QuotedLine, quote_lines
from .webhook_events import emit
from .write_lock import writing

SUCCEEDED = ("paid", "authorized")


def subscribe(*, order: Order, lines: list[QuotedLine], charge: Transaction | None) -> list[Subscription]:
    """One subscription for each rhythm among the lines of an order that succeeded."""
    if order.payment_status not in SUCCEEDED:
        return []
    wanted = [line for line in lines if line.subscription]
    made = [
        _born(order, interval, count, list(group))
        for (interval, count), group in groupby(sorted(wanted, key=_rhythm), key=_rhythm)
    ]
    if charge is not None and made:
        charge.subscription, charge.billing_cycle = made[0], 0
        charge.save(update_fields=["subscription", "billing_cycle"])
    return made


def _rhythm(line: QuotedLine) -> tuple[str, int]:
    rhythm = line.subscription or {}
    return rhythm["interval"], rhythm["interval_count"]


def _born(order: Order, interval: str, count: int, lines: list[QuotedLine]) -> Subscription:
    store = order.store
    first_renewal = add_interval(store.now(), interval, count, store.zone)
    shipped = any(line.requires_shipping for line in lines)
    row = Subscription.objects.create(
        store=store,
        customer=order.customer,
        interval=interval,
        interval_count=count,
        next_renewal_date=first_renewal,
        due_date=first_renewal,
        currency=order.currency,
        shipping_code=order.shipping_code,
        shipping_price=order.shipping_excl_tax if shipped else ZERO,
        user=order.user,
        shipping_address=order.shipping_address,
        billing_address=order.billing_address,
        attribution=order.attribution,
        payment_method=order.payment_method,
        payment_details=order.payment_details,
        is_test=order.is_test,
        date_created=store.now(),
    )
    for line in lines:
        add_line(row, line, price=Decimal((line.subscription or {})["price"]))
    Cycle.objects.create(subscription=row, order=order, billing_cycle=0)
    return row


def add_line(row: Subscription, line: QuotedLine, *, price: Decimal) -> SubscriptionLine:
    return SubscriptionLine.objects.create(
        subscription=row,
        **goods_of(line),
        quantity=line.quantity,
        price=price,
        metadata=line.metadata,
    )


def changed(row: Subscription) -> None:
    """Save, and tell."""
    row.save()
    emit(store=row.store, event="subscription.updated", subject=row)


def create_line(*, row: Subscription, wanted: Row) -> SubscriptionLine:
    """A line more, by default at the store's price."""
    with writing():
        _refuse_canceled(row)
        store = row.store
        try:
            [quoted] = quote_lines(
                catalogue=Catalogue(store.catalogue, store.currency),
                lines=[wanted],
                currency=row.currency,
                tax_percent=ZERO,
            )
        except ValidationError as error:
            raise ValidationError(error.detail["lines"][0]) from error  # type: ignore[call-overload,index]
        line = add_line(row, quoted, price=quoted.unit_price)
        changed(row)
    return line


def update_line(*, line: SubscriptionLine, wanted: Row) -> None:
    with writing():
        row = line.subscription
        _refuse_canceled(row)
        for key in ("quantity", "price", "metadata"):
            if wanted.get(key) is not None:
                setattr(line, key, wanted[key])
        line.save()
        changed(row)


def remove_line(*, line: SubscriptionLine) -> None:
    with writing():
        row = line.subscription
        _refuse_canceled(row)
        if row.lines.count() == 1:
            raise ValidationError({"detail": "A subscription needs at least one line."})
        line.delete()
        changed(row)


def _refuse_canceled(row: Subscription) -> None:
    if row.status == Subscription.Status.CANCELED:
        raise ValidationError({"detail": "Subscription is canceled."})


def cancel(*, row: Subscription, reason: str, message: str | None = None) -> None:
    with writing():
        row.refresh_from_db()
        _refuse_canceled(row)
        row.status = Subscription.Status.CANCELED
        row.next_renewal_date = None
        row.cancel_reason = reason
        row.cancel_reason_other_message = message
        changed(row)


def pause(*, row: Subscription, until: date | None) -> None:
    """Without an end it cancels itself after six months."""
    with writing():
        row.refresh_from_db()
        if row.status != Subscription.Status.ACTIVE:
            raise ValidationError({"detail": "Only active subscriptions can be paused."})
        moment = midnight(until, row.store) if until else None
        if moment is not None and moment <= row.store.now():
            raise ValidationError({"pause_until": ["The date must be in the future."]})
        row.status = Subscription.Status.PAUSED
        row.paused_at = row.store.now()
        row.paused_until = moment
        row.next_renewal_date = None
        changed(row)


def resume(*, row: Subscription, next_renewal_date: datetime) -> None:
    with writing():
        row.refresh_from_db()
        if row.status != Subscription.Status.PAUSED:
            raise ValidationError({"detail": "Only paused subscriptions can be resumed."})
        if next_renewal_date <= row.store.now():
            raise ValidationError({"next_renewal_date": ["The date must be in the future."]})
        wake_up(row, next_renewal_date)


def wake_up(row: Subscription, next_renewal_date: datetime) -> None:
    row.status = Subscription.Status.ACTIVE
    row.paused_at = row.paused_until = None
    row.next_renewal_date = row.due_date = next_renewal_date
    changed(row)


def update(*, row: Subscription, wanted: Row) -> None:
    """Change what PATCH may change; a new renewal date starts the schedule afresh."""
    with writing():
        row.refresh_from_db()
        _refuse_canceled(row)
        if "next_renewal_date" in wanted:
            row.due_date = wanted["next_renewal_date"]
        details = wanted.pop("payment_details", None)
        if details:
            row.payment_details = {**row.payment_details, **details}
        for key, value in wanted.items():
            setattr(row, key, value)
        changed(row)


def midnight(day: date, store: Store) -> datetime:
    return datetime.combine(day, time.min, tzinfo=store.zone)
