"""Contract notices: statements by which consumers withdraw from a contract, or cancel it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .order import Order


class ContractNotice(models.Model):
    """A statement as its sender confirmed it. It is evidence: the text never changes.

    Saved before anything is done about it (`orders.contract_notices`). A withdrawal ends no contract and
    refunds nothing by itself: staff decide, and mark it as handled. A cancellation ends the subscription that
    it names beyond doubt (`subscriptions.cancellations`); staff handle the others.
    """

    class Kind(models.TextChoices):
        """What its sender wants."""

        WITHDRAWAL = "withdrawal", _("withdrawal")
        CANCELLATION = "cancellation", _("cancellation")

    id = IdField("cnt")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    store = models.ForeignKey(Store, models.PROTECT, related_name="contract_notices", verbose_name=_("store"))
    # Of one page, so that a statement sent twice is saved once.
    key = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=200)
    contract = models.CharField(_("contract"), max_length=500)
    items = models.TextField(_("items"), max_length=2000, blank=True)  # "": the whole contract
    # A contract that is canceled for cause may end before its period does.
    is_for_cause = models.BooleanField(_("for cause"), default=False)
    cause = models.TextField(_("cause"), max_length=2000, blank=True)
    # The day on which a canceled contract should end; null: as soon as it can.
    ends_on = models.DateField(_("requested end"), null=True)
    email = models.EmailField(_("email"), max_length=254)
    language = models.CharField(max_length=10, default="en")
    received_at = models.DateTimeField(_("received at"))
    # Only if the sender had the order's secret address, or knew both its number and its email.
    order = models.ForeignKey(
        Order, models.SET_NULL, null=True, related_name="notices", verbose_name=_("order")
    )
    # Id of the subscription that it cancels, of an app above; "": none, or not known.
    subscription_id = models.CharField(max_length=40, blank=True, db_index=True)
    # When the canceled contract ends, as the acknowledgment says; null: not known.
    ends_at = models.DateTimeField(_("contract ends"), null=True)
    is_late = models.BooleanField(_("late"), default=False)
    # When to look for its order and queue its emails, or to look again; null: done.
    process_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)  # when its emails were queued
    resolved_at = models.DateTimeField(_("handled at"), null=True)
    resolved_by = models.CharField(_("handled by"), max_length=150, blank=True)  # staff; "": the shop itself

    class Meta:
        verbose_name = _("withdrawal or cancellation")
        verbose_name_plural = _("withdrawals and cancellations")
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("handle_contractnotice", "Can mark withdrawals and cancellations as handled")
        ]
        ordering = ["-received_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "key"], name="contract_notice_once_from_a_page")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="contract_notice_newest"),
            models.Index(
                fields=["kind", "received_at"], condition=Q(resolved_at=None), name="contract_notice_open"
            ),
            models.Index(
                fields=["process_at"],
                condition=Q(process_at__isnull=False),
                name="contract_notice_to_process",
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

    @property
    def is_cancellation(self) -> bool:
        return self.kind == self.Kind.CANCELLATION
