"""The reconciler keeps orders in sync with NEXT and cancels the ones nobody pays."""

from decimal import Decimal

from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from nextcommerce.client import NextClient
from orders.models import Order
from orders.sync import sync_order
from tests.factories import make_review
from tests.payments.helpers import (
    make_due,
    pay_at_link,
    submit_checkout,
)
from tests.reliability.invariants import make_older


def test_order_edited_in_next_is_mirrored(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    reconcile_due_rows()
    shop.sandbox.edit_order(shop.sandbox.orders()[0]["number"], fulfil={"tracking_code": "TRACK-1"})
    assert reconcile_due_rows()["orders: mirrored"] == 0

    make_older(days=1.1)
    assert reconcile_due_rows()["orders: mirrored"] == 1

    order = Order.objects.get()
    assert order.status == "Shipping"
    assert [row.code for row in order.shipments.get().trackings.all()] == ["TRACK-1"]


def test_refund_in_next_after_shipping_is_found_without_webhook(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    number = shop.sandbox.orders()[0]["number"]
    shop.sandbox.edit_order(number, fulfil={"tracking_code": "TRACK-1"})
    reconcile_due_rows()
    assert Order.objects.get().status == "Shipping"
    shop.sandbox.edit_order(number, refund={"amount": "5.00"})

    make_older(days=1.1)
    reconcile_due_rows()

    assert Order.objects.get().refunded_amount == Decimal("5.00")


def test_quiet_order_is_synced_less_and_less_then_never(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    reconcile_due_rows()

    synced_weeks = []
    for week in range(1, 13):
        make_older(days=7)
        if reconcile_due_rows()["orders: unchanged"]:
            synced_weeks.append(week)

    assert synced_weeks == [1, 2, 3, 5, 7, 10]
    assert Order.objects.get().refresh_at is None


def test_order_deleted_in_next_stays_and_is_checked_rarely(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    reconcile_due_rows()
    Order.objects.update(next_order_number="999", refresh_at=timezone.now())
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    assert reconcile_due_rows()["orders: NEXT unreachable"] == 1

    counts = []
    for _ in range(3):
        make_older(days=1.1)
        counts += [
            reconcile_due_rows()["orders: deleted in NEXT"],
            reconcile_due_rows()["orders: deleted in NEXT"],
        ]

    order = Order.objects.get()
    assert counts == [1, 0, 1, 0, 1, 0]
    assert (order.status, [event.kind for event in order.events.all()]) == ("Paid", ["paid", "gone"])


def test_event_during_a_sync_schedules_another_sync(shop, monkeypatch):
    pay_at_link(submit_checkout(shop))
    make_due()
    reconcile_due_rows()
    order = Order.objects.select_related("store").get()
    retrieve = NextClient.retrieve_order

    def retrieve_during_event(api, number):
        next_order = retrieve(api, number)
        Order.objects.update(refresh_at=timezone.now())
        return next_order

    monkeypatch.setattr(NextClient, "retrieve_order", retrieve_during_event)
    sync_order(order=order, source="reconciler", background=True)
    monkeypatch.undo()

    assert reconcile_due_rows()["orders: unchanged"] == 1


def test_unpaid_order_without_a_hold_is_canceled_after_a_day(shop):
    intent = submit_checkout(shop)
    assert check_payment_intent(intent=intent, source="return", returned_unpaid=True).status == "declined"
    assert reconcile_due_rows()["abandoned orders"] == 0

    make_older(days=1)
    review = make_review(Order.objects.get(), kind="foreign_order")
    assert reconcile_due_rows()["abandoned orders"] == 0
    review.delete()
    Order.objects.update(next_order_number="7")
    assert reconcile_due_rows()["abandoned orders"] == 0
    Order.objects.update(next_order_number=None)

    assert reconcile_due_rows()["abandoned orders"] == 1
    order = Order.objects.get()
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert reconcile_due_rows() == {}
