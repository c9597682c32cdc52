"""Subscriptions: what we know of them, and the change of state that NEXT Commerce hasn't confirmed."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nextcommerce.statuses import NextSubscriptionStatus
from orders.models.customer import Customer
from orders.models.order import Order
from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store
from wording.fields import SentenceField

if TYPE_CHECKING:
    from .subscription_line import SubscriptionLine


class Subscription(models.Model):
    """A subscription started by a paid order, mirrored from NEXT Commerce (`subscriptions.mirror`).

    `pending_action` is a state we want and NEXT Commerce hasn't confirmed yet. Any process may send it
    (`subscriptions.sync`), and one that runs late never undoes it.
    """

    class Status(models.TextChoices):
        """The statuses of our API. A trial has no status of its own (X21)."""

        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        PAST_DUE = "past_due", _("past due")
        CANCELED = "canceled", _("canceled")

    class PendingAction(models.TextChoices):
        """A change that NEXT Commerce hasn't confirmed yet."""

        NONE = "", _("none")
        PAUSE = "pause", _("pause")
        RESUME = "resume", _("resume")
        CANCEL = "cancel", _("cancel")
        WRITE_OFF = "write_off", _("write off declined charge")

    class CancelReason(models.TextChoices):
        """NEXT Commerce's cancellation reasons."""

        QUALITY = "not_satisfied_with_product", _("Not happy with the product")
        PRICE = "product_too_expensive", _("Too expensive")
        CHANGED_MIND = "cancel_recurring", _("Changed my mind")
        NOT_INTENDED = "unwanted_subscription", _("Didn't mean to subscribe")
        DECLINED = "recurring_payment_declined", _("Renewal payment declined")
        DISPUTED = "disputed_cancel_recurring", _("Payment disputed")
        SCHEDULE_ENDED = "schedule_ended", _("Fixed term ended")
        OTHER = "other", _("Other reason")

    id = IdField("sub")
    store = models.ForeignKey(Store, models.PROTECT, related_name="subscriptions", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="subscriptions", verbose_name=_("order"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="subscriptions", verbose_name=_("customer")
    )
    next_subscription_id = models.PositiveBigIntegerField(_("NEXT Commerce subscription ID"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    next_status = models.CharField(_("NEXT Commerce status"), max_length=32, blank=True)
    # How often NEXT Commerce renews it; "" and 0 if not known.
    next_interval = models.CharField(max_length=5, blank=True)
    next_interval_count = models.PositiveSmallIntegerField(default=0)
    currency = models.CharField(_("currency"), max_length=3)
    shipping_price = models.DecimalField(_("shipping"), max_digits=12, decimal_places=2, default=Decimal(0))
    # What its active lines cost each month, for sums of many. Written by `subscriptions.monthly_amounts`.
    monthly_amount = models.DecimalField(max_digits=24, decimal_places=6, default=Decimal(0), editable=False)
    cycle = models.PositiveIntegerField(_("renewals charged"), default=0)  # of the last; 0 is the first order
    next_renewal_at = models.DateTimeField(_("next charge"), null=True)
    period_start = models.DateTimeField(null=True)
    trial_end = models.DateTimeField(_("trial ends"), null=True)
    # Whether NEXT Commerce's next charge was moved to the end of the trial.
    is_trial_end_synced = models.BooleanField(default=False)
    paused_at = models.DateTimeField(_("paused at"), null=True)
    paused_until = models.DateTimeField(_("paused until"), null=True)
    # The next charge as it would be without the pause or the declined charge.
    scheduled_renewal_at = models.DateTimeField(null=True)

    pending_action = models.CharField(
        _("pending change"), max_length=9, choices=PendingAction, default=PendingAction.NONE, blank=True
    )
    pending_pause_until = models.DateTimeField(null=True)  # end of a pending pause
    # Canceled when the period ends. Until then it is paused at NEXT Commerce, so nothing is charged.
    cancel_at_period_end = models.BooleanField(default=False)
    ends_at = models.DateTimeField(_("ends at"), null=True)
    canceled_at = models.DateTimeField(_("ended at"), null=True)
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)  # a CancelReason or free text

    # A running subscription of the same person to the same plan, when this one started.
    duplicate_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="duplicates",
        verbose_name=_("possible duplicate of"),
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    # The call that NEXT Commerce accepted without showing its effect, how often, and when to send it again.
    unconfirmed_call = models.CharField(max_length=100, blank=True)
    unconfirmed_call_count = models.PositiveSmallIntegerField(default=0)
    resend_at = models.DateTimeField(null=True)
    refresh_at = models.DateTimeField(null=True)  # when to sync next
    sync_error = SentenceField(_("sync error"))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "next_subscription_id"], name="next_subscription_once_in_a_store"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-created_at", "-id"], name="subscription_newest"),
            models.Index(fields=["-created_at", "-id"], name="subscription_newest_of_all"),
            # Figures of the admin's home page. They are answered by the indexes alone.
            models.Index(
                fields=["store", "status"],
                include=["order", "monthly_amount"],
                condition=Q(status__in=["active", "past_due"]),
                name="subscription_running",
            ),
            models.Index(
                fields=["store", "canceled_at"],
                condition=Q(canceled_at__isnull=False),
                name="subscription_ended",
            ),
            models.Index(
                fields=["refresh_at"], condition=Q(refresh_at__isnull=False), name="subscription_to_refresh"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def get_absolute_url(self) -> str:
        """Return the path of the subscriber's page, which contains a secret token."""
        return reverse(
            "subscriptions:subscription", args=[make_url_token(purpose="subscription", subject=self.pk)]
        )

    @property
    def main_line(self) -> "SubscriptionLine | None":
        """Return the first line, which is the only one for most subscriptions; None before the first sync."""
        return next(iter(self.lines.all()), None)

    @property
    def active_lines(self) -> "list[SubscriptionLine]":
        """Return the lines, without those that another line replaces."""
        return [line for line in self.lines.all() if line.is_active]

    @property
    def next_state(self) -> NextSubscriptionStatus:
        return NextSubscriptionStatus(self.next_status)

    @property
    def is_seen(self) -> bool:
        """Return True once NEXT Commerce has shown the subscription; it may take a moment to know it."""
        return bool(self.next_status)

    @property
    def is_over(self) -> bool:
        return self.status == self.Status.CANCELED

    @property
    def ends_soon(self) -> bool:
        """Return True if it was canceled and runs until its period ends."""
        return self.cancel_at_period_end and not self.is_over

    @property
    def has_period_ended(self) -> bool:
        """Return True once a cancellation at the end of the period is due."""
        return self.ends_at is not None and self.ends_at <= self.store.now()

    @property
    def is_in_trial(self) -> bool:
        return self.cycle == 0 and self.trial_end is not None and self.trial_end > self.store.now()
