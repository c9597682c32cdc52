"""Giving a verification amount back at the same moment, on PostgreSQL: many who try, one refund."""

from functools import partial

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from checkout.payments.verification_refund import give_back_at_once
from orders.models import Order, RefundRequest
from orders.refunds import refresh
from orders.verification_refund import give_back
from tests.payment.test_at_once import all_at_once
from tests.verification.actors import refunds

pytestmark = pytest.mark.at_once


def fresh():
    return Order.objects.select_related("store").get()


def test_two_reconcilers_and_the_return_give_it_back_once(shop, order):
    all_at_once(reconcile, reconcile, partial(give_back_at_once, order), partial(refresh, order=fresh()))

    assert refunds(shop) == ["1.00"]
    order.refresh_from_db()
    assert (order.status, order.verification_due_at) == ("Paid", None)


def test_without_a_lease_it_is_still_given_back_once(shop, order):
    """The record, not the lease, is what counts: a lease may end while its holder is slow."""
    results = all_at_once(*(partial(give_back, order=fresh()) for _ in range(4)))

    assert refunds(shop) == ["1.00"]
    assert set(results) <= {"given back", "waits for a refund under way"}
    Order.objects.update(verification_due_at=timezone.now())
    reconcile()
    assert RefundRequest.objects.get().state == "done"
