"""Payments that settle days later: placed at once, paid only when NEXT says so."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import Hold, Product
from checkout.models import PaymentIntent, ShippingPrice
from checkout.payments.expiry import expire_old_intent
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from orders.models import Order
from stores.next_client import open_next_client
from tests.checkout_pages.test_payment_page import page_of
from tests.factories import publish
from tests.payments.helpers import (
    allow_next_check,
    deliver_webhook,
    make_due,
    net_charged,
    order_create_calls,
    own_checkout,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from tests.payments.test_reconcile import let_days_pass


@pytest.fixture
def euro_shop(shop):
    """`shop`, which sells in euros and takes SEPA debits beside Link."""
    Product.objects.update(default_currency="EUR")
    ShippingPrice.objects.update(currency="EUR")
    shop.currency, shop.payment_methods = "EUR", ["link", "sepa_debit"]
    shop.save()
    methods = [
        row | {"prices": {"EUR": "5.00"}} for row in shop.sandbox.settings["catalogue"]["shipping_methods"]
    ]
    shop.sandbox.settings["catalogue"]["shipping_methods"] = methods
    shop.sandbox.configure(currency="EUR")
    publish(shop)
    return shop


@pytest.fixture
def pending(euro_shop):
    """A payment whose shopper came back from the bank."""
    intent = submit_checkout(euro_shop, payment_method="sepa_debit")
    pay_at_link(intent)
    intent = check_payment_intent(intent=intent, source="return")
    intent.store = euro_shop
    return intent


def settle_at_bank(store):
    """Let the bank pay. Return NEXT's order."""
    return store.sandbox.edit_order(store.sandbox.orders()[0]["number"], settle=True)


def test_order_is_placed_and_not_paid(euro_shop, pending):
    order = Order.objects.get()

    assert (pending.status, order.status, order.is_payment_pending) == ("processing", "Pending", True)
    assert (order.paid_at, order.next_order_number, pending.next_order_number) == (None, None, "100001")
    assert [event.kind for event in order.events.all()] == ["payment_pending"]
    assert stock_of(euro_shop) == 9
    assert Hold.objects.get().expires_at > timezone.now() + datetime.timedelta(days=13)


def test_thank_you_and_order_pages_say_that_the_payment_is_on_its_way(euro_shop, pending, client):
    stranger = client.get(page_of(pending))
    assert "Your payment is on its way." in stranger.text
    assert "Ada" not in stranger.text
    assert client.get(f"{page_of(pending)}/state").json() == {"state": "processing"}
    own_checkout(client, pending.order)

    answer = client.get(page_of(pending))
    thanks = client.get(answer["Location"])
    status = client.get(pending.order.get_absolute_url())

    assert "Thank you! Your order is placed." in thanks.text
    assert "your payment with SEPA Direct Debit is on its way" in thanks.text
    assert "On its way with SEPA Direct Debit since" in status.text
    for page in (thanks, status):
        assert "Paid" not in page.text
        assert "received your payment" not in page.text


def test_webhook_of_the_bank_settles_it_once(euro_shop, pending):
    """S18: however often it comes."""
    paid = settle_at_bank(euro_shop)

    for number in range(2):
        deliver_webhook(euro_shop, "order.updated", paid, event_id=f"event-{number}")

    order = Order.objects.get()
    assert (order.status, order.next_order_number) == ("Paid", "100001")
    assert PaymentIntent.objects.get().status == "succeeded"
    assert [event.kind for event in order.events.all()].count("paid") == 1
    assert (stock_of(euro_shop), net_charged(euro_shop)) == (9, order.total)
    assert Hold.objects.get().state == "sold"


def test_reconciler_waits_for_days_and_then_finds_the_money(euro_shop, pending):
    """S1: no webhook comes."""
    let_days_pass(pending, 5)
    pending.refresh_from_db()
    assert (pending.status, Order.objects.get().status) == ("processing", "Pending")
    assert stock_of(euro_shop) == 9

    settle_at_bank(euro_shop)
    make_due()
    reconcile_due_rows()

    assert Order.objects.get().status == "Paid"


def test_refused_debit_frees_the_stock_and_the_order_can_be_paid_again(euro_shop, pending, client):
    euro_shop.sandbox.edit_order("100001", cancel={"full_refund": False})
    make_due()
    reconcile_due_rows()

    pending.refresh_from_db()
    order = Order.objects.get()
    assert (pending.status, order.is_payment_pending, stock_of(euro_shop)) == ("declined", False, 10)
    assert "hasn't been paid yet" in client.get(order.get_absolute_url()).text
    assert submit_checkout(euro_shop, form="again", order=order).status == "redirected"


def test_nobody_pays_again_and_a_late_unpaid_return_changes_nothing(euro_shop, pending):
    """S16, S20: the same form, another one, and `{}` from a browser while NEXT doesn't find the order."""
    for form in ("form-1", "form-2"):
        with pytest.raises(AlreadyPaid):
            submit_checkout(euro_shop, form=form, order=pending.order)
    assert len(order_create_calls(euro_shop)) == 1

    allow_next_check(pending)
    post_return(pending, {})
    euro_shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=404)
    allow_next_check(pending)
    post_return(pending, {})

    assert PaymentIntent.objects.get().status == "processing"
    assert Order.objects.get().is_payment_pending


def test_other_page_paid_meanwhile_makes_a_duplicate_for_staff(euro_shop):
    """S6: the first order stands; the debit goes to review once it is charged."""
    debit = submit_checkout(euro_shop, form="debit", payment_method="sepa_debit")
    card = submit_checkout(euro_shop, form="card", payment_method="link")
    pay_at_link(debit)
    pay_at_link(card)
    check_payment_intent(intent=debit, source="return")
    check_payment_intent(intent=card, source="return")
    order = Order.objects.get()
    assert (order.status, order.payment_method) == ("Paid", "link")

    paid = euro_shop.sandbox.edit_order("100001", settle=True)
    deliver_webhook(euro_shop, "order.updated", paid)

    assert [review.kind for review in order.reviews.all()] == ["duplicate_payment"]
    assert stock_of(euro_shop) == 9


def test_payment_that_is_on_its_way_does_not_expire_after_an_old_check(pending):
    """NEXT may tell of the order between the check that found none and the expiry."""
    hold = Hold.objects.get()

    expire_old_intent(pending)

    assert PaymentIntent.objects.get().status == "processing"
    assert Hold.objects.get(pk=hold.pk).state == "held"


def test_late_event_does_not_revive_a_payment_that_the_bank_refused(pending, euro_shop):
    before = open_next_client(euro_shop).retrieve_order(euro_shop.sandbox.orders()[0]["number"])
    PaymentIntent.objects.update(status="declined")

    settle_payment_intent(intent=PaymentIntent.objects.get(), next_order=before, source="webhook")

    intent = PaymentIntent.objects.get()
    assert intent.status == "declined"
    assert intent.next_check_at <= timezone.now()
