"""Payment requests: what staff asked one person to pay, by email."""

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import PaymentLink
from stores.ids import IdField
from stores.models import Store
from stores.search import SearchTextField

from .customer import Customer
from .order import Order


class PaymentRequest(models.Model):
    """A payment link for one payment, and whom its address was sent to. See `orders.payment_requests`.

    The link says what is sold, at what price, and until when.
    """

    class Reminder(models.TextChoices):
        """From when `reminder_days` are counted."""

        NONE = "none", _("Never")
        BEFORE = "before", _("Days before it expires")
        AFTER = "after", _("Days after it is sent")

    id = IdField("preq")
    store = models.ForeignKey(Store, models.PROTECT, related_name="payment_requests", verbose_name=_("store"))
    link = models.OneToOneField(PaymentLink, models.PROTECT, related_name="payment_request")
    # The form that made it: the same form posted twice makes one request.
    form_key = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payment_requests")
    # Empty once the recipient's data was erased, as are title, reference, and note.
    email = models.EmailField(_("email"), blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("title"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    # Of the items, without shipping and added tax.
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    reminder = models.CharField(_("reminder"), max_length=8, choices=Reminder, default=Reminder.NONE)
    reminder_days = models.PositiveSmallIntegerField(_("days"), default=0)

    # The order whose payment paid it, written once, by a conditional update.
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="payment_request")
    paid_at = models.DateTimeField(_("paid at"), null=True)
    canceled_at = models.DateTimeField(_("canceled at"), null=True)
    created_by = models.CharField(_("created by"), max_length=150)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    search_text = SearchTextField(sources=("title", "reference", "name", "email"))

    class Meta:
        verbose_name = _("payment request")
        verbose_name_plural = _("payment requests")
        default_permissions = ("add", "change", "view")
        permissions: ClassVar = [("export_paymentrequest", "Can export payment requests")]
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(order=None, paid_at=None) | Q(order__isnull=False, paid_at__isnull=False),
                name="paid_request_has_its_order",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-created_at", "-id"], name="payment_request_newest")]

    def __str__(self) -> str:
        return self.title or self.pk

    def get_admin_url(self) -> str:
        return reverse("admin:orders_paymentrequest_change", args=[self.pk])

    @property
    def is_erased(self) -> bool:
        """True once the recipient's data was erased. Every other request has an email."""
        return not self.email

    @property
    def expires_at(self) -> datetime.datetime:
        """The end of the last day on which it can be paid; needs `link` loaded."""
        assert self.link.expires_at is not None
        return self.link.expires_at
