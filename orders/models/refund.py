"""Refunds: those that NEXT made, and our requests, saved before NEXT is called."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .order import Order

# The note that marks the refund of a verification amount in NEXT's list of refunds. Never translated.
VERIFICATION_REFUND_NOTE = "Verification amount given back"


class OrderRefund(models.Model):
    """A refund that NEXT lists for an order, as last mirrored. It is never deleted."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="refunds")
    next_refund_id = models.PositiveBigIntegerField(null=True)  # null: NEXT sent no id
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.TextField(blank=True)
    refunded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "next_refund_id"], name="refund_once_in_an_order")
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id}"

    @property
    def is_verification(self) -> bool:
        """True if it gave back the verification amount of a free trial."""
        return self.note == VERIFICATION_REFUND_NOTE


class RefundRequest(models.Model):
    """One refund requested from NEXT (S23). `OrderRefund` says what was refunded."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")  # sent, or about to be; it may have happened
        DONE = "done", _("done")
        REFUSED = "refused", _("rejected")

    order = models.ForeignKey(Order, models.CASCADE, related_name="refund_requests")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    # Refunded before this request. After a lost response, NEXT's new sum tells whether the refund was made.
    refunded_before = models.DecimalField(max_digits=12, decimal_places=2)
    actor = models.CharField(max_length=150)
    note = models.CharField(max_length=300, blank=True)
    message = models.CharField(max_length=300, blank=True)
    # The automatic refund of a verification amount.
    is_verification = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="pending"), name="one_refund_of_an_order_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(is_verification=True) & ~Q(state="refused"),
                name="one_verification_refund_of_an_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id} ({self.state})"
