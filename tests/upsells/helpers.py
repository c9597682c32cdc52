"""Paid orders and the upsells they are offered."""

import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from checkout.models import Upsell, UpsellAttempt
from checkout.payments.settle import check_payment_intent
from checkout.upsells.selection import present_next_upsell
from orders.models import Order
from stores.models import Store
from tests.factories import variant_of
from tests.payments.helpers import make_selection, pay_at_link, stock_of, submit_checkout


def make_upsell(store: Store, product_name: str = "Light bulb", **fields: Any) -> Upsell:
    """Create an upsell: by default one light bulb after any order, at the regular price."""
    defaults = {
        "store": store,
        "name": f"Upsell of {product_name}",
        "variant": variant_of(store.products.get(name=product_name)),
    }
    return Upsell.objects.create(**defaults | fields)


def buy_and_settle(
    store: Store, *args: Any, key: str = "purchase-1", link: Any = None, **kwargs: Any
) -> Order:
    """Check out, pay, and settle: by default one black desk lamp (54.00 with shipping)."""
    intent = submit_checkout(store, make_selection(store, *args, link=link, **kwargs), key=key)
    pay_at_link(intent)
    order = check_payment_intent(intent=intent, source="return").order
    store.sandbox.clear_requests()
    return Order.objects.select_related("store").get(pk=order.pk)


def next_shown_upsell(order: Order) -> UpsellAttempt:
    """Return the attempt for the order's next upsell."""
    attempt = present_next_upsell(order=Order.objects.select_related("store").get(pk=order.pk))
    assert attempt is not None
    return attempt


def fail_reads_after_call(store: Store) -> None:
    """Let NEXT be read before the charge, and not after it, whatever the charge's answer."""
    store.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, skip=1, times=3)


def operation_names(store: Store) -> list[str]:
    return [call["operation"] for call in store.sandbox.requests()]


def next_order_lines(store: Store) -> list[tuple[str, int, bool]]:
    """Return (title, quantity, is_upsell) for each line of the sandbox's only order."""
    (order,) = store.sandbox.orders()
    return [(line["product_title"], line["quantity"], line["is_upsell"]) for line in order["lines"]]


def backdate_call(attempt, **ago):
    """Make the call happen this long ago and the next check due now."""
    UpsellAttempt.objects.filter(pk=attempt.pk).update(
        sent_at=timezone.now() - datetime.timedelta(**ago),
        doubt_ends_at=F("doubt_ends_at") - datetime.timedelta(**ago),
        checked_at=None,
        next_check_at=timezone.now(),
    )
    attempt.refresh_from_db()


def bulb_stock(shop):
    return stock_of(shop, "Light bulb", "")
