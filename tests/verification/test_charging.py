"""A subscription that begins with nothing to pay: an amount verifies the payment, and shoppers are told."""

from decimal import Decimal

import pytest

from checkout.payments.reconcile import reconcile
from checkout.payments.settle import look
from checkout.quote import quote
from checkout.selection import Choice, ChosenLine
from orders.models import Order
from orders.staff_actions import resend
from stores.errors import Problem
from tests.factories import make_link, variant_of
from tests.payment.actors import charged, checkout, choose, creates, pay
from tests.verification.actors import trial


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
