"""Concurrent refunds of a verification amount on PostgreSQL: many callers, one refund."""

from functools import partial

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.verification_refund_timing import refund_verification_now
from orders.models import Order, RefundRequest
from orders.sync import sync_order_as_staff
from orders.verification_refund import refund_verification_amount
from tests.payments.test_concurrency import run_concurrently
from tests.verification_refund.helpers import refunded_amounts

pytestmark = pytest.mark.concurrent


def reload_order():
    """Return the order as it is now."""
    return Order.objects.select_related("store").get()


def test_concurrent_reconcilers_and_return_refund_once(shop, order):
    run_concurrently(
        reconcile_due_rows,
        reconcile_due_rows,
        partial(refund_verification_now, order),
        partial(sync_order_as_staff, order=reload_order()),
    )

    assert refunded_amounts(shop) == ["1.00"]
    order.refresh_from_db()
    assert (order.status, order.verification_refund_due_at) == ("Paid", None)


def test_concurrent_refunds_without_a_lease_refund_once(shop, order):
    """The refund request counts, not the lease, which may end while its holder is slow."""
    results = run_concurrently(*(partial(refund_verification_amount, order=reload_order()) for _ in range(4)))

    assert refunded_amounts(shop) == ["1.00"]
    assert set(results) <= {"refunded", "waiting for another refund"}
    Order.objects.update(verification_refund_due_at=timezone.now())
    reconcile_due_rows()
    assert RefundRequest.objects.get().state == "done"
