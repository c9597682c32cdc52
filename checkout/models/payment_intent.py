"""The payment intent: one attempt to have one order paid."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from stores.ids import IdField
from stores.models import Store


class PaymentIntent(models.Model):
    """Committed before the store is asked; moved only by conditional updates (`checkout.payments.settle`).

    created → redirected → succeeded | declined | expired | review. A `created` intent with `sent_at`
    and no `answered_at` is unclear: the store may have done it. Declined and expired may still become
    succeeded, since what the store says wins.
    """

    class Status(models.TextChoices):
        CREATED = "created", _("created")
        REDIRECTED = "redirected", _("at Link")
        SUCCEEDED = "succeeded", _("succeeded")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        REVIEW = "review", _("to review")
        REFUNDED = "refunded", _("refunded after review")
        DISCARDED = "discarded", _("closed by staff")

    OPEN = (Status.CREATED, Status.REDIRECTED)
    # From these a payment that comes late can still make the order.
    UNPAID = (*OPEN, Status.DECLINED, Status.EXPIRED)

    id = IdField("pi")
    store = models.ForeignKey(Store, models.PROTECT, related_name="payment_intents", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="payment_intents")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CREATED)
    # What was posted, hashed: the same form posted twice is the same attempt.
    fingerprint = models.CharField(max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    # What is asked of the store, as it was at this moment (S7): the order's fields and items, to be
    # written to the order again if this is the attempt that was paid.
    snapshot = models.JSONField(default=dict)
    shopper_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    sent_at = models.DateTimeField(_("sent"), null=True)  # committed before the call is made
    answered_at = models.DateTimeField(_("answered"), null=True)
    payment_complete_url = models.URLField(max_length=2000, blank=True)
    next_order_number = models.CharField(_("number in the store"), max_length=64, null=True, blank=True)
    message = models.CharField(_("said to the shopper"), max_length=300, blank=True)
    review_reason = models.CharField(_("to review"), max_length=300, blank=True)
    amount_to_refund = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))

    # How often the store had nothing to say of it.
    check_count = models.PositiveIntegerField(_("checks"), default=0)
    checked_at = models.DateTimeField(_("checked"), null=True)
    next_check_at = models.DateTimeField(_("next check"), null=True)  # null: nothing left to find out
    refund_requested_at = models.DateTimeField(null=True)  # committed before the store is asked to refund
    settled_at = models.DateTimeField(_("settled"), null=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("payment intent")
        verbose_name_plural = _("payment intents")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            # One NEXT order pays for one intent (facts 7.3).
            models.UniqueConstraint(fields=["store", "next_order_number"], name="next_order_pays_one_intent"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="succeeded"), name="one_success_for_an_order"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="intent_newest"),
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="intent_to_check",
            ),
            models.Index(fields=["created_at"], condition=Q(status="review"), name="intent_in_review"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def can_be_paid(self) -> bool:
        """True while the store's word can still change the outcome."""
        return self.status in self.UNPAID

    @property
    def age(self) -> float:
        """How many seconds ago the attempt was made."""
        return (timezone.now() - self.created_at).total_seconds()

    @property
    def is_unclear(self) -> bool:
        """Sent, and no answer that made sense: the store may have done it."""
        return self.status == self.Status.CREATED and self.sent_at is not None and self.answered_at is None
