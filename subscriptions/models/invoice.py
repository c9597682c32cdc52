"""The invoice of each billing cycle."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from stores.ids import IdField
from stores.models import Store

from .subscription import Subscription


class Invoice(models.Model):
    """The invoice of one billing cycle: paid by its charge, or open while the charge is declined."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        PAID = "paid", _("paid")
        VOID = "void", _("void")
        UNCOLLECTIBLE = "uncollectible", _("uncollectible")

    # The charge was declined, and hasn't succeeded.
    FAILED = (Status.OPEN, Status.UNCOLLECTIBLE)

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
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    next_order_number = models.CharField(max_length=64, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    voided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            # A void invoice stays void, and its cycle may be charged later.
            models.UniqueConstraint(
                fields=["subscription", "cycle"], condition=~Q(status="void"), name="one_invoice_for_a_cycle"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-created_at", "-id"], name="invoice_newest"),
            models.Index(fields=["-created_at", "-id"], name="invoice_newest_of_all"),
            models.Index(fields=["next_order_number"], name="invoice_by_next_number"),
            models.Index(
                fields=["store", "created_at"],
                include=["subscription"],
                condition=Q(status__in=["open", "uncollectible"]),
                name="invoice_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def lines_total(self) -> Decimal:
        """Return the lines' total, without shipping and added tax."""
        return sum((line.total for line in self.lines.all()), Decimal(0))


class InvoiceLine(models.Model):
    """A line of an invoice: a snapshot of what was charged."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    product_id = models.CharField(max_length=40, blank=True)
    variant_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(_("product"), max_length=200)
    title = models.CharField(_("variant"), max_length=300, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.description}"

    @property
    def description(self) -> str:
        return ", ".join(filter(None, [self.name, self.title]))

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity
