"""Settlement: what NEXT says is applied to the intent and its order, once."""

from decimal import Decimal

import pytest

from catalog import stock
from catalog.models import Hold
from checkout.models import PaymentIntent
from checkout.payments.expiry import expire_old_intent, postpone_intent_check, record_order_not_found
from checkout.payments.next_order_lookup import find_intents_of_order
from checkout.payments.settle import (
    check_payment_intent,
    settle_matching_intent,
    settle_payment_intent,
)
from nextcommerce.deserializers import deserialize_order
from orders.models import Customer, Order, OrderEvent, OrderReview
from orders.next_order_identity import NextOrderMismatch
from stores.next_client import open_next_client
from tests.payments.helpers import (
    allow_next_check,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    stock_of,
    submit_checkout,
)


def log_kinds(order):
    return list(order.events.values_list("kind", flat=True))


def test_paid_intent_marks_its_order_paid_and_sold_and_logs_it_once(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)

    intent = check_payment_intent(intent=intent, source="return")

    order = Order.objects.get()
    assert intent.status == "succeeded"
    assert intent.next_order_number == order.next_order_number == shop.sandbox.orders()[0]["number"]
    assert (intent.payment_complete_url, intent.next_check_at) == ("", None)
    assert (order.status, order.next_payment_status) == ("Paid", "paid")
    assert order.paid_at is not None
    assert log_kinds(order) == ["paid"]
    assert Hold.objects.get().state == "sold"
    assert stock_of(shop) == 9
    assert Customer.objects.get().email == "ada@example.com"
    assert net_charged(shop) == Decimal("54.00")


def test_settling_again_changes_nothing(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    before = list(Order.objects.values()), list(PaymentIntent.objects.values())
    next_order = open_next_client(shop).retrieve_order(shop.sandbox.orders()[0]["number"])

    for source in ("webhook", "reconciler", "staff"):
        assert (
            settle_payment_intent(intent=intent, next_order=next_order, source=source).status == "succeeded"
        )

    assert (list(Order.objects.values()), list(PaymentIntent.objects.values())) == before
    assert OrderEvent.objects.count() == 1


def test_late_callers_get_the_settled_intent_without_a_call(shop):
    """S3: each caller still holds the intent as it was before."""
    first, second, third, fourth, fifth = [submit_checkout(shop) for _ in range(5)]
    pay_at_link(first)
    check_payment_intent(intent=first, source="return")
    shop.sandbox.clear_requests()

    assert check_payment_intent(intent=second, source="shopper").status == "succeeded"
    assert check_payment_intent(intent=allow_next_check(second), source="shopper").status == "succeeded"
    assert record_order_not_found(intent=third, returned_unpaid=True).status == "succeeded"
    assert expire_old_intent(fourth).status == "succeeded"
    postpone_intent_check(fifth)

    assert list(PaymentIntent.objects.values_list("status", "next_check_at")) == [("succeeded", None)]
    assert (Hold.objects.get().state, shop.sandbox.requests()) == ("sold", [])


def test_next_order_stays_with_the_attempt_it_was_settled_with(shop):
    first, second = (
        submit_checkout(shop, form="one black"),
        submit_checkout(shop, make_selection(shop, title="White"), form="white"),
    )
    pay_at_link(first)
    check_payment_intent(intent=first, source="return")
    next_order = deserialize_order(shop.sandbox.orders()[0] | {"tags": [first.pk, second.pk]})
    intents = find_intents_of_order(store=shop, next_order=next_order)

    assert [intent.pk for intent in intents] == [second.pk, first.pk]
    assert (
        settle_matching_intent(intents=intents, store=shop, next_order=next_order, source="webhook") == first
    )
    assert set(PaymentIntent.objects.values_list("status", flat=True)) == {"succeeded", "redirected"}


def test_order_of_another_intent_is_refused(shop, caplog):
    """S8: a cheap payment for an expensive order."""
    cheap = submit_checkout(shop, make_selection(shop, "Field notes", ""), key="cheap")
    expensive = submit_checkout(shop, make_selection(shop, quantity=5), key="expensive")
    pay_at_link(cheap)
    cheap_order = open_next_client(shop).retrieve_order(shop.sandbox.orders()[0]["number"])

    with pytest.raises(NextOrderMismatch):
        settle_payment_intent(intent=expensive, next_order=cheap_order, source="return")
    check_payment_intent(intent=expensive, source="return", hint=cheap_order.number)

    expensive.refresh_from_db()
    assert expensive.status == "redirected"
    assert Order.objects.get(checkout_key="expensive").status == "Pending"
    assert "refused NEXT order" in caplog.text


def test_two_paid_attempts_make_one_order_and_one_review_with_the_amount_to_refund(shop):
    """S6."""
    first = submit_checkout(shop, form="one black")
    second = submit_checkout(shop, make_selection(shop, title="White", quantity=2), form="two white")
    pay_at_link(first)
    pay_at_link(second)

    check_payment_intent(intent=first, source="webhook")
    check_payment_intent(intent=second, source="return")

    first.refresh_from_db()
    second.refresh_from_db()
    order = Order.objects.get()
    assert (first.status, second.status) == ("succeeded", "review")
    review = OrderReview.objects.get()
    assert (review.payment_intent_id, review.amount_to_refund) == (second.pk, Decimal("103.00"))
    assert order.status == "Paid"
    assert order.total == Decimal("54.00")
    assert [(item.title, item.quantity) for item in order.items.all()] == [("Black", 1)]
    assert "Duplicate payment" in str(review.text)
    # The first payment's items are sold.
    assert (stock_of(shop, title="Black"), stock_of(shop, title="White")) == (9, 10)


def test_second_next_order_for_one_payment_goes_to_review_once(shop):
    """S6, S21: NEXT itself created two orders."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    duplicate = shop.sandbox.orders()[0] | {"number": "777"}
    unpaid = deserialize_order(duplicate | {"payment_status": "pending"})
    second = deserialize_order(duplicate)
    settle_payment_intent(intent=intent, next_order=unpaid, source="webhook")
    assert not OrderReview.objects.exists()

    for _ in range(2):
        intent = settle_payment_intent(intent=intent, next_order=second, source="webhook")

    order = Order.objects.get()
    assert (intent.status, order.status) == ("succeeded", "Paid")
    review = OrderReview.objects.get()
    assert str(review.text).startswith("NEXT Commerce order 777 was created for the same payment as")
    assert str(review.text).endswith("Refund $54.00.")
    assert review.amount_to_refund == Decimal("54.00")
    assert log_kinds(order) == ["paid", "review"]


def test_paid_older_attempt_restores_its_selection(shop):
    """S6, S7: the paid attempt's snapshot is what was bought."""
    first = submit_checkout(shop, form="one black")
    submit_checkout(shop, make_selection(shop, title="White", quantity=2), form="two white")
    pay_at_link(first)

    check_payment_intent(intent=first, source="return")

    order = Order.objects.get()
    assert (order.status, order.total) == ("Paid", Decimal("54.00"))
    assert [(item.title, item.quantity) for item in order.items.all()] == [("Black", 1)]
    assert (stock_of(shop, title="Black"), stock_of(shop, title="White")) == (9, 10)


def test_price_change_does_not_affect_a_started_payment(shop):
    """S7."""
    intent = submit_checkout(shop)
    shop.products.get(name="Desk lamp").variants.update(price="99.00")
    pay_at_link(intent)

    check_payment_intent(intent=intent, source="return")

    assert Order.objects.get().total == Decimal("54.00")
    assert Order.objects.get().status == "Paid"


def test_upsell_added_before_settlement_is_no_mismatch(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    (raw,) = shop.sandbox.orders()
    prices = {"price_incl_tax": "7.50", "price_excl_tax": "7.50"}
    added = raw["lines"][0] | prices | {"id": 999, "variant_id": 7, "is_upsell": True}
    charges = [*raw["transactions"], raw["transactions"][0] | {"id": 9_999, "amount": "7.50"}]
    more = {"lines": [*raw["lines"], added], "total_incl_tax": "61.50", "transactions": charges}

    settle_payment_intent(intent=intent, next_order=deserialize_order(raw | more), source="webhook")

    order = Order.objects.get()
    assert (order.status, order.total) == ("Paid", Decimal("61.50"))
    assert [review.kind for review in order.reviews.all()] == ["extra_charge"]  # nobody accepted it here


def test_mismatching_next_order_goes_to_review_and_is_not_charged_again(shop):
    """S7."""
    shop.is_live = True
    shop.save()
    intent = submit_checkout(shop)
    pay_at_link(intent)
    (raw,) = shop.sandbox.orders()
    (line,) = raw["lines"]

    for change, reason in (
        # A tax that the shopper didn't see.
        ({"total_incl_tax": "64.26"}, "The total is $64.26 instead of $54.00."),
        ({"total_incl_tax": None}, "NEXT Commerce reports no total."),
        ({"currency": "CAD"}, "Paid in CAD instead of USD."),
        ({"is_test": True}, "This is a test order in a live store. No money moved."),
        ({"payment_status": "partially_paid", "total_outstanding": "4.00"}, "$4.00 is outstanding."),
        ({"lines": [line | {"quantity": 2}]}, "Items differ"),
        ({"lines": [line | {"variant_id": 7}]}, "Items differ"),
    ):
        PaymentIntent.objects.update(status="redirected", next_order_number=None)
        OrderReview.objects.all().delete()

        settle_payment_intent(intent=intent, next_order=deserialize_order(raw | change), source="webhook")

        intent.refresh_from_db()
        order = Order.objects.get()
        assert (intent.status, order.status) == ("review", "Pending"), change
        review = OrderReview.objects.get()
        assert reason in str(review.text)
        assert str(review.amount_to_refund) == (change.get("total_incl_tax", "54.00") or "0.00")
    event_count = OrderEvent.objects.count()
    settle_payment_intent(intent=intent, next_order=deserialize_order(raw), source="webhook")
    assert OrderEvent.objects.count() == event_count  # the same payment isn't flagged again
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_payment_for_sold_out_items_is_paid_and_in_review(shop):
    """S17: the hold expired, somebody else bought the last ones, then the payment came."""
    intent = submit_checkout(shop, make_selection(shop, quantity=10))
    pay_at_link(intent)
    stock.release_hold(reference=intent.order_id)
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=2)

    check_payment_intent(intent=intent, source="webhook")

    order = Order.objects.get(checkout_key="purchase-1")
    assert order.status == "Paid"
    assert "Paid after the item sold out." in str(OrderReview.objects.get().text)
    assert stock_of(shop) == 2


def test_sold_out_payment_gives_back_what_a_later_selection_holds(shop):
    """The shopper paid for five, came back for two of the last three, and the payment for five counts."""
    first = submit_checkout(shop, make_selection(shop, quantity=5), form="five")
    pay_at_link(first)
    stock.release_hold(reference=first.order_id)
    PaymentIntent.objects.update(status="declined")
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=3)
    submit_checkout(shop, make_selection(shop, quantity=2), form="two")
    assert stock_of(shop) == 1
    first.refresh_from_db()

    check_payment_intent(intent=allow_next_check(first), source="webhook")

    assert OrderReview.objects.get().kind == "sold_out"
    assert stock_of(shop) == 3
    assert set(Hold.objects.values_list("state", flat=True)) == {"released"}


def test_payment_for_an_expired_order_takes_stock_again(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    stock.release_hold(reference=intent.order_id)
    Order.objects.update(status="Canceled")
    PaymentIntent.objects.update(status="expired")
    intent.refresh_from_db()

    check_payment_intent(intent=intent, source="webhook")

    assert Order.objects.get().status == "Paid"
    assert set(Hold.objects.values_list("state", flat=True)) == {"released", "sold"}
    assert stock_of(shop) == 9


def test_payment_voided_before_settlement_is_declined_and_releases_its_stock(shop):
    shop.sandbox.switches(payment_status="authorized")
    intent = submit_checkout(shop)
    pay_at_link(intent)
    shop.sandbox.edit_order(shop.sandbox.orders()[0]["number"], cancel={"full_refund": False})

    intent = check_payment_intent(intent=intent, source="return")

    assert (intent.status, intent.order.status) == ("declined", "Pending")
    assert stock_of(shop) == 10


def test_unpaid_next_order_leaves_the_intent_open(shop):
    shop.sandbox.switches(payment_status="pending")
    intent = submit_checkout(shop)
    pay_at_link(intent)

    intent = check_payment_intent(intent=intent, source="return")

    assert intent.status == "redirected"
    assert Order.objects.get().status == "Pending"


def test_authorized_payment_counts_as_paid(shop):
    shop.sandbox.switches(payment_status="authorized")
    intent = submit_checkout(shop)
    pay_at_link(intent)

    assert check_payment_intent(intent=intent, source="return").status == "succeeded"
    assert Order.objects.get().status == "Paid"
