"""Staff actions on an order: cancel, add a note, resend an email, close a review."""

from decimal import Decimal

import pytest

from orders import staff_actions
from orders.models import Notification
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from tests.factories import make_order, make_review, make_store
from tests.payments.helpers import net_charged


def cancel(order, *, full_refund=True):
    staff_actions.cancel_paid_order(
        order=order, reason="Changed mind", full_refund=full_refund, notify=True, actor="grace"
    )


def test_cancel_refunds_the_order_and_works_once(order, shop):
    cancel(order)

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert net_charged(shop) == 0
    with pytest.raises(Conflict, match="already canceled"):
        cancel(order)


def test_order_can_be_canceled_without_a_refund(order, shop):
    cancel(order, full_refund=False)

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert net_charged(shop) == Decimal("103.00")


def test_shipped_order_cannot_be_canceled_even_if_refunded(order, shop):
    shop.sandbox.edit_order(order.next_order_number, fulfil={}, refund={"amount": "5.00"})
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    assert order.status == "Partially refunded"

    with pytest.raises(Conflict, match="Refund it instead"):
        cancel(order)
    assert not [call for call in shop.sandbox.requests() if call["operation"] == "ordersCancelCreate"]


def test_cancel_with_a_lost_response_is_looked_up(order, shop):
    shop.sandbox.plan_fault(operation="ordersCancelCreate", kind="close", when="after", times=1)

    cancel(order)

    order.refresh_from_db()
    assert order.status == "Canceled"
    requested = order.events.get(kind="cancel_requested")
    assert str(requested.text) == "grace requested cancellation: Changed mind"


def test_note_is_saved_here_and_in_next(order, shop):
    staff_actions.add_order_note(order=order, text="Called the shopper.", actor="grace")

    assert str(order.events.get(kind="note", actor="grace").text) == "Called the shopper."
    (call,) = [call for call in shop.sandbox.requests() if call["operation"] == "ordersNotesCreate"]
    assert call["body"] == {"message": "grace: Called the shopper."}


def test_note_stays_here_while_next_cannot_be_read(order, shop):
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="status", status=503, times=3)

    with pytest.raises(Problem, match="The note is saved here, but not in NEXT Commerce"):
        staff_actions.add_order_note(order=order, text="Called the shopper.", actor="grace")

    assert order.events.filter(kind="note").exists()
    assert "ordersNotesCreate" not in [call["operation"] for call in shop.sandbox.requests()]


def test_note_rejected_by_next_stays_here(order, shop):
    shop.sandbox.plan_fault(operation="ordersNotesCreate", kind="status", status=400, times=1)

    with pytest.raises(Problem, match="The note is saved here"):
        staff_actions.add_order_note(order=order, text="Called the shopper.", actor="grace")

    assert order.events.filter(kind="note").exists()


@pytest.fixture
def local_order(db):
    """Return a paid order that exists only here, not in the sandbox."""
    return make_order(make_store())


def test_email_can_be_resent_if_it_applies(local_order):
    for _ in range(2):
        staff_actions.resend_order_notification(order=local_order, kind="confirmation", actor="grace")

    assert Notification.objects.filter(order=local_order, kind="confirmation").count() == 2
    with pytest.raises(Conflict, match="Nothing in this order has shipped yet"):
        staff_actions.resend_order_notification(order=local_order, kind="shipped", actor="grace")


def test_review_closes_once(local_order):
    review = make_review(local_order)

    assert staff_actions.close_order_review(review=review, actor="grace", note="Shipped later.")
    assert not staff_actions.close_order_review(review=review, actor="ada", note="")

    review.refresh_from_db()
    assert (review.resolved_by, review.note, local_order.is_in_review) == ("grace", "Shipped later.", False)
    assert local_order.events.filter(kind="reviewed").count() == 1


@pytest.mark.parametrize("kind", ["payment_mismatch", "duplicate_payment", "unmarked_order"])
def test_review_of_a_payment_is_not_closed_without_deciding_about_the_payment(local_order, kind):
    review = make_review(local_order, kind=kind, payment_intent_id="pi_1")

    with pytest.raises(Conflict, match="on its own page"):
        staff_actions.close_order_review(review=review, actor="grace", note="")

    assert local_order.is_in_review
