"""The order's log: one line for each change, only ever added to."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class OrderEvent(models.Model):
    """What changed, by whom, and from which source."""

    class Source(models.TextChoices):
        SHOPPER = "shopper", _("shopper")
        RETURN = "return", _("return from payment")
        WEBHOOK = "webhook", _("webhook")
        RECONCILER = "reconciler", _("reconciler")
        STAFF = "staff", _("staff")
        API = "api", _("API")

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        EDITED = "edited", _("edited")
        VERIFICATION_REFUNDED = "verification_refunded", _("verification given back")
        REFUNDED = "refunded", _("refunded")
        CANCELED = "canceled", _("canceled")
        SHIPPED = "shipped", _("sent")
        FULFILLMENT = "fulfillment", _("fulfilment")
        UPSELL = "upsell", _("upsell")
        REVIEW = "review", _("to review")
        REVIEWED = "reviewed", _("review ended")
        NOTE = "note", _("note")
        NOTIFICATION = "notification", _("notification")
        REFUND_REQUESTED = "refund_requested", _("refund asked for")
        CANCEL_REQUESTED = "cancel_requested", _("cancelation asked for")
        VERIFICATION_REFUND_REQUESTED = "verification_refund_requested", _("verification to be given back")
        GONE = "gone", _("gone from the store")
        ERASED = "erased", _("erased")

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40, choices=Kind)
    text = models.CharField(max_length=500)
    source = models.CharField(max_length=12, choices=Source)
    actor = models.CharField(max_length=150, blank=True)  # a member of staff, or empty
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("log line")
        verbose_name_plural = _("log")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("The log is only added to.")
        super().save(*args, **kwargs)
