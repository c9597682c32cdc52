"""What staff do with an order besides refunding: cancel, note, mail again, end a review."""

from decimal import Decimal

import pytest

from orders import staff_actions
from orders.models import Notification, Order
from orders.refunds import sync_order_as_staff
from stores.errors import Conflict, Problem
from tests.factories import make_order, make_store
from tests.payments.helpers import net_charged


def cancel(order, *, full_refund=True):
    staff_actions.cancel_paid_order(
        order=order, reason="Changed mind", full_refund=full_refund, notify=True, actor="grace"
    )


def test_a_canceled_order_gives_the_money_back_when_asked_to_and_is_not_canceled_twice(order, shop):
    cancel(order)

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert net_charged(shop) == 0
    with pytest.raises(Conflict, match="canceled already"):
        cancel(order)


def test_it_can_be_canceled_without_its_money(order, shop):
    cancel(order, full_refund=False)

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert net_charged(shop) == Decimal("103.00")


def test_what_was_sent_cannot_be_canceled_whatever_was_refunded_of_it(order, shop):
    shop.sandbox.edit_order(order.next_order_number, fulfil={}, refund={"amount": "5.00"})
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    assert order.status == "Refunded"

    with pytest.raises(Conflict, match="Refund it instead"):
        cancel(order)
    assert not [call for call in shop.sandbox.requests() if call["operation"] == "ordersCancelCreate"]


def test_a_cancel_whose_answer_was_lost_is_looked_up(order, shop):
    shop.sandbox.plan_fault(operation="ordersCancelCreate", kind="close", when="after", times=1)

    cancel(order)

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert order.events.filter(kind="cancel_requested", text="grace cancels: Changed mind").exists()


def test_a_note_is_kept_here_and_in_the_store(order, shop):
    staff_actions.add_order_note(order=order, text="Called the shopper.", actor="grace")

    assert order.events.filter(kind="note", actor="grace", text="Called the shopper.").exists()
    (call,) = [call for call in shop.sandbox.requests() if call["operation"] == "ordersNotesCreate"]
    assert call["body"] == {"message": "grace: Called the shopper."}


def test_a_note_that_the_store_refuses_is_kept_here(order, shop):
    shop.sandbox.plan_fault(operation="ordersNotesCreate", kind="status", status=400, times=1)

    with pytest.raises(Problem, match="The note is kept here"):
        staff_actions.add_order_note(order=order, text="Called the shopper.", actor="grace")

    assert order.events.filter(kind="note").exists()


@pytest.fixture
def known(db):
    """A paid order that the store need not be asked about."""
    return make_order(make_store())


def test_a_mail_can_be_sent_again_as_often_as_one_likes_but_none_of_what_was_not_sent(known):
    for _ in range(2):
        staff_actions.resend_order_notification(order=known, kind="confirmation", actor="grace")

    assert Notification.objects.filter(order=known, kind="confirmation").count() == 2
    with pytest.raises(Conflict, match="Nothing of this order has been sent yet"):
        staff_actions.resend_order_notification(order=known, kind="shipped", actor="grace")


def test_a_review_ends_once(known):
    Order.objects.update(review_reason="Paid, but sold out meanwhile.")
    known.refresh_from_db()

    staff_actions.resolve_order_review(order=known, actor="grace", note="Delivered later.")
    staff_actions.resolve_order_review(order=known, actor="ada", note="")

    known.refresh_from_db()
    assert known.review_reason == ""
    assert known.events.filter(kind="reviewed").count() == 1
