"""Subscriptions and invoices: what the store charges again and again, and what each cycle came to."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.models.customer import Customer
from orders.models.order import Order
from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store


class Subscription(models.Model):
    """Born from a paid order's lines; says what the store's subscription says (`subscriptions.mirror`).

    What we want of it and the store has not done yet is `pending_action`: a state to be brought about, by whoever
    looks next. Never undone by a process that comes late.
    """

    class Status(models.TextChoices):
        """The API's words; there is none for a trial (X21)."""

        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        PAST_DUE = "past_due", _("past due")
        CANCELED = "canceled", _("canceled")

    class PendingAction(models.TextChoices):
        NONE = "", _("nothing")
        PAUSE = "pause", _("to be paused")
        RESUME = "resume", _("to go on")
        CANCEL = "cancel", _("to be canceled")
        WRITE_OFF = "write_off", _("a declined charge to be let go")

    class CancelReason(models.TextChoices):
        """The store's words for why one ends (3.7)."""

        QUALITY = "not_satisfied_with_product", _("Not satisfied with product quality")
        PRICE = "product_too_expensive", _("Product is too expensive")
        CHANGED_MIND = "cancel_recurring", _("Changed my mind")
        NOT_INTENDED = "unwanted_subscription", _("Did not intend to subscribe")
        DECLINED = "recurring_payment_declined", _("Recurring payment declined")
        DISPUTED = "disputed_cancel_recurring", _("Disputed")
        SCHEDULE_ENDED = "schedule_ended", _("Schedule ended")
        OTHER = "other", _("Another reason")

    id = IdField("sub")
    store = models.ForeignKey(Store, models.PROTECT, related_name="subscriptions", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="subscriptions", verbose_name=_("order"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="subscriptions", verbose_name=_("customer")
    )
    next_subscription_id = models.PositiveBigIntegerField(_("id in the store"))
    # [{next_line_id, next_variant_id, product_id, variant_id, name, title, quantity, price, terms}]:
    # `quantity` and `price` are the store's; `terms` are those it was sold on (`catalog.plan_snapshot`).
    # What is wanted of a line and not done yet is in `subscriptions.subscription_lines.PENDING_CHANGE_KEYS`.
    lines = models.JSONField(default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    next_status = models.CharField(_("status in the store"), max_length=32, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    shipping_price = models.DecimalField(_("delivery"), max_digits=12, decimal_places=2, default=Decimal(0))
    cycle = models.PositiveIntegerField(_("cycles charged"), default=0)  # the last; 0 is the first order
    next_renewal_at = models.DateTimeField(_("next charge"), null=True)
    period_start = models.DateTimeField(null=True)
    trial_end = models.DateTimeField(_("trial ends"), null=True)
    is_trial_end_synced = models.BooleanField(
        default=False
    )  # the store has moved its date to the trial's end
    paused_at = models.DateTimeField(_("paused"), null=True)
    paused_until = models.DateTimeField(_("paused until"), null=True)
    # When it would have been charged next, had it not been paused or declined.
    scheduled_renewal_at = models.DateTimeField(null=True)

    pending_action = models.CharField(
        _("asked for"), max_length=9, choices=PendingAction, default=PendingAction.NONE, blank=True
    )
    pending_pause_until = models.DateTimeField(null=True)  # of a pending pause
    # Cancelled when the period ends: paused at the store at once, so that nothing charges meanwhile.
    cancel_at_period_end = models.BooleanField(default=False)
    ends_at = models.DateTimeField(_("ends"), null=True)
    canceled_at = models.DateTimeField(_("ended"), null=True)
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)  # a CancelReason, or own words

    # [{kind, at, …}]: what was done and the subscriber was not told yet (`subscriptions.notifications`).
    pending_notifications = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    refresh_at = models.DateTimeField(null=True)  # when to look at the store's
    sync_error = models.CharField(_("what the store refused"), max_length=300, blank=True)
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
            models.Index(
                fields=["refresh_at"], condition=Q(refresh_at__isnull=False), name="subscription_to_refresh"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    def get_absolute_url(self) -> str:
        """The subscriber's page under its secret address."""
        return reverse(
            "subscriptions:subscription", args=[make_url_token(purpose="subscription", subject=self.pk)]
        )

    @property
    def main_line(self) -> dict[str, Any]:
        """The first line: a shopper chooses one plan at a time; {} until the store was asked."""
        return self.lines[0] if self.lines else {}

    @property
    def active_lines(self) -> list[dict[str, Any]]:
        """The lines without those that another has taken the place of."""
        return [line for line in self.lines if not line.get("to_remove")]

    @property
    def is_over(self) -> bool:
        return self.status == self.Status.CANCELED

    @property
    def is_in_trial(self) -> bool:
        return self.cycle == 0 and self.trial_end is not None and self.trial_end > self.store.now()


class Invoice(models.Model):
    """One cycle's bill: paid by the store's charge, or open while that is declined and tried again."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        PAID = "paid", _("paid")
        VOID = "void", _("void")
        UNCOLLECTIBLE = "uncollectible", _("uncollectible")

    id = IdField("in")
    store = models.ForeignKey(Store, models.PROTECT, related_name="invoices")
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="invoices", verbose_name=_("subscription")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="invoices", verbose_name=_("order")
    )
    cycle = models.PositiveIntegerField(_("cycle"))
    status = models.CharField(_("status"), max_length=13, choices=Status, default=Status.OPEN)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    attempt_count = models.PositiveIntegerField(_("tries"), default=0)
    next_order_number = models.CharField(max_length=64, blank=True)
    lines = models.JSONField(default=list)  # [{product_id, variant_id, name, title, quantity, price}]
    paid_at = models.DateTimeField(_("paid at"), null=True)
    voided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            # A void one stays void; its cycle may be charged later.
            models.UniqueConstraint(
                fields=["subscription", "cycle"], condition=~Q(status="void"), name="one_invoice_for_a_cycle"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-created_at", "-id"], name="invoice_newest"),
            models.Index(fields=["-created_at", "-id"], name="invoice_newest_of_all"),
            models.Index(fields=["next_order_number"], name="invoice_by_next_number"),
        ]

    def __str__(self) -> str:
        return self.id
