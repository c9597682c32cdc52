"""S33 to S35: NEXT's record says whether a refund was made, whatever it answered."""

from decimal import Decimal

import pytest

from checkout.payments.reconcile import reconcile_due_rows
from orders import refunds, staff_actions
from orders.models import Order, OrderReview, RefundRequest
from orders.refund_requests import RefundInDoubt, open_refund_request
from orders.refunds import RefundInput
from orders.staff_actions import cancel_paid_order, close_order_review
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from tests.payments.helpers import net_charged
from tests.reliability.invariants import make_older

REFUND = "ordersRefundCreate"
CANCEL = "ordersCancelCreate"
ANSWERS = [
    *({"kind": "status", "status": status} for status in (400, 404, 409, 422, 429, 500, 503)),
    {"kind": "close"},
    {"kind": "garbage"},
]
every_answer = pytest.mark.parametrize(
    "answer", ANSWERS, ids=["400", "404", "409", "422", "429", "500", "503", "close", "garbage"]
)


def refund_one_lamp(order, actor="grace", refunded_before="0.00"):
    return refunds.issue_refund(
        order=Order.objects.select_related("store").get(pk=order.pk),
        refund_input=RefundInput(quantities={order.items.get().pk: 1}),
        expected=Decimal("49.00"),
        refunded_before=Decimal(refunded_before),
        actor=actor,
    )


def cancel(order):
    cancel_paid_order(
        order=Order.objects.select_related("store").get(pk=order.pk),
        reason="Changed mind",
        full_refund=True,
        notify=True,
        actor="grace",
    )


def let_reconciler_check(**later):
    """Let this much time pass, and have the reconciler check."""
    make_older(**later)
    return reconcile_due_rows()


def count_calls(shop, operation):
    return sum(call["operation"] == operation for call in shop.sandbox.requests())


@every_answer
def test_refund_that_was_made_is_done_whatever_next_answered(order, shop, answer):
    """S33."""
    shop.sandbox.plan_fault(operation=REFUND, when="after", **answer)

    assert refund_one_lamp(order).state == "done"

    order.refresh_from_db()
    assert (order.refunded_amount, net_charged(shop)) == (Decimal("49.00"), Decimal("54.00"))
    assert [str(event.text) for event in order.events.filter(kind="refund_requested")] == [
        "grace refunded $49.00."
    ]
    assert not order.is_in_review


@every_answer
def test_refund_that_was_not_made_is_known_after_a_silence(order, shop, answer):
    """S33: until then nothing is refunded again."""
    shop.sandbox.plan_fault(operation=REFUND, when="before", **answer)
    with pytest.raises(RefundInDoubt, match="We're checking whether NEXT Commerce made this refund"):
        refund_one_lamp(order)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order, actor="ada")

    make_older(minutes=4)
    assert refund_one_lamp(order, actor="ada").state == "done"

    assert [request.state for request in RefundRequest.objects.order_by("pk")] == ["refused", "done"]
    assert net_charged(shop) == Decimal("54.00")
    assert count_calls(shop, REFUND) == 2


def test_refusal_is_known_sooner_and_staff_read_why(order, shop):
    shop.sandbox.plan_fault(operation=REFUND, kind="status", status=400, when="before")
    with pytest.raises(RefundInDoubt, match=r"Its answer was: NEXT Commerce rejected the request"):
        refund_one_lamp(order)

    assert let_reconciler_check(seconds=20)["refunds in doubt: pending"] == 1
    assert let_reconciler_check(seconds=20)["refunds in doubt: refused"] == 1

    review = OrderReview.objects.get()
    assert (review.kind, str(review.text)) == (
        "refund_not_made",
        "NEXT Commerce didn't make the refund of $49.00 that grace requested: "
        "NEXT Commerce rejected the request (400).",
    )
    assert net_charged(shop) == Decimal("103.00")


@pytest.mark.parametrize("status", [400, 404, 429])
def test_stale_reads_do_not_make_a_refund_fail(order, shop, status):
    """S33, S35: NEXT made it, answered no, and its next reads are older than the refund."""
    shop.sandbox.plan_fault(operation=REFUND, kind="status", status=status, when="after")
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="stale", skip=1, times=3)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order, actor="ada")

    assert let_reconciler_check(seconds=10)["refunds in doubt: pending"] == 1
    assert let_reconciler_check(seconds=10)["refunds in doubt: done"] == 1

    order.refresh_from_db()
    assert (order.refunded_amount, net_charged(shop)) == (Decimal("49.00"), Decimal("54.00"))


@pytest.fixture
def late_refund(order, shop):
    """Return a refund that NEXT made and answered with 400, and that counts as not made: reads were stale."""
    shop.sandbox.plan_fault(operation=REFUND, kind="status", status=400, when="after")
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="stale", skip=1, times=2)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order)
    assert let_reconciler_check(seconds=40)["refunds in doubt: refused"] == 1
    return RefundRequest.objects.get()


def test_refund_that_counted_as_not_made_and_shows_up_is_done(order, shop, late_refund):
    """S35: staff read that it was made, and are no longer asked to decide."""
    sync_order_as_staff(order=order)
    sync_order_as_staff(order=order)

    late_refund.refresh_from_db()
    assert late_refund.state == "done"
    review = OrderReview.objects.get()
    assert (review.kind, review.resolution) == ("refund_not_made", "dismissed")
    assert [str(event.text) for event in order.events.filter(kind="refund_requested")] == [
        "NEXT Commerce made the refund of $49.00 that grace requested, after it had counted as not made."
    ]
    assert net_charged(shop) == Decimal("54.00")


def test_refund_that_shows_up_after_staff_made_up_for_it_is_a_review(order, late_refund):
    """S35."""
    close_order_review(review=OrderReview.objects.get(), actor="ada", note="Sent a check.")

    sync_order_as_staff(order=order)
    sync_order_as_staff(order=order)

    review = OrderReview.objects.open().get()
    assert review.kind == "extra_refund"
    assert str(review.text).endswith("after it had counted as not made. Check that nobody refunded it again.")


def test_refund_that_shows_up_beside_its_repetition_is_one_review(order, shop, late_refund):
    """S35: nobody saw the first one before the second was made."""
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="stale")
    assert refund_one_lamp(order, actor="ada").state == "done"
    sync_order_as_staff(order=order)

    assert [request.state for request in RefundRequest.objects.order_by("pk")] == ["done", "done"]
    assert [review.kind for review in OrderReview.objects.open()] == ["extra_refund"]


def test_confirmed_refund_is_waited_for_however_long_reads_are_stale(order, shop):
    """S35: NEXT said yes. Hours without the refund on the order don't make it refundable again."""
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="stale", skip=1, times=3)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order)

    make_older(hours=5)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order, actor="ada")
    make_older(hours=5)
    reconcile_due_rows()
    with pytest.raises(Conflict, match="already been refunded"):
        refund_one_lamp(order, actor="ada")

    assert (RefundRequest.objects.get().state, net_charged(shop)) == ("done", Decimal("54.00"))


def test_refund_delivered_twice_is_a_review_with_the_amount(order, shop):
    """S34."""
    shop.sandbox.plan_fault(operation=REFUND, kind="repeat")

    assert refund_one_lamp(order).state == "done"

    assert net_charged(shop) == Decimal("5.00")
    review = OrderReview.objects.get()
    assert (review.kind, str(review.text)) == (
        "extra_refund",
        "NEXT Commerce refunded $49.00 more than the $49.00 that grace requested.",
    )
    order.refresh_from_db()
    assert order.refunded_amount == Decimal("98.00")
    sync_order_as_staff(order=order)
    assert OrderReview.objects.count() == 1


def test_second_delivery_that_shows_later_is_a_review_too(order, shop):
    """S34: the network delivers the same call again a moment after the look."""
    refund_one_lamp(order)
    body = next(call["body"] for call in shop.sandbox.requests() if call["operation"] == REFUND)
    shop.sandbox.call("POST", f"orders/{order.next_order_number}/refund/", body)
    order.refresh_from_db()

    sync_order_as_staff(order=order)

    assert [review.kind for review in OrderReview.objects.all()] == ["extra_refund"]
    assert net_charged(shop) == Decimal("5.00")


def test_refund_made_elsewhere_at_the_same_time_is_a_review_with_its_amount(order, shop):
    """S34: it is no repetition, and nobody requested it here."""
    (charge,) = shop.sandbox.orders()[0]["transactions"]
    request = open_refund_request(
        order=order, amount=Decimal("49.00"), refunded_before=Decimal(0), actor="grace", note="Scratched"
    )
    for amount, note in (("49.00", "Scratched"), ("5.00", "Goodwill")):
        body = {"transactions": [{"id": charge["id"], "amount": amount}], "refund_lines": [], "note": note}
        assert shop.sandbox.call("POST", f"orders/{order.next_order_number}/refund/", body).ok

    sync_order_as_staff(order=order)

    request.refresh_from_db()
    assert request.state == "done"
    assert [str(review.text) for review in OrderReview.objects.all()] == [
        "NEXT Commerce refunded $5.00 more than the $49.00 that grace requested."
    ]


def test_two_equal_refunds_that_staff_requested_are_no_review(order, shop):
    refund_one_lamp(order)
    refund_one_lamp(order, refunded_before="49.00")

    assert net_charged(shop) == Decimal("5.00")
    assert not OrderReview.objects.exists()


def test_refund_in_the_dashboard_is_no_review(order, shop):
    refund_one_lamp(order)
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "10.00"})

    sync_order_as_staff(order=order)

    assert not OrderReview.objects.exists()


def test_refund_that_never_left_may_be_repeated_at_once(order, shop, monkeypatch):
    real = shop.next_api_url
    calculate = refunds.fetch_refund_quote

    def calculate_then_disconnect(**arguments):
        quote = calculate(**arguments)
        arguments["order"].store.next_api_url = "http://127.0.0.1:9/api/admin/"
        return quote

    monkeypatch.setattr(refunds, "fetch_refund_quote", calculate_then_disconnect)
    with pytest.raises(Problem, match="NEXT Commerce didn't refund the payment"):
        refund_one_lamp(order)
    monkeypatch.undo()

    assert shop.next_api_url == real
    assert refund_one_lamp(order).state == "done"
    assert net_charged(shop) == Decimal("54.00")


def test_cancellation_refunds_what_another_refund_has_just_left(order, shop, monkeypatch):
    """S33: the other one ends between the look and the record of the cancellation."""
    look = staff_actions.check_before_moving_money

    def look_then_refund(**arguments):
        monkeypatch.undo()
        result = look(**arguments)
        refund_one_lamp(order, actor="ada")
        return result

    monkeypatch.setattr(staff_actions, "check_before_moving_money", look_then_refund)
    cancel(order)

    request = RefundRequest.objects.latest("pk")
    assert (request.state, request.amount) == ("done", Decimal("54.00"))
    assert net_charged(shop) == 0


@every_answer
def test_cancellation_that_was_made_is_done_whatever_next_answered(order, shop, answer):
    """S33."""
    shop.sandbox.plan_fault(operation=CANCEL, when="after", **answer)

    cancel(order)

    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Canceled", Decimal("103.00"))
    assert (net_charged(shop), count_calls(shop, CANCEL)) == (0, 1)
    assert not order.is_in_review


@every_answer
def test_cancellation_that_was_not_made_is_known_after_a_silence(order, shop, answer):
    """S33."""
    shop.sandbox.plan_fault(operation=CANCEL, when="before", **answer)
    with pytest.raises(RefundInDoubt):
        cancel(order)
    with pytest.raises(RefundInDoubt):
        refund_one_lamp(order)

    assert let_reconciler_check(minutes=4)["refunds in doubt: refused"] == 1
    cancel(order)

    order.refresh_from_db()
    assert (order.status, net_charged(shop)) == ("Canceled", 0)


def test_refund_after_a_wrong_sum_is_known_by_its_own_row(order, shop):
    """S33, S35: the sum that NEXT once showed by mistake hides that it rose."""
    shop.sandbox.switches(nonsense=28)  # lists a refund of 1.00 that wasn't made
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    assert order.refunded_amount == Decimal("1.00")
    shop.sandbox.switches(nonsense=None)
    with pytest.raises(RefundInDoubt):
        refunds.issue_refund(
            order=Order.objects.select_related("store").get(pk=order.pk),
            refund_input=RefundInput(amount=Decimal("1.00")),
            expected=Decimal("1.00"),
            refunded_before=Decimal("1.00"),
            actor="grace",
        )

    for _ in range(4):
        let_reconciler_check(days=1)
    sync_order_as_staff(order=order)

    assert RefundRequest.objects.get().state == "done"
    assert net_charged(shop) == Decimal("102.00")
    assert not OrderReview.objects.open().filter(kind="refund_not_made").exists()
