"""Whoever begins a free trial, and whoever looks where the verification amount went."""

import datetime
import json

from django.test import Client
from django.utils import timezone

from checkout.selection import Choice, ChosenLine
from orders.models import Order, RefundRequest
from tests.factories import variant_of
from tests.payment.actors import come_back


def trial(shop, plan, quantity=1):
    variant = variant_of(shop.products.get(name="Field notes"))
    return Choice(source="bag", lines=(ChosenLine(variant=variant, quantity=quantity, plan=plan),))


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


def come_back_and_see(intent, response):
    """Be the browser that posts the response, and goes where it is sent."""
    shopper = Client()
    return shopper.get(come_back(intent, json.loads(response), client=shopper)["Location"])
