"""Emails to queue once NEXT Commerce confirms what they report."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Notification

from .subscription import Subscription


class PendingNotification(models.Model):
    """An email to queue as an `orders.Notification` once the change it reports is confirmed."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="pending_notifications")
    kind = models.CharField(_("kind"), max_length=20, choices=Notification.Kind)
    requested_at = models.DateTimeField(_("requested at"))
    # Of a skipped charge: when it was due, and how many renewals had been charged before it.
    charge_at = models.DateTimeField(null=True)
    cycle = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("pending notification")
        verbose_name_plural = _("pending notifications")
        ordering = ["requested_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription", "kind"], name="one_pending_notification_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subscription_id}"
