"""Payments on the hosted page."""

from django.db import models

from .order import Order
from .store import Store


class HostedPayment(models.Model):
    """A payment that waits for its shopper. Paying it creates the order."""

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        DECLINED = "declined"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="payments")
    token = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    return_url = models.TextField()
    is_test = models.BooleanField(default=False)
    payload = models.JSONField(help_text="The validated body of ordersCreate.")
    quote = models.JSONField(help_text="The prices at the time of ordersCreate.")
    order = models.OneToOneField(Order, null=True, on_delete=models.CASCADE, related_name="payment")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
