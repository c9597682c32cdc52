"""The outbox: notifications to shoppers, written down with the change that they tell of."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import Order


class Notification(models.Model):
    """One notification about an order. `key` names what it tells, so that it is told once (S2, S18)."""

    class Kind(models.TextChoices):
        """What it tells; `orders.email_kinds` has how each is built, whichever app it is of."""

        CONFIRMATION = "confirmation", _("confirmation")
        SHIPPED = "shipped", _("shipped")
        LINKS = "links", _("ways to the orders")
        INVOICE = "invoice", _("invoice")
        SUBSCRIBED = "subscribed", _("subscription begun")
        PAUSED = "paused", _("subscription paused")
        RESUMED = "resumed", _("subscription resumed")
        SKIPPED = "skipped", _("charge left out")
        CHANGED = "changed", _("subscription changed")
        CANCELED = "canceled", _("subscription to end")
        CANCEL_REVOKED = "cancel_revoked", _("subscription kept")
        ENDED = "ended", _("subscription ended")
        TRIAL_ENDS = "trial_ends", _("trial ends")
        PRICE_CHANGES = "price_changes", _("price changes")
        CHARGE_FAILED = "charge_failed", _("charge failed")

    order = models.ForeignKey(Order, models.CASCADE, related_name="notifications", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Id of what it is about, read by the builder of its kind: a subscription, an invoice; "" for the order.
    subject_id = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict)  # what it tells, as it was when it was written down
    key = models.CharField(max_length=60)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True)  # null: sent, or given up
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_error = models.CharField(_("what failed"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="notification_key_once_in_an_order")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="notification_newest"),
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="notification_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id}"
