"""S35: a sum of refunds falls only if NEXT has shown less for longer than a refund takes to show."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderRefund, OrderReview, RefundRequest
from orders.staff_actions import cancel_paid_order
from orders.sync import apply_next_order, sync_order
from orders.transaction_records import sum_money_moved
from tests.factories import make_order, make_store
from tests.reliability.invariants import make_older

LINE = {
    "id": 1,
    "variant_id": 21,
    "product_title": "Desk lamp",
    "quantity": 1,
    "current_quantity": 1,
    "price_incl_tax": "49.00",
    "price_excl_tax": "49.00",
}
TEN_BACK = {"id": 5, "total_refund_amount": "10.00", "created_at": "2026-03-01T10:00:00Z"}
ABSURD = {"id": 6, "total_refund_amount": "9000.00", "created_at": "2026-03-01T11:00:00Z"}
ABSURD_TRANSACTION = {"id": 9, "type": "refund", "status": "succeeded", "amount": "9000.00"}
# A choice of `sandbox.nonsense`: an order with an absurdly high refund.
HUGE_REFUND = 26
CHARGE = {"id": 8, "type": "debit", "status": "succeeded", "amount": "54.00"}


@pytest.fixture
def refunded_order(db):
    """Return a paid order of which NEXT has refunded 10.00, after an answer with an absurd refund."""
    lamp = {"next_variant_id": 21, "next_line_id": 1}
    order = make_order(make_store(), items=[lamp], next_order_number="100001")
    mirror(order, refunds=[TEN_BACK], transactions=[CHARGE])
    mirror(order, refunds=[TEN_BACK, ABSURD], transactions=[CHARGE, ABSURD_TRANSACTION])
    assert state_of(order) == ("Refunded", "9010.00")
    return order


def mirror(order, is_fetched=True, **data):
    answer = {
        "number": "100001",
        "created_at": "2026-03-01T09:00:00Z",
        "payment_status": "paid",
        "total_incl_tax": "54.00",
        "shipping_incl_tax": "5.00",
        "lines": [LINE],
        "refunds": [TEN_BACK],
        "transactions": [CHARGE],
        **data,
    }
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        apply_next_order(
            order=locked, next_order=deserialize_order(answer), source="reconciler", is_fetched=is_fetched
        )
    order.refresh_from_db()


def state_of(order):
    return order.status, str(order.refunded_amount)


def test_refund_that_next_has_not_shown_for_a_day_is_taken_back(refunded_order):
    mirror(refunded_order)
    assert state_of(refunded_order) == ("Refunded", "9010.00")
    make_older(days=1)
    mirror(refunded_order)

    assert state_of(refunded_order) == ("Partially refunded", "10.00")
    assert [str(refund.amount) for refund in OrderRefund.objects.all()] == ["10.00"]
    assert str(sum_money_moved(refunded_order).refunded) == "10.00"
    assert str(sum_money_moved(refunded_order).charged) == "54.00"
    review = OrderReview.objects.get()
    assert (review.kind, str(review.text)) == (
        "refund_withdrawn",
        "NEXT Commerce no longer shows $9,000.00 that it had reported as refunded. "
        "Total refunded: $10.00. Check the stock, and what the shopper was told.",
    )
    assert refunded_order.shows_less_refunded_since is None


def test_order_without_any_refund_left_is_paid_again(refunded_order):
    mirror(refunded_order, refunds=[])
    make_older(days=1)
    mirror(refunded_order, refunds=[])
    assert state_of(refunded_order) == ("Paid", "0.00")
    assert not OrderRefund.objects.exists()


def test_stale_reads_within_a_day_take_nothing_back(refunded_order):
    for _read in range(3):
        mirror(refunded_order)
    assert state_of(refunded_order) == ("Refunded", "9010.00")
    assert OrderRefund.objects.count() == 2


def test_read_that_shows_it_again_starts_the_day_anew(refunded_order):
    mirror(refunded_order)
    make_older(days=1)
    mirror(refunded_order, refunds=[TEN_BACK, ABSURD])
    mirror(refunded_order)
    assert state_of(refunded_order) == ("Refunded", "9010.00")


def test_late_webhooks_take_nothing_back(refunded_order):
    """They may be repetitions, however far apart."""
    mirror(refunded_order, is_fetched=False)
    make_older(days=1)
    mirror(refunded_order, is_fetched=False)
    assert state_of(refunded_order) == ("Refunded", "9010.00")
    mirror(refunded_order)
    make_older(days=1)
    mirror(refunded_order, is_fetched=False)
    assert state_of(refunded_order) == ("Refunded", "9010.00")


def test_order_that_next_calls_refunded_stays_refunded(refunded_order):
    for _read in range(2):
        mirror(refunded_order, payment_status="refunded")
        make_older(days=1)
    assert state_of(refunded_order) == ("Refunded", "9010.00")


def test_refund_beyond_all_that_was_charged_is_taken_back(refunded_order):
    """No refund can be missing from a list that gives back the whole charge."""
    all_back = TEN_BACK | {"id": 7, "total_refund_amount": "44.00"}
    for _read in range(2):
        mirror(refunded_order, payment_status="refunded", refunds=[TEN_BACK, all_back])
        make_older(days=1)

    assert state_of(refunded_order) == ("Refunded", "54.00")
    assert [str(refund.amount) for refund in OrderRefund.objects.order_by("amount")] == ["10.00", "44.00"]


@pytest.mark.parametrize(
    "charges", [[], [CHARGE | {"amount": "60.00"}]], ids=["no charge", "a larger charge"]
)
def test_refund_that_may_be_missing_from_the_list_stays(refunded_order, charges):
    all_back = TEN_BACK | {"id": 7, "total_refund_amount": "44.00"}
    for _read in range(2):
        mirror(
            refunded_order,
            payment_status="refunded",
            refunds=[TEN_BACK, all_back],
            transactions=charges,
        )
        make_older(days=1)

    assert state_of(refunded_order) == ("Refunded", "9010.00")


def test_nothing_is_taken_back_while_a_refund_is_in_doubt(refunded_order):
    mirror(refunded_order)
    make_older(days=1)
    RefundRequest.objects.create(
        order=refunded_order,
        amount=Decimal("5.00"),
        refunded_before=refunded_order.refunded_amount,
        actor="grace",
        doubt_ends_at=timezone.now(),
    )
    mirror(refunded_order)
    assert state_of(refunded_order) == ("Refunded", "9010.00")


def test_refunded_order_is_checked_again_and_corrected(order, shop):
    """Nothing else would ask NEXT about an order that seems to be over."""
    shop.sandbox.switches(nonsense=HUGE_REFUND)
    sync_order(order=order, source="staff")
    assert Order.objects.get().status == "Refunded"
    shop.sandbox.switches(nonsense=None)

    for _day in range(3):
        make_older(hours=25)
        reconcile_due_rows()

    order.refresh_from_db()
    assert state_of(order) == ("Paid", "0.00")
    assert [review.kind for review in OrderReview.objects.open()] == ["refund_withdrawn"]
    assert order.refresh_at > timezone.now()


def test_refunded_order_is_checked_for_two_days_only(order, shop):
    cancel_paid_order(order=order, reason="Changed mind", full_refund=True, notify=True, actor="grace")
    assert Order.objects.get().refresh_at is not None

    for _day in range(4):
        make_older(hours=25)
        reconcile_due_rows()

    order.refresh_from_db()
    assert (order.status, order.refunded_amount, order.refresh_at) == ("Canceled", Decimal("103.00"), None)
