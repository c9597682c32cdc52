"""Helpers that start a free trial and inspect the refund of its verification amount."""

import datetime
import json

from django.test import Client
from django.utils import timezone

from checkout.selection import Selection, SelectionLine
from orders.models import Order, RefundRequest
from tests.factories import variant_of
from tests.payments.helpers import own_checkout, post_return


def select_trial(shop, plan, quantity=1):
    """Return a selection of the field notes on the plan."""
    variant = variant_of(shop.products.get(name="Field notes"))
    return Selection(source="cart", lines=(SelectionLine(variant=variant, quantity=quantity, plan=plan),))


def refunded_amounts(shop):
    """Return the amounts that the sandbox refunded."""
    return [row["amount"] for row in shop.sandbox.charges() if row["kind"] == "refund"]


def sandbox_operations(shop):
    """Return the operations called in the sandbox, in order."""
    return [call["operation"] for call in shop.sandbox.requests()]


def make_refund_due(order, *, age=0):
    """Make the refund due, with the doubt about a refund request ending `age` seconds earlier."""
    for request in RefundRequest.objects.filter(order=order):
        request.doubt_ends_at -= datetime.timedelta(seconds=age)
        request.save()
    Order.objects.filter(pk=order.pk, verification_refund_due_at__isnull=False).update(
        verification_refund_due_at=timezone.now() - datetime.timedelta(seconds=1)
    )


def follow_return(intent, response):
    """Post the response as a browser does, and follow the redirect."""
    shopper = own_checkout(Client(), intent.order)
    return shopper.get(post_return(intent, json.loads(response), client=shopper)["Location"])
