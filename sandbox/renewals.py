"""Renewals: the order of a cycle, its charge, and what a decline leads to (3.7)."""

from decimal import Decimal

from .billing_dates import add_interval, next_retry
from .catalog import Catalogue
from .models import Cycle, Order, Store, Subscription
from .models.goods import goods_of
from .money import ZERO, cents, with_tax
from .order_service import add_lines, announce, record_failure, record_payment
from .quote import QuotedLine
from .subscriptions import changed
from .write_lock import writing

DECLINES = {"soft_decline": 2000, "hard_decline": 3003}
RENEWABLE = (
    Subscription.Status.ACTIVE,
    Subscription.Status.RETRYING,
    Subscription.Status.PAST_DUE,
)


def renew(*, row: Subscription) -> None:
    """Charge the next cycle now, as the switch ``next_payment`` lets it end."""
    with writing():
        row = Subscription.objects.select_related("store", "customer").get(pk=row.pk)
        if row.status not in RENEWABLE:
            return
        outcome = _next_outcome(row.store)
        if outcome == "approve":
            _succeed(row)
        else:
            _fail(row, outcome)


def _next_outcome(store: Store) -> str:
    """Takes one word off the list, if it is a list."""
    wanted = store.switches["next_payment"]
    if isinstance(wanted, str):
        return wanted
    first, rest = (wanted[0], wanted[1:]) if wanted else ("approve", [])
    store.switches["next_payment"] = rest or "approve"
    store.save(update_fields=["switches"])
    return str(first)


def _lines(row: Subscription, percent: Decimal) -> list[QuotedLine]:
    return [
        QuotedLine(
            **goods_of(line),
            quantity=line.quantity,
            unit_price=line.price,
            price_excl_tax=cents(line.price * line.quantity),
            price_incl_tax=with_tax(cents(line.price * line.quantity), percent),
            metadata=line.metadata,
        )
        for line in row.lines.all()
    ]


def _tax_percent(row: Subscription) -> Decimal:
    country = (row.shipping_address or {}).get("country")
    return Catalogue(row.store.catalogue, row.store.currency).tax_percent(country)


def _next_cycle(row: Subscription) -> int:
    last = row.cycles.order_by("-billing_cycle").first()
    return 0 if last is None else last.billing_cycle + 1


def _succeed(row: Subscription) -> None:
    store, cycle = row.store, _next_cycle(row)
    percent = _tax_percent(row)
    lines = _lines(row, percent)
    order = _renewal_order(row, percent)
    add_lines(order=order, lines=lines)
    total = sum((line.price_incl_tax for line in lines), order.shipping_incl_tax)
    charge = record_payment(order=order, amount=total)
    if charge is not None:
        charge.subscription, charge.billing_cycle = row, cycle
        charge.save(update_fields=["subscription", "billing_cycle"])
    Cycle.objects.create(subscription=row, order=order, billing_cycle=cycle)
    due = row.due_date or store.now()
    row.due_date = add_interval(due, row.interval, row.interval_count, store.zone)
    row.next_renewal_date = row.due_date
    row.status = Subscription.Status.ACTIVE
    row.retries = 0
    changed(row)
    announce(order=order, charge=charge, subscriptions=[])


def _renewal_order(row: Subscription, percent: Decimal) -> Order:
    store, now = row.store, row.store.now()
    catalogue = Catalogue(store.catalogue, store.currency)
    method = catalogue.shipping_method(row.shipping_code)
    shipped = any(line.requires_shipping for line in row.lines.all())
    return Order.objects.create(
        store=store,
        number=store.take_number(),
        customer=row.customer,
        payment_status="paid",
        fulfillment_status="unfulfilled" if shipped else "not_required",
        source="subscription",
        is_test=row.is_test,
        supports_upsells=False,
        currency=row.currency,
        tax_percent=percent,
        shipping_code=row.shipping_code,
        shipping_method=method["name"] if method else "",
        shipping_excl_tax=row.shipping_price,
        shipping_incl_tax=with_tax(row.shipping_price, percent),
        user=row.user,
        shipping_address=row.shipping_address,
        billing_address=row.billing_address,
        attribution=row.attribution,
        payment_method=row.payment_method,
        payment_details=row.payment_details,
        date_placed=now,
        created_at=now,
        updated_at=now,
    )


def _fail(row: Subscription, outcome: str) -> None:
    """A soft decline is tried again three times; a hard one, or the last, is past due."""
    store = row.store
    _note_failure(row, DECLINES[outcome])
    was_past_due = row.status == Subscription.Status.PAST_DUE
    again = None
    if outcome == "soft_decline" and not was_past_due:
        row.retries += 1
        again = next_retry(store.now(), row.retries, store.zone)
    row.status = Subscription.Status.RETRYING if again else Subscription.Status.PAST_DUE
    row.next_renewal_date = again
    changed(row)


def _note_failure(row: Subscription, code: int) -> None:
    lines = _lines(row, percent := _tax_percent(row))
    shipping = with_tax(row.shipping_price, percent)
    amount = sum((line.price_incl_tax for line in lines), shipping + ZERO)
    record_failure(of=row, amount=amount, code=code, subscription=row, billing_cycle=_next_cycle(row))
