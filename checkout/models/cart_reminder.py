"""A cart that a shopper left in the checkout and asked to be reminded of."""

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from orders.models import Contact, Order
from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store

RESTORE_PURPOSE = "restore-cart"


class CartReminder(models.Model):
    """One email about one cart (`checkout.cart_reminders`): waiting, then sent and watched for an order.

    One that ends without an email is deleted.
    """

    # An order that the address pays this soon after the email counts as recovered.
    RECOVERY_PERIOD = datetime.timedelta(days=7)

    id = IdField("crm")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    checkout_key = models.CharField(max_length=64)  # of the checkout that was left
    # What was chosen: a query string for each line of a cart, or that of the checkout's address.
    selections = models.TextField(max_length=8000)
    is_cart = models.BooleanField()
    digest = models.CharField(max_length=64)  # of the selections, which are deleted in time
    # When to remind, then when to look for an order; null: done.
    due_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    recovered_order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contact"], condition=Q(reminded_at=None), name="one_waiting_reminder_for_a_contact"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="cart_reminder_due"),
            models.Index(fields=["store", "reminded_at"], name="cart_reminder_sent"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def queries(self) -> list[str]:
        return self.selections.splitlines()

    def make_token(self) -> str:
        """Return the secret part of the address that restores the cart."""
        return make_url_token(purpose=RESTORE_PURPOSE, subject=self.pk)
