"""Refunds: those that NEXT made, and our requests, saved before NEXT is called."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import sentences
from wording.fields import SentenceField
from wording.sentence import Sentence

from .order import Order

# The note that marks the refund of a verification amount in NEXT's list of refunds. Never translated.
VERIFICATION_REFUND_NOTE = "Verification amount given back"


class OrderRefund(models.Model):
    """A refund that NEXT lists for an order, as last mirrored. Deleted only by `orders.refund_correction`."""

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
        indexes: ClassVar = [
            models.Index(fields=["refunded_at"], name="refund_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id}"

    @property
    def is_verification(self) -> bool:
        """True if it gave back the verification amount of a free trial."""
        return self.note == VERIFICATION_REFUND_NOTE


class RefundRequest(models.Model):
    """One call that gives money back (S23, `nextcommerce.money_calls`). `OrderRefund` has what NEXT made."""

    class State(models.TextChoices):
        PENDING = "pending", _("being checked")  # sent, or about to be; it may have happened
        DONE = "done", _("done")
        REFUSED = "refused", _("not made")

    class Purpose(models.TextChoices):
        REFUND = "refund", _("refund")
        CANCEL = "cancel", _("cancellation")
        VERIFICATION = "verification", _("verification amount")
        # Of a payment in review, which isn't applied to its order.
        REVIEW = "review", _("payment in review")
        REVIEW_DIFFERENCE = "review_difference", _("difference of a payment in review")

    order = models.ForeignKey(Order, models.CASCADE, related_name="refund_requests")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.REFUND)
    # The payment in review that it refunds; "" if it is about the order's own payment.
    payment_intent_id = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    # Refunded before this request: NEXT's new sum tells whether the refund was made.
    refunded_before = models.DecimalField(max_digits=12, decimal_places=2)
    # It cancels the order, too.
    cancels = models.BooleanField(default=False)
    actor = models.CharField(max_length=150)
    note = models.CharField(max_length=300, blank=True)
    # What NEXT answered; null: nothing was heard. Neither ends the doubt.
    answer_status = models.PositiveSmallIntegerField(null=True)
    message = SentenceField()
    # From then on, a check that shows nothing means that it was not made.
    doubt_ends_at = models.DateTimeField()
    check_count = models.PositiveSmallIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)  # null: nothing to find out
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "payment_intent_id"],
                condition=Q(state="pending"),
                name="one_refund_of_an_order_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(purpose="verification") & ~Q(state="refused"),
                name="one_verification_refund_of_an_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="refund_to_check"
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id} ({self.state})"

    @property
    def is_in_doubt(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def answer(self) -> Sentence:
        """What NEXT answered, or, of a refund that wasn't made, that it knows nothing of it."""
        if self.message:
            return self.message
        return sentences.NO_RECORD_OF_REFUND.fill() if self.state == self.State.REFUSED else Sentence()
