from django.db import models

from .order import Customer, Order, amount_field
from .product_snapshot import ProductSnapshot
from .store import Store


class Subscription(models.Model):
    """Born from an order's lines; renewed by the store's clock."""

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
    # When the cycle that is charged next was due, while a retry has a date of its own.
    due_date = models.DateTimeField(null=True)
    retries = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    shipping_code = models.CharField(max_length=128, blank=True)
    shipping_price = amount_field()
    user = models.JSONField()
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    attribution = models.JSONField(default=dict)
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
    """An order of a subscription: 0 is the first, each renewal counts one up."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="cycles")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="cycles")
    billing_cycle = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
