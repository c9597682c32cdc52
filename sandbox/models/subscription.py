"""Subscriptions, their lines and billing cycles."""

from django.db import models

from .base import ProductSnapshot, amount_field
from .order import Customer, Order
from .store import Store


class Subscription(models.Model):
    """Created from an order's lines; renewed by the store's clock."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        PAST_DUE = "past_due"
        CANCELED = "canceled"
        RETRYING = "retrying"
        PAUSED = "paused"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="subscriptions")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="subscriptions")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    interval = models.CharField(max_length=8)
    interval_count = models.PositiveIntegerField()
    next_renewal_date = models.DateTimeField(null=True)
    # When the next cycle is due. While a declined charge is retried, next_renewal_date is the retry's.
    due_date = models.DateTimeField(null=True)
    retries = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    shipping_code = models.CharField(max_length=128, blank=True)
    shipping_price = amount_field()
    user = models.JSONField()
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    attribution = models.JSONField(default=dict)
    coupon_codes = models.JSONField(default=list)
    offer_ids = models.JSONField(default=list)
    payment_method = models.CharField(max_length=32)
    payment_details = models.JSONField(default=dict)
    cancel_reason = models.CharField(max_length=64, blank=True)
    cancel_reason_other_message = models.TextField(null=True)
    is_test = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    date_created = models.DateTimeField()


class SubscriptionLine(ProductSnapshot):
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="lines")
    quantity = models.PositiveIntegerField()
    price = amount_field()
    metadata = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]


class BillingCycle(models.Model):
    """One order of a subscription. The first order is cycle 0; each renewal adds 1."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="cycles")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="cycles")
    billing_cycle = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
