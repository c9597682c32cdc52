"""The payment intent: one attempt to have one order paid."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from stores.crypto import EncryptedTextField
from stores.ids import IdField
from stores.models import Store
from stores.payment_methods import LINK, PaymentMethod, get_payment_method
from wording.fields import SentenceField


class PaymentIntent(models.Model):
    """Committed before NEXT is called; only `checkout.payments.transitions` writes its status.

    created → redirected → processing | succeeded | declined | expired | review. A `created` intent without
    `sent_at` is queued: it waits for its turn to be sent. With `sent_at` but no `answered_at` it is unclear:
    NEXT may have created the order. With a method that settles later, NEXT has the order of a `processing`
    intent and awaits the money for days. Declined and expired intents may still succeed, because NEXT has the
    last word.
    """

    class Status(models.TextChoices):
        CREATED = "created", _("created")
        REDIRECTED = "redirected", _("at the payment page")
        PROCESSING = "processing", _("payment on its way")
        SUCCEEDED = "succeeded", _("succeeded")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        REVIEW = "review", _("in review")
        REFUNDED = "refunded", _("refunded after review")
        DISCARDED = "discarded", _("closed by staff")
        SETTLED_ELSEWHERE = "settled_elsewhere", _("settled elsewhere")

    OPEN = (Status.CREATED, Status.REDIRECTED, Status.PROCESSING)
    # A late payment can still settle intents in these states.
    UNPAID = (*OPEN, Status.DECLINED, Status.EXPIRED)

    id = IdField("pi")
    store = models.ForeignKey(Store, models.PROTECT, related_name="payment_intents", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="payment_intents")
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.CREATED)
    # Hash of the posted form: the same form posted twice is the same attempt.
    fingerprint = models.CharField(max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    # The order's fields and items as sent to NEXT. They are written back to the order if this is the
    # attempt that gets paid.
    snapshot = models.JSONField(default=dict)
    shopper_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    sent_at = models.DateTimeField(_("sent"), null=True)  # committed before the call is made
    answered_at = models.DateTimeField(_("answered"), null=True)
    # Anyone who knows it can open the payment page.
    payment_complete_url = EncryptedTextField(blank=True)
    # Written once. The time says whether a later answer is about the same NEXT order.
    next_order_number = models.CharField(_("NEXT Commerce number"), max_length=64, null=True, blank=True)
    next_created_at = models.DateTimeField(null=True)
    message = SentenceField(_("message to the shopper"))
    # NEXT declined it because of its discount code, which the shopper's next attempt must do without.
    is_code_refused = models.BooleanField(default=False)

    # How often NEXT was checked without a payment.
    check_count = models.PositiveIntegerField(_("checks"), default=0)
    checked_at = models.DateTimeField(_("checked"), null=True)
    next_check_at = models.DateTimeField(_("next check"), null=True)  # null: no check needed
    settled_at = models.DateTimeField(_("settled"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Not stored: NEXT didn't answer the check that this request has just made.
    waits_for_next = False

    class Meta:
        verbose_name = _("payment intent")
        verbose_name_plural = _("payment intents")
        ordering = ["-created_at", "-id"]
        constraints: ClassVar = [
            # A NEXT order pays for at most one intent.
            models.UniqueConstraint(fields=["store", "next_order_number"], name="next_order_pays_one_intent"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="succeeded"), name="one_success_for_an_order"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at", "-id"], name="intent_newest"),
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="intent_to_check",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_processing(self) -> bool:
        """Return True if the shopper has paid and NEXT awaits the money, which may take days."""
        return self.status == self.Status.PROCESSING

    @property
    def payment_method(self) -> PaymentMethod:
        """The method that the shopper chose. Needs `snapshot` loaded."""
        return get_payment_method(self.snapshot.get("order", {}).get("payment_method", LINK.code))

    @property
    def can_be_paid(self) -> bool:
        """Return True while NEXT can still change the outcome."""
        return self.status in self.UNPAID

    @property
    def age(self) -> float:
        """Return the seconds since the attempt was created."""
        return (timezone.now() - self.created_at).total_seconds()

    @property
    def is_queued(self) -> bool:
        """Return True if it waits for its turn to be sent: NEXT knows nothing of it."""
        return self.status == self.Status.CREATED and self.sent_at is None

    @property
    def is_unclear(self) -> bool:
        """Return True if it was sent without a usable response: NEXT may have created the order."""
        return self.status == self.Status.CREATED and self.sent_at is not None and self.answered_at is None
