"""S23 on PostgreSQL: concurrent staff and webhooks never refund more than was paid."""

from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from orders import staff_actions
from orders.models import Order, RefundRequest
from orders.refunds import RefundInput, full_refund_input, issue_refund
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from tests.payments.helpers import deliver_webhook, make_due, net_charged
from tests.payments.test_concurrency import run_concurrently

pytestmark = pytest.mark.concurrent


def load_order(order):
    """Return the order as another process would load it."""
    return Order.objects.select_related("store").get(pk=order.pk)


def test_twenty_concurrent_full_refunds_make_one(order, shop):
    calls = [
        partial(
            issue_refund,
            order=load_order(order),
            refund_input=full_refund_input(order),
            expected=Decimal("103.00"),
            refunded_before=Decimal("0.00"),
            actor=f"p{n}",
        )
        for n in range(20)
    ]

    results = run_concurrently(*calls)

    assert net_charged(shop) == 0
    done = [result for result in results if isinstance(result, RefundRequest)]
    refused = [result for result in results if isinstance(result, Problem)]
    assert (len(done), len(refused)) == (1, 19)
    order.refresh_from_db()
    assert order.refunded_amount == Decimal("103.00")


def test_reconcilers_and_staff_end_the_doubt_about_a_refund_once(order, shop):
    """S33: NEXT made it and answered 400; everybody looks at the same time."""
    refund = partial(
        issue_refund,
        refund_input=RefundInput(quantities={order.items.get().pk: 1}),
        expected=Decimal("49.00"),
        refunded_before=Decimal("0.00"),
    )
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=400, when="after")
    shop.sandbox.plan_fault("stale", operation="ordersRetrieve", skip=1)
    with pytest.raises(Conflict, match="We're checking"):
        refund(order=load_order(order), actor="grace")
    RefundRequest.objects.update(next_check_at=timezone.now())

    run_concurrently(
        reconcile_due_rows,
        reconcile_due_rows,
        partial(refund, order=load_order(order), actor="ada"),
        partial(refund, order=load_order(order), actor="lee"),
    )

    assert net_charged(shop) == Decimal("54.00")
    assert RefundRequest.objects.get().state == "done"
    order.refresh_from_db()
    assert order.events.filter(kind="refund_requested").count() == 1
    assert not order.is_in_review


def test_concurrent_refund_cancel_and_syncs_refund_no_more_than_was_paid(order, shop):
    """Whichever comes first, the order shows the amount that NEXT refunded."""
    item = order.items.get()
    cancel = partial(
        staff_actions.cancel_paid_order,
        order=load_order(order),
        reason="Changed mind",
        full_refund=True,
        notify=True,
        actor="ada",
    )
    one = RefundInput(quantities={item.pk: 1})
    part = partial(
        issue_refund,
        order=load_order(order),
        refund_input=one,
        expected=Decimal("49.00"),
        refunded_before=Decimal("0.00"),
        actor="grace",
    )
    syncs = [partial(sync_order_as_staff, order=load_order(order)) for _ in range(3)]

    results = run_concurrently(cancel, part, *syncs)

    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, Problem | Conflict), result
    left = net_charged(shop)
    assert left in {Decimal("0.00"), Decimal("54.00")}
    sync_order_as_staff(order=load_order(order))
    order.refresh_from_db()
    assert order.refunded_amount == Decimal("103.00") - left


def test_concurrent_refunds_cancels_and_stale_webhooks_agree(order, shop):
    """The webhooks have the order from before the refunds: no refund is undone."""
    item = order.items.get()
    (before,) = shop.sandbox.orders()
    refunds = [
        partial(
            issue_refund,
            order=load_order(order),
            refund_input=RefundInput(quantities={item.pk: count}, shipping=shipping),
            expected=expected,
            refunded_before=Decimal("0.00"),
            actor="grace",
        )
        for count, shipping, expected in ((1, True, Decimal("54.00")), (2, False, Decimal("98.00")))
    ]
    cancels = [
        partial(
            staff_actions.cancel_paid_order,
            order=load_order(order),
            reason=reason,
            full_refund=True,
            notify=False,
            actor=reason,
        )
        for reason in ("Changed mind", "Fraud")
    ]
    webhooks = [
        partial(deliver_webhook, shop, "order.updated", before, event_id=f"event-{n}") for n in range(3)
    ]

    results = run_concurrently(*refunds, *cancels, *webhooks)

    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, Problem | Conflict), result
    assert [answer.status_code for answer in results[4:]] == [200, 200, 200]
    make_due()
    reconcile_due_rows()
    left = net_charged(shop)
    order.refresh_from_db()
    assert left >= 0
    assert order.refunded_amount == Decimal("103.00") - left
    assert order.refunded_amount in {Decimal(amount) for amount in ("54.00", "98.00", "103.00")}
    assert not RefundRequest.objects.filter(order=order, state="pending").exists()
