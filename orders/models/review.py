"""Reviews: what staff must decide about an order, one row for each reason."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from wording.fields import SentenceField

from .order import PAYMENT_REVIEW_KINDS, Order


class OrderReviewQuerySet(models.QuerySet["OrderReview"]):
    """Reviews, with the open ones apart."""

    def open(self) -> "OrderReviewQuerySet":
        """Return the reviews that staff haven't resolved."""
        return self.filter(resolved_at=None)


class OrderReview(models.Model):
    """One reason why staff must decide about an order. Open until somebody resolves it (`orders.reviews`).

    Order, kind, payment, NEXT order, and subject identify the reason.
    """

    class Kind(models.TextChoices):
        SOLD_OUT = "sold_out", _("sold out")
        PAYMENT_MISMATCH = "payment_mismatch", _("payment differs")
        DUPLICATE_PAYMENT = "duplicate_payment", _("paid twice")
        UNMARKED_ORDER = "unmarked_order", _("payment not identified")
        SECOND_NEXT_ORDER = "second_next_order", _("second order in NEXT Commerce")
        FOREIGN_ORDER = "foreign_order", _("another order in NEXT Commerce")
        UPSELL = "upsell", _("upsell")
        EXTRA_REFUND = "extra_refund", _("refunded more than requested")
        EXTRA_CHARGE = "extra_charge", _("charged more than was bought")
        REFUND_NOT_MADE = "refund_not_made", _("refund not made")
        REFUND_WITHDRAWN = "refund_withdrawn", _("refund no longer shown")
        PAYMENT_REQUEST = "payment_request", _("payment request")
        VERIFICATION_REFUND = "verification_refund", _("verification amount not refunded")

    class Resolution(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REFUNDED = "refunded", _("refunded")
        DISMISSED = "dismissed", _("closed")
        SETTLED_ELSEWHERE = "settled_elsewhere", _("settled elsewhere")

    # A payment that isn't applied to its order. Only a decision about the payment ends the review.
    PAYMENT_KINDS = PAYMENT_REVIEW_KINDS
    # What can happen again after staff resolved it. Other reports are repetitions of what they decided.
    RECURRING_KINDS = (Kind.FOREIGN_ORDER, Kind.VERIFICATION_REFUND, Kind.REFUND_WITHDRAWN)

    id = IdField("rev")
    order = models.ForeignKey(Order, models.CASCADE, related_name="reviews", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    text = SentenceField(_("reason"))
    payment_intent_id = models.CharField(_("payment"), max_length=40, blank=True)
    next_order_number = models.CharField(_("NEXT Commerce number"), max_length=64, blank=True)
    # Id of what else it is about, such as an upsell attempt; "" if there is nothing.
    subject_id = models.CharField(max_length=40, blank=True)
    amount_to_refund = models.DecimalField(
        _("to refund"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("closed at"), null=True)
    resolved_by = models.CharField(_("closed by"), max_length=150, blank=True)  # a staff username
    resolution = models.CharField(_("resolution"), max_length=20, choices=Resolution, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = OrderReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        # Who may view or change an order may view or close its reviews.
        default_permissions = ()
        ordering = ["-opened_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "kind", "payment_intent_id", "next_order_number", "subject_id"],
                condition=Q(resolved_at=None),
                name="one_open_review_for_a_reason",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["-opened_at", "-id"], name="review_newest"),
            models.Index(fields=["opened_at"], condition=Q(resolved_at=None), name="review_open"),
            models.Index(fields=["payment_intent_id"], name="review_by_payment"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def is_of_payment(self) -> bool:
        """Return True if only a decision about its payment can end it."""
        return self.kind in self.PAYMENT_KINDS
