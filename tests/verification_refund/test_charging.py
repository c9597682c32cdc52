"""Subscriptions with nothing due today: an amount verifies the payment, and shoppers are told."""

from decimal import Decimal

import pytest

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.quote import calculate_quote
from checkout.selection import Selection, SelectionLine
from orders.models import Order
from orders.staff_actions import resend_order_notification
from stores.errors import Problem
from tests.factories import make_link, variant_of
from tests.payments.helpers import (
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    submit_checkout,
)
from tests.verification_refund.helpers import select_trial


def test_amount_is_quoted_charged_and_saved_on_the_order(shop, plan):
    selection = select_trial(shop, plan)
    quoted = calculate_quote(store=shop, selection=selection, country="US")
    assert (quoted.items_total, quoted.verification, quoted.total) == (0, Decimal("1.00"), Decimal("1.00"))

    submit_checkout(shop, selection)

    order = Order.objects.get()
    assert (order.total, order.items_total, order.verification_amount) == (Decimal("1.00"),) * 3
    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert (line["price"], line["subscription"]["price"]) == ("1.00", "5.00")


def test_amount_is_shared_between_units_rounded_up(shop, plan):
    quoted = calculate_quote(store=shop, selection=select_trial(shop, plan, quantity=3), country="US")

    assert quoted.lines[0].verification == Decimal("0.34")
    assert quoted.verification == quoted.total == Decimal("1.02")


def test_tax_is_charged_on_the_amount_and_refunded_with_it(shop, plan):
    shop.tax_mode = "added"
    shop.save()
    shop.tax_rates.create(country="US", rate=19)
    shop.sandbox.set_taxes({"country": "US", "percent": "19", "taxes_shipping": True})

    intent = submit_checkout(shop, select_trial(shop, plan))
    order = Order.objects.get()
    assert (order.items_total, order.tax_total, order.verification_amount) == (
        Decimal("1.00"),
        Decimal("0.19"),
        Decimal("1.19"),
    )
    assert intent.amount == Decimal("1.19")


def test_no_verification_when_something_is_paid(shop, plan):
    both = Selection(source="cart", lines=(*make_selection(shop).lines, *select_trial(shop, plan).lines))

    quoted = calculate_quote(store=shop, selection=both, country="US")

    assert (quoted.verification, quoted.total) == (0, Decimal("54.00"))


def test_no_verification_without_a_plan_or_an_amount(shop, plan):
    free = variant_of(shop.products.get(name="Field notes"))
    free.price = Decimal("0.00")
    once = Selection(source="cart", lines=(SelectionLine(variant=free, quantity=1),))
    assert calculate_quote(store=shop, selection=once, country="US").total == 0

    shop.verification_amount = Decimal("0.00")
    with pytest.raises(Problem, match="starts without a charge"):
        submit_checkout(shop, select_trial(shop, plan))


def test_paid_trial_is_charged_and_not_refunded(shop, plan):
    plan.trial_price = Decimal("2.50")
    plan.save()

    intent = submit_checkout(shop, select_trial(shop, plan, quantity=2))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")

    order = Order.objects.get()
    assert (order.total, order.verification_amount, order.verification_refund_due_at) == (
        Decimal("5.00"),
        0,
        None,
    )
    reconcile_due_rows()
    assert net_charged(shop) == Decimal("5.00")


def test_link_page_and_checkout_explain_the_charge_and_refund(shop, plan, client):
    link = make_link(shop.products.get(name="Field notes"))
    page = client.get(link.get_absolute_url()).text
    assert "7 days free, then $5.00 every month" in page
    assert "We charge $1.00 to verify your payment method and refund it right away." in page

    page = client.get(f"/checkout?link={link.pk}&plan={plan.pk}").text
    assert "7 days free, then $5.00 every month" in page
    assert "Verification charge (refunded)" in page
    assert (
        "We charge $1.00 to verify your payment method and refund it in full right after the payment." in page
    )
    assert "Pay $1.00 with Link" in page


def test_status_page_explains_the_verification(shop, order, client):
    status = order.get_absolute_url()
    assert (
        "We charged $1.00 to verify your payment method and are refunding it in full."
        in client.get(status).text
    )

    reconcile_due_rows()

    page = client.get(status).text
    assert "We charged $1.00 to verify your payment method and refunded it in full." in page
    assert "Verification charge refunded" in page
    assert "order was refunded" not in page
    assert ">Refunded<" not in page


def test_confirmation_email_explains_the_refund(shop, order, mailoutbox):
    """Resent by staff, because this store leaves the receipt to NEXT."""
    resend_order_notification(order=order, kind="confirmation", actor="grace")
    reconcile_due_rows()

    mail = next(mail for mail in mailoutbox if order.number in mail.subject)
    sentence = "We charged $1.00 to verify your payment method and are refunding it in full."
    assert sentence in mail.body
    assert sentence in mail.alternatives[0].content
