"""The order's log: one line for each change, append-only."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from wording.fields import SentenceField

from .order import Order


class OrderEvent(models.Model):
    """A line of the log: what changed, who did it, and where the change came from."""

    class Source(models.TextChoices):
        SHOPPER = "shopper", _("shopper")
        RETURN = "return", _("return from payment")
        WEBHOOK = "webhook", _("webhook")
        RECONCILER = "reconciler", _("reconciler")
        STAFF = "staff", _("staff")
        API = "api", _("API")

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        PAYMENT_PENDING = "payment_pending", _("payment on its way")
        EDITED = "edited", _("edited")
        VERIFICATION_REFUNDED = "verification_refunded", _("verification amount refunded")
        REFUNDED = "refunded", _("refunded")
        CANCELED = "canceled", _("order canceled")
        SHIPPED = "shipped", _("shipped")
        FULFILLMENT = "fulfillment", _("fulfillment")
        PRICE_DIFFERENCE = "price_difference", _("charge differs from checkout")
        UPSELL = "upsell", _("upsell")
        REVIEW = "review", _("review opened")
        REVIEWED = "reviewed", _("review closed")
        NOTE = "note", _("note")
        NOTIFICATION = "notification", _("notification")
        REFUND_REQUESTED = "refund_requested", _("refund requested")
        CANCEL_REQUESTED = "cancel_requested", _("cancellation requested")
        VERIFICATION_REFUND_REQUESTED = "verification_refund_requested", _("verification refund requested")
        ADDRESS = "address", _("shipping address")
        GONE = "gone", _("not found in NEXT Commerce")
        WITHDRAWAL = "withdrawal", _("withdrawal")
        CONSENT = "consent", _("consent")
        CANCELLATION = "cancellation", _("cancellation of a contract")
        ERASED = "erased", _("personal data erased")

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40, choices=Kind)
    text = SentenceField()
    source = models.CharField(max_length=12, choices=Source)
    actor = models.CharField(max_length=150, blank=True)  # a staff username, or empty

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return str(self.text)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Log entries cannot be changed.")
        super().save(*args, **kwargs)
