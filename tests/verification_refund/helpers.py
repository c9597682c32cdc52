"""Whoever begins a free trial, and whoever looks where the verification amount went."""

import datetime
import json

from django.test import Client
from django.utils import timezone

from checkout.selection import Selection, SelectionLine
from orders.models import Order, RefundRequest
from tests.factories import variant_of
from tests.payments.helpers import post_return


def select_trial(shop, plan, quantity=1):
    variant = variant_of(shop.products.get(name="Field notes"))
    return Selection(source="cart", lines=(SelectionLine(variant=variant, quantity=quantity, plan=plan),))


def refunded_amounts(shop):
    return [row["amount"] for row in shop.sandbox.charges() if row["kind"] == "refund"]


def sandbox_operations(shop):
    return [call["operation"] for call in shop.sandbox.requests()]


def make_refund_due(order, *, age=0):
    """Let so many seconds pass for the refund, and the lease end."""
    then = timezone.now() - datetime.timedelta(seconds=age)
    RefundRequest.objects.filter(order=order).update(created_at=then)
    Order.objects.filter(pk=order.pk, verification_refund_due_at__isnull=False).update(
        verification_refund_due_at=timezone.now() - datetime.timedelta(seconds=1)
    )


def follow_return(intent, response):
    """Be the browser that posts the response, and goes where it is sent."""
    shopper = Client()
    return shopper.get(post_return(intent, json.loads(response), client=shopper)["Location"])
