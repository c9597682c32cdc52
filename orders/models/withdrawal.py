"""Withdrawals: statements by which consumers in the EU withdraw from a contract."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .order import Order


class Withdrawal(models.Model):
    """A statement as its sender confirmed it. It is evidence: the text never changes.

    Saved before anything is done about it (`orders.withdrawals`). It ends no contract and refunds nothing
    by itself: staff decide, and mark it as handled.
    """

    id = IdField("wdr")
    store = models.ForeignKey(Store, models.PROTECT, related_name="withdrawals", verbose_name=_("store"))
    # Of one review page, so that a statement sent twice is saved once.
    key = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=200)
    contract = models.CharField(_("contract"), max_length=500)
    items = models.TextField(_("items"), max_length=2000, blank=True)  # "": the whole contract
    email = models.EmailField(_("email"), max_length=254)
    language = models.CharField(max_length=10, default="en")
    received_at = models.DateTimeField(_("received at"))
    # Only if the sender had the order's secret address, or knew both its number and its email.
    order = models.ForeignKey(
        Order, models.SET_NULL, null=True, related_name="withdrawals", verbose_name=_("order")
    )
    is_late = models.BooleanField(_("late"), default=False)
    # When to look for its order and queue its emails; null: done.
    process_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(_("handled at"), null=True)
    resolved_by = models.CharField(_("handled by"), max_length=150, blank=True)  # a staff username

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        default_permissions = ("view",)
        permissions: ClassVar = [("handle_withdrawal", "Can mark withdrawals as handled")]
        ordering = ["-received_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "key"], name="withdrawal_once_for_a_review_page")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="withdrawal_newest"),
            models.Index(fields=["received_at"], condition=Q(resolved_at=None), name="withdrawal_open"),
            models.Index(
                fields=["process_at"], condition=Q(process_at__isnull=False), name="withdrawal_to_process"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_erased(self) -> bool:
        """Return False: it is evidence, which no erasure takes."""
        return False

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None
