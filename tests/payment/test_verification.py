"""A subscription that begins with nothing to pay: an amount verifies the payment, and is given back, once."""

import datetime
import json
from decimal import Decimal

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.utils import timezone

from checkout.choice import Choice, ChosenLine
from checkout.quote import quote
from checkout.reconcile import reconcile
from checkout.settlement import look
from checkout.upsell import accept
from checkout.upsell_choice import next_offer
from checkout.views import payment
from orders.models import Order, RefundRequest, Subscription
from orders.refunding import Wanted, calculate, refresh, refund
from orders.staff import cancel, resend
from orders.verification import claim, give_back
from stores.errors import Conflict, Problem
from tests.factories import make_link, make_plan, variant_of
from tests.killing import in_child, in_turn, worth_dying_at
from tests.offers.actors import make_offer, shown
from tests.payment.actors import charged, checkout, choose, come_back, creates, deliver, pay


@pytest.fixture
def plan(shop):
    """A free trial of the field notes, in a shop that verifies with a dollar."""
    shop.verification_amount = Decimal("1.00")
    shop.save()
    return make_plan(shop.products.get(name="Field notes"), trial_period_days=7)


def trial(shop, plan, quantity=1):
    variant = variant_of(shop.products.get(name="Field notes"))
    return Choice(source="bag", lines=(ChosenLine(variant=variant, quantity=quantity, plan=plan),))


@pytest.fixture
def order(shop, plan):
    """Paid, its amount not given back yet."""
    intent = checkout(shop, trial(shop, plan))
    pay(intent)
    look(intent=intent, source="reconciler")
    return Order.objects.select_related("store").get()


def refunds(shop):
    return [row["amount"] for row in shop.sandbox.charges() if row["kind"] == "refund"]


def operations(shop):
    return [call["operation"] for call in shop.sandbox.requests()]


def make_due(order, *, age=0):
    """Let so many seconds pass for the refund, and the lease end."""
    then = timezone.now() - datetime.timedelta(seconds=age)
    RefundRequest.objects.filter(order=order).update(created_at=then)
    Order.objects.filter(pk=order.pk, verification_due_at__isnull=False).update(
        verification_due_at=timezone.now() - datetime.timedelta(seconds=1)
    )


def test_the_amount_is_charged_shown_and_kept_on_the_order(shop, plan):
    choice = trial(shop, plan)
    quoted = quote(store=shop, choice=choice, country="US")
    assert (quoted.items_total, quoted.verification, quoted.total) == (0, Decimal("1.00"), Decimal("1.00"))

    checkout(shop, choice)

    order = Order.objects.get()
    assert (order.total, order.items_total, order.verification_amount) == (Decimal("1.00"),) * 3
    (line,) = creates(shop)[0]["body"]["lines"]
    assert (line["price"], line["subscription"]["price"]) == ("1.00", "5.00")


def test_of_several_each_bears_its_share_rounded_up(shop, plan):
    quoted = quote(store=shop, choice=trial(shop, plan, quantity=3), country="US")

    assert quoted.lines[0].verification == Decimal("0.34")
    assert quoted.verification == quoted.total == Decimal("1.02")


def test_added_tax_is_charged_on_it_and_given_back_with_it(shop, plan):
    shop.prices_include_tax, shop.tax_rates = False, {"US": "19"}
    shop.save()
    catalogue = shop.sandbox.settings["catalogue"] | {"tax_rates": {"US": "19"}}
    shop.sandbox.configure(catalogue=catalogue)

    intent = checkout(shop, trial(shop, plan))
    order = Order.objects.get()
    assert (order.items_total, order.tax_total, order.verification_amount) == (
        Decimal("1.00"),
        Decimal("0.19"),
        Decimal("1.19"),
    )
    assert intent.amount == Decimal("1.19")


def test_nothing_is_verified_where_something_is_paid(shop, plan):
    both = Choice(source="bag", lines=(*choose(shop).lines, *trial(shop, plan).lines))

    quoted = quote(store=shop, choice=both, country="US")

    assert (quoted.verification, quoted.total) == (0, Decimal("54.00"))


def test_nothing_is_verified_without_a_plan_or_an_amount(shop, plan):
    free = variant_of(shop.products.get(name="Field notes"))
    free.price = Decimal("0.00")
    once = Choice(source="bag", lines=(ChosenLine(variant=free, quantity=1),))
    assert quote(store=shop, choice=once, country="US").total == 0

    shop.verification_amount = Decimal("0.00")
    with pytest.raises(Problem, match="starts without a charge"):
        checkout(shop, trial(shop, plan))


def test_a_trial_with_a_price_is_charged_that_and_gives_nothing_back(shop, plan):
    plan.trial_price = Decimal("2.50")
    plan.save()

    intent = checkout(shop, trial(shop, plan, quantity=2))
    pay(intent)
    look(intent=intent, source="return")

    order = Order.objects.get()
    assert (order.total, order.verification_amount, order.verification_due_at) == (Decimal("5.00"), 0, None)
    reconcile()
    assert charged(shop) == Decimal("5.00")


def test_it_is_given_back_and_the_order_stays_paid(shop, order):
    """What a verification order costs: two calls as every order, and three to give the amount back."""
    shop.sandbox.clear_requests()

    assert reconcile()["verification amounts: given back"] == 1

    assert operations(shop)[:3] == ["ordersRetrieve", "ordersRefundCreate", "ordersRetrieve"]
    assert refunds(shop) == ["1.00"]
    order.refresh_from_db()
    assert (order.status, order.refunded_amount, order.total) == ("Paid", Decimal("1.00"), Decimal("1.00"))
    assert order.verification_returned_at is not None
    assert order.verification_due_at is None
    assert RefundRequest.objects.get().state == "done"
    assert "The verification amount of 1.00 USD was given back." in [line.text for line in order.events.all()]
    reconcile()
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.is_in_trial) == ("active", True)
    assert subscription.invoices.get().amount == 0


def come_back_and_see(intent, response):
    """Be the browser that posts the response, and goes where it is sent."""
    shopper = Client()
    return shopper.get(come_back(intent, json.loads(response), client=shopper)["Location"])


def test_the_page_after_the_return_gives_it_back(shop, plan):
    intent = checkout(shop, trial(shop, plan))

    answer = come_back_and_see(intent, pay(intent))

    assert answer.status_code == 303
    assert refunds(shop) == ["1.00"]


def test_the_shopper_goes_on_although_giving_back_fails(shop, plan):
    intent = checkout(shop, trial(shop, plan))
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=500, when="before")

    assert come_back_and_see(intent, pay(intent)).status_code == 303

    order = Order.objects.get()
    assert (order.status, order.verification_returned_at) == ("Paid", None)
    make_due(order, age=61)
    reconcile()
    assert refunds(shop) == ["1.00"]


def test_told_often_and_late_it_is_given_back_once(shop, order):
    """S18, S19."""
    for _ in range(3):
        Order.objects.update(verification_due_at=timezone.now())
        reconcile()
    number = Order.objects.get().store_order_number
    deliver(shop, "order.updated", shop.sandbox.call("GET", f"orders/{number}/").json())
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "close", "when": "after"},
        {"kind": "status", "status": 504, "when": "after"},
        {"kind": "garbage", "when": "after"},
        # The store says no although it did it: its own sum decides.
        {"kind": "status", "status": 400, "when": "after"},
    ],
)
def test_done_with_a_lost_answer_it_is_not_asked_for_again(shop, order, fault):
    """S21, S23."""
    shop.sandbox.fault(operation="ordersRefundCreate", **fault)

    for _ in range(3):
        make_due(order, age=61)
        reconcile()

    assert operations(shop).count("ordersRefundCreate") == 1
    assert refunds(shop) == ["1.00"]
    order.refresh_from_db()
    assert order.verification_returned_at is not None
    assert (order.review_reason, order.verification_due_at) == ("", None)
    assert RefundRequest.objects.get().state == "done"


def test_not_done_with_a_lost_answer_it_is_asked_for_again_in_a_minute(shop, order):
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=502, when="before")

    assert reconcile()["verification amounts: unclear"] == 1
    make_due(order)
    assert reconcile()["verification amounts: waits for a refund under way"] == 1
    assert refunds(shop) == []

    make_due(order, age=61)
    reconcile()
    assert refunds(shop) == ["1.00"]


@pytest.mark.slow
def test_killed_at_any_line_of_giving_back_it_is_given_back_once(shop, plan):
    """S28: really killed, each time another order's."""

    def paid(number):
        intent = checkout(shop, trial(shop, plan), key=f"purchase-{number}", email=f"ada{number}@example.com")
        pay(intent)
        look(intent=intent, source="return")
        return Order.objects.select_related("store").get(checkout_key=f"purchase-{number}")

    first = paid(0)
    every_line = in_child(lambda: give_back(order=first), die_at=None)
    places = in_turn([place for place in worth_dying_at(every_line) if "verification" in place.file])
    assert len(places) > 2
    for number, place in enumerate(places, start=1):
        order = paid(number)
        before = len(refunds(shop))

        in_child(lambda order=order: give_back(order=order), die_at=place)
        for _ in range(2):
            make_due(order, age=61)
            reconcile()

        order.refresh_from_db()
        assert len(refunds(shop)) == before + 1, place
        assert (order.status, order.refunded_amount) == ("Paid", Decimal("1.00")), place
        assert order.verification_returned_at is not None, place
        assert order.verification_due_at is None, place
        assert not order.refund_requests.filter(state="asked").exists(), place


def test_a_throttled_store_is_asked_again_and_nobody_is_alarmed(shop, order):
    """S29."""
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=429, retry_after=0, when="before")

    assert reconcile()["verification amounts: store not reached"] == 1
    assert not RefundRequest.objects.exists()
    make_due(order)
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().review_reason == ""


def test_refused_it_comes_before_staff_who_have_it_tried_again(shop, order, admin_client):
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=400, when="before")

    assert reconcile()["verification amounts: refused"] == 1

    order.refresh_from_db()
    assert order.review_reason.startswith("The verification amount of 1.00 USD was not given back:")
    assert (order.status, order.verification_due_at, refunds(shop)) == ("Paid", None, [])
    page = f"/admin/orders/order/{order.pk}/"
    assert "Verification, not given back" in admin_client.get(f"{page}change/").text
    admin_client.post(f"{page}verification/")
    reconcile()
    assert refunds(shop) == ["1.00"]
    shown = admin_client.get(f"{page}change/").text
    assert "Verification, given back" in shown
    assert "Give the verification amount back" not in shown
    again = admin_client.post(f"{page}verification/", follow=True)
    assert "There is no verification amount to give back." in again.text


def test_given_back_by_somebody_in_the_store_it_is_not_given_back_twice(shop, order):
    number = order.store_order_number
    charge = shop.sandbox.call("GET", f"orders/{number}/").json()["transactions"][0]["id"]
    body = {"transactions": [{"id": charge, "amount": "1.00"}], "refund_lines": []}
    shop.sandbox.call("POST", f"orders/{number}/refund/", body)

    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


def test_an_amount_only_authorised_waits_until_it_is_taken(shop, plan):
    shop.sandbox.switches(payment_status="authorized")
    intent = checkout(shop, trial(shop, plan))
    pay(intent)
    look(intent=intent, source="return")

    assert reconcile()["verification amounts: not taken yet"] == 1

    order = Order.objects.get()
    assert order.verification_due_at > timezone.now() + datetime.timedelta(hours=5)
    assert order.review_reason == ""


def test_a_test_order_has_nothing_to_give_back(shop, plan):
    shop.sandbox.switches(is_test=True)
    intent = checkout(shop, trial(shop, plan))
    pay(intent)
    look(intent=intent, source="return")

    assert reconcile()["verification amounts: a test order: nothing was charged"] == 1

    order = Order.objects.get()
    assert (order.status, order.verification_due_at) == ("Paid", None)
    assert order.verification_returned_at is not None


def test_a_cancel_afterwards_still_works(shop, order):
    reconcile()
    order.refresh_from_db()

    cancel(order=order, reason="Changed their mind", full_refund=True, notify=False, actor="grace")

    order.refresh_from_db()
    assert order.status == "Canceled"
    assert refunds(shop) == ["1.00"]


@pytest.mark.parametrize("full_refund", [True, False])
def test_canceled_before_it_was_given_back_it_is_given_back_once(shop, order, full_refund):
    cancel(order=order, reason="Changed their mind", full_refund=full_refund, notify=False, actor="grace")

    reconcile()

    order.refresh_from_db()
    assert refunds(shop) == ["1.00"]
    assert (order.status, order.verification_due_at) == ("Canceled", None)


def test_something_bought_later_is_refunded_as_ever(shop, order):
    """The verification was no refund; this one is."""
    bulb = variant_of(shop.products.get(name="Light bulb"))
    body = {
        "lines": [{"product_id": bulb.next_variant_id, "quantity": 1, "price": "7.50", "is_upsell": True}]
    }
    shop.sandbox.call("POST", f"orders/{order.store_order_number}/add-line-items/", body)
    with pytest.raises(Conflict, match="given back first"):
        refund_bulb(order)
    reconcile()
    assert Order.objects.get().status == "Paid"

    make_due(order)
    refund_bulb(order)

    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == ("Refunded", Decimal("8.50"))
    assert sorted(refunds(shop)) == ["1.00", "7.50"]


def refund_bulb(order):
    refresh(order=order)
    order.refresh_from_db()
    bulb = order.items.get(name="Light bulb")
    wanted = Wanted(quantities={bulb.pk: 1})
    offer = calculate(order=order, wanted=wanted)
    refund(
        order=order,
        wanted=wanted,
        expected=offer.amount,
        refunded_before=offer.refunded_before,
        actor="grace",
    )


def test_one_who_has_it_is_left_alone_by_the_others(shop, order):
    other = Order.objects.get()

    assert claim(order)
    assert not claim(other)
    assert not claim(Order.objects.get())
    assert give_back(order=order) == "given back"


def test_the_shopper_waits_for_no_refund(shop, plan):
    """It is begun once the answer has gone out."""
    intent = checkout(shop, trial(shop, plan))
    page = come_back(intent, json.loads(pay(intent)))["Location"]
    request = RequestFactory().get(page)
    request.store, request.session = shop, SessionStore()

    answer = payment.show(request, page.rpartition("/")[2])
    assert answer.status_code == 303
    assert refunds(shop) == []

    answer.close()
    assert refunds(shop) == ["1.00"]


def test_link_page_and_checkout_say_what_is_charged_and_given_back(shop, plan, client):
    link = make_link(shop.products.get(name="Field notes"))
    page = client.get(link.get_absolute_url()).text
    assert "7 days free, then $5.00 a month" in page
    assert "$1.00 verifies how you pay and is given back right after." in page

    page = client.get(f"/checkout?link={link.pk}&plan={plan.pk}").text
    assert "7 days free, then $5.00 a month" in page
    assert "Verification, given back" in page
    assert "$1.00 verifies how you pay and is given back in full right after the payment." in page
    assert "Pay $1.00 with Link" in page


def test_the_shopper_reads_of_it(shop, order, client):
    status = order.get_absolute_url()
    assert "$1.00 verified how you pay and is being given back in full." in client.get(status).text

    reconcile()

    page = client.get(status).text
    assert "$1.00 verified how you pay and was given back in full." in page
    assert "Verification, given back" in page
    assert "refunded" not in page


def test_the_confirmation_says_that_it_is_given_back(shop, order, mailoutbox):
    """It is queued where this shop writes; here it is asked for by hand."""
    resend(order=order, kind="confirmation", actor="grace")
    reconcile()

    mail = next(mail for mail in mailoutbox if order.number in mail.subject)
    sentence = "$1.00 verified how you pay and is given back in full."
    assert sentence in mail.body
    assert sentence in mail.alternatives[0].content


def test_an_offer_goes_first_for_some_minutes(shop, plan):
    """A store may charge no more to a payment that was given back (facts 7.10)."""
    make_offer(shop, "Field notes")
    intent = checkout(shop, trial(shop, plan))
    come_back_and_see(intent, pay(intent))
    order = Order.objects.select_related("store").get()
    assert refunds(shop) == []

    make_due(order)
    assert reconcile()["verification amounts: an offer goes first"] == 1
    assert accept(attempt=shown(order)).status == "charged"
    make_due(order)
    reconcile()

    order.refresh_from_db()
    assert refunds(shop) == ["1.00"]
    assert (order.status, order.total, order.refunded_amount) == ("Paid", Decimal("6.00"), Decimal("1.00"))


def test_an_offer_that_nobody_answers_does_not_keep_it(shop, plan):
    make_offer(shop, "Field notes")
    intent = checkout(shop, trial(shop, plan))
    come_back_and_see(intent, pay(intent))
    order = Order.objects.get()
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(minutes=6))

    make_due(order)
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert next_offer(order=Order.objects.select_related("store").get()) is None
