"""The outbox: emails to shoppers, saved with what they report."""

from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models import Store

from .contact import Contact
from .contract_notice import ContractNotice
from .order import Order
from .payment_request import PaymentRequest


def has_one_of(*names: str) -> models.Q:
    """Return the condition that exactly one of the foreign keys is set."""
    return reduce(or_, (models.Q(**{f"{other}__isnull": other != name for other in names}) for name in names))


class Notification(models.Model):
    """One email about an order, a payment request, or a contract notice, or to a contact without these.

    `key` identifies what it reports, so that it is sent once (S2, S18).
    """

    class Kind(models.TextChoices):
        """What it reports. `orders.email_kinds` has the builder of each kind."""

        CONFIRMATION = "confirmation", _("confirmation")
        UPDATED = "updated", _("order updated")
        CONTRACT = "contract", _("contract documents")
        CONFIRM_MARKETING = "confirm_marketing", _("newsletter sign-up to confirm")
        RENEWAL = "renewal", _("renewal")
        SHIPPED = "shipped", _("shipped")
        SIGN_IN = "sign_in", _("sign-in link")
        INVOICE = "invoice", _("invoice")
        SUBSCRIBED = "subscribed", _("subscription started")
        SUBSCRIBED_TWICE = "subscribed_twice", _("subscribed twice")
        PAUSED = "paused", _("subscription paused")
        RESUMED = "resumed", _("subscription resumed")
        SKIPPED = "skipped", _("charge skipped")
        CHANGED = "changed", _("subscription changed")
        CANCELED = "canceled", _("subscription canceled")
        CANCEL_REVOKED = "cancel_revoked", _("cancellation undone")
        ENDED = "ended", _("subscription ended")
        TRIAL_ENDS = "trial_ends", _("trial ends")
        PRICE_CHANGES = "price_changes", _("price changes")
        RENEWS = "renews", _("long period renews")
        YEARLY = "yearly", _("yearly reminder")
        CHARGE_FAILED = "charge_failed", _("charge failed")
        REQUEST = "request", _("payment request")
        REQUEST_REMINDER = "request_reminder", _("reminder to pay")
        WITHDRAWAL = "withdrawal", _("withdrawal received")
        CANCELLATION = "cancellation", _("cancellation received")
        CONFIRM_ALERT = "confirm_alert", _("stock alert to confirm")
        BACK_IN_STOCK = "back_in_stock", _("back in stock")
        CART_REMINDER = "cart_reminder", _("cart reminder")

    class State(models.TextChoices):
        """What became of it."""

        SENT = "sent", _("Sent")
        WAITING = "waiting", _("Waiting to be sent")
        FAILED = "failed", _("Not delivered")

    order = models.ForeignKey(
        Order, models.CASCADE, null=True, related_name="notifications", verbose_name=_("order")
    )
    payment_request = models.ForeignKey(
        PaymentRequest, models.CASCADE, null=True, related_name="notifications"
    )
    notice = models.ForeignKey(ContractNotice, models.CASCADE, null=True, related_name="notifications")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Id of the subscription, invoice, or parcel it is about, read by the builder of its kind; "" for the
    # order.
    subject_id = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict)  # what it reports, as of when it was queued
    key = models.CharField(max_length=60)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt at"), null=True)  # null: sent, or given up
    sent_at = models.DateTimeField(_("sent at"), null=True)
    last_error = models.CharField(_("error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="notification_key_once_in_an_order"),
            models.UniqueConstraint(
                fields=["payment_request", "key"], name="notification_key_once_in_a_request"
            ),
            models.UniqueConstraint(fields=["notice", "key"], name="notification_key_once_in_a_notice"),
            models.UniqueConstraint(fields=["contact", "key"], name="notification_key_once_for_a_contact"),
            models.CheckConstraint(
                condition=has_one_of("order", "payment_request", "notice", "contact"),
                name="notification_has_one_subject",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="notification_newest"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(sent_at=None, next_try_at=None),
                name="notification_failed",
            ),
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="notification_to_send",
            ),
        ]

    def __str__(self) -> str:
        owner = self.order_id or self.payment_request_id or self.notice_id or self.contact_id
        return f"{self.kind} of {owner}"

    @property
    def subject(self) -> Order | PaymentRequest | ContractNotice | Contact:
        """What it is about, and so its recipient's email, name, and language."""
        subject = self.order or self.payment_request or self.notice or self.contact
        assert subject is not None
        return subject

    @property
    def known_order(self) -> Order:
        """The order it is about. Emails about requests have none."""
        assert self.order is not None
        return self.order

    @property
    def known_request(self) -> PaymentRequest:
        """The payment request it is about. Emails about orders have none."""
        assert self.payment_request is not None
        return self.payment_request

    @property
    def known_contact(self) -> Contact:
        """The contact it is to. Only emails about no order have one."""
        assert self.contact is not None
        return self.contact

    @property
    def store(self) -> Store:
        return self.subject.store

    @property
    def state(self) -> str:
        """Whether it was sent, waits, or could not be delivered."""
        if self.sent_at:
            return self.State.SENT
        return self.State.WAITING if self.next_try_at else self.State.FAILED
