"""The order: what a shopper bought in one checkout, as it was then."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs, Lower
from django.db.models.lookups import LessThan
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nextcommerce.statuses import NextFulfillmentStatus
from stores.crypto import make_url_token
from stores.ids import IdField
from stores.models import Store, TaxMode
from stores.payment_methods import LINK, get_payment_method
from stores.search import SearchTextField

from .customer import Customer
from .order_address import OrderAddress
from .order_tag import OrderTag

# Kinds of `OrderReview` about a payment that isn't applied to its order.
PAYMENT_REVIEW_KINDS = ("payment_mismatch", "duplicate_payment", "unmarked_order")
# Prefix of the checkout key of an order created by a renewal instead of a checkout.
RENEWAL_KEY_PREFIX = "renewal-"
# Whether all items have shipped is checked item by item (`orders.unshipped_items`).
ORDERS_TO_SHIP = Q(status__in=["Paid", "Shipping", "Partially refunded"]) & ~Q(
    next_fulfillment_status=NextFulfillmentStatus.FULFILLED.value
)
# What an order's total is, as the database checks.
SUM_OF_PARTS = (
    F("items_total") - F("discount_total") + F("shipping_total") + F("tax_total") + F("adjustment_total")
)


class Order(models.Model):
    """A purchase: Pending at checkout, then mirrored from its NEXT order once paid (`orders.mirror`)."""

    class Status(models.TextChoices):
        PENDING = "Pending", _("Pending")
        PAID = "Paid", _("Paid")
        SHIPPING = "Shipping", _("Shipped")
        PARTIALLY_REFUNDED = "Partially refunded", _("Partially refunded")
        REFUNDED = "Refunded", _("Refunded")
        CANCELED = "Canceled", _("Canceled")

    # Something of such an order may still be to ship.
    TO_SHIP_STATUSES = (Status.PAID, Status.SHIPPING, Status.PARTIALLY_REFUNDED)

    id = IdField("ord")
    store = models.ForeignKey(Store, models.PROTECT, related_name="orders", verbose_name=_("store"))
    number = models.CharField(_("number"), max_length=20)  # ORD-2026-00001, counted per store and year
    # INV-2026-00001: allocated when the order is paid, and kept.
    invoice_number = models.CharField(_("invoice number"), max_length=20, blank=True, editable=False)
    external_id = models.CharField(_("external ID"), max_length=20, unique=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PENDING)
    # Identifies the shopper's purchase: payment attempts with the same key pay for the same order.
    checkout_key = models.CharField(max_length=64)

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="orders")
    email = models.EmailField(_("email"))
    name = models.CharField(_("name"), max_length=255)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(max_length=10, default="en")
    # Where it is taxed: where it ships, or else where the shopper is. An ISO 3166-1 alpha-2 code, and a state
    # if the country has any.
    tax_country = models.CharField(max_length=2, blank=True)
    tax_state = models.CharField(max_length=255, blank=True)
    accepts_marketing = models.BooleanField(default=False)

    currency = models.CharField(max_length=3)
    items_total = models.DecimalField(max_digits=12, decimal_places=2)  # before discounts
    discount_total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    shipping_total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    # Tax added to the prices; 0 if prices include it.
    tax_total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    # Tax contained in the prices, which is no part of the sum.
    included_tax_total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    # What NEXT's total has beyond its own parts: edits that it doesn't itemize.
    adjustment_total = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    # False while tax or discounts are to be calculated at payment and NEXT's total isn't known yet.
    is_total_final = models.BooleanField(default=True)
    # The parts of the total as shown at checkout: {discount_total, shipping_total, tax_total,
    # included_tax_total}, as decimal text, and the `tax_mode` of the place. Unlike the columns, they
    # never change by what NEXT answers.
    shown_parts = models.JSONField(default=dict)
    # The discount code that the shopper used.
    discount_code = models.CharField(_("discount code"), max_length=128, blank=True)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    refunded_amount = models.DecimalField(_("refunded"), max_digits=12, decimal_places=2, default=Decimal(0))
    # Since when NEXT shows less than `refunded_amount` at every check (`orders.refund_correction`).
    shows_less_refunded_since = models.DateTimeField(null=True)
    # The part of the total that was charged only to verify the payment of a free trial. It is refunded.
    verification_amount = models.DecimalField(
        _("verification amount"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    # When to refund it or to try again; null: nothing to do.
    verification_refund_due_at = models.DateTimeField(null=True)
    verification_refunded_at = models.DateTimeField(_("verification amount refunded at"), null=True)
    shipping_code = models.CharField(max_length=128, blank=True)
    shipping_method = models.CharField(_("shipping method"), max_length=128, blank=True)

    # The code of the method that the shopper chose (`stores.payment_methods`).
    payment_method = models.CharField(_("payment method"), max_length=20, default=LINK.code)
    # When NEXT got the order of a payment that settles days later; null: never.
    payment_pending_at = models.DateTimeField(_("payment started"), null=True)

    # Kept after the payment link is deleted (R107, X42).
    payment_link_id = models.CharField(_("payment link"), max_length=40, blank=True)
    # How the shopper came, as it was then: {payment_link: {id, url, product_id, metadata, and what follows
    # payment}, attribution: {utm_source: …}, named as in the Admin API}.
    origin = models.JSONField(default=dict, blank=True)
    # {customer_id, provider, channel_metadata, order_id, issued_by, return_url} of the shopper's
    # ephemeral token; {} without one (R112 to R116)
    channel = models.JSONField(default=dict, blank=True)

    # What the shopper answered to the link's questions (`orders.answers`).
    answers = models.JSONField(_("answers"), default=list, blank=True)

    # The NEXT order as last mirrored.
    next_order_number = models.CharField(_("NEXT Commerce number"), max_length=64, null=True, blank=True)
    # What else identifies it (`orders.next_order_identity`), as first seen. Only `orders.sync` writes these
    # and the number, once.
    next_mark = models.CharField(max_length=40, blank=True)
    next_created_at = models.DateTimeField(null=True)
    next_currency = models.CharField(max_length=3, blank=True)
    next_status = models.CharField(max_length=32, blank=True)
    next_payment_status = models.CharField(max_length=32, blank=True)
    next_fulfillment_status = models.CharField(max_length=32, blank=True)
    next_updated_at = models.DateTimeField(null=True)
    order_status_url = models.URLField(max_length=500, blank=True)
    supports_upsells = models.BooleanField(default=False)
    mirrored_at = models.DateTimeField(null=True)
    # Whether NEXT was asked to ship to another address (`orders.address_changes`).
    awaits_address = models.BooleanField(default=False)
    # When to refresh it from NEXT; null: never.
    refresh_at = models.DateTimeField(null=True)

    tags = models.ManyToManyField(OrderTag, related_name="orders", blank=True, verbose_name=_("tags"))
    is_test = models.BooleanField(_("test order"), default=False)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    # Searched by `orders.search`, with a trigram index on PostgreSQL.
    search_text = SearchTextField(sources=("number", "name", "email"))

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-created_at", "-id"]
        # Beside Django's own, of which `change_order` is for everything else on an order's page.
        permissions: ClassVar = [
            ("note_order", "Can add notes to orders"),
            ("refund_order", "Can refund orders"),
            ("cancel_order", "Can cancel orders"),
            ("export_order", "Can export orders"),
            ("open_customer_page", "Can open customers' own pages, where their orders can be changed"),
        ]
        constraints: ClassVar = [
            # SQLite calculates with binary fractions: an exact comparison would refuse some right sums.
            models.CheckConstraint(
                condition=LessThan(Abs(F("total") - SUM_OF_PARTS), Decimal("0.005")),
                name="order_total_is_the_sum_of_its_parts",
            ),
            models.UniqueConstraint(fields=["store", "number"], name="order_number_once_in_a_store"),
            models.UniqueConstraint(
                fields=["store", "invoice_number"],
                condition=~Q(invoice_number=""),
                name="invoice_number_once_in_a_store",
            ),
            models.UniqueConstraint(fields=["store", "checkout_key"], name="one_order_for_a_checkout"),
            models.UniqueConstraint(
                fields=["store", "next_order_number"], name="next_order_belongs_to_one_order"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-created_at", "-id"], name="order_newest"),
            models.Index(fields=["store", "status", "-created_at", "-id"], name="order_by_status"),
            models.Index(
                fields=["refresh_at"], condition=Q(refresh_at__isnull=False), name="order_to_refresh"
            ),
            models.Index(
                fields=["verification_refund_due_at"],
                condition=Q(verification_refund_due_at__isnull=False),
                name="order_to_refund_verification",
            ),
            # The admin lists all stores together. The included columns let PostgreSQL answer searches that
            # the trigram index cannot from this index alone, newest first.
            models.Index(
                fields=["-created_at", "-id"],
                include=["store", "status", "is_test", "search_text"],
                name="order_newest_of_all",
            ),
            models.Index(
                fields=["next_order_number"],
                condition=Q(next_order_number__isnull=False),
                name="order_by_next_number",
            ),
            # Does another store have this number (X16)?
            models.Index(fields=["number"], name="order_by_number"),
            models.Index("store", Lower("email"), name="order_by_email"),
            models.Index(fields=["-created_at", "-id"], condition=ORDERS_TO_SHIP, name="order_to_ship"),
            # Days that aren't added up yet (`orders.reports`).
            models.Index(
                fields=["store", "paid_at"], condition=Q(paid_at__isnull=False), name="order_by_payment"
            ),
            models.Index(fields=["payment_link_id", "-created_at", "-id"], name="order_by_link"),
            models.Index(fields=["tax_country", "-created_at", "-id"], name="order_by_country"),
            models.Index(fields=["-created_at", "-id"], condition=Q(is_test=True), name="order_test"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Return the path of the status page, with its secret token."""
        return reverse("orders:status", args=[make_url_token(purpose="order-status", subject=self.pk)])

    @property
    def payment_link_details(self) -> dict[str, Any]:
        """The payment link it was bought through, as it was then; {} without one."""
        return self.origin.get("payment_link", {})

    @property
    def attribution(self) -> dict[str, str]:
        """Where the shopper came from, such as `utm_source`."""
        return self.origin.get("attribution", {})

    def get_shown_part(self, name: str) -> Decimal:
        """Return a part of the total as shown at checkout, or 0 if nothing was shown."""
        return Decimal(self.shown_parts.get(name, 0))

    @property
    def is_paid(self) -> bool:
        """True once the order was paid, even if it was refunded later."""
        return self.paid_at is not None

    @property
    def is_payment_pending(self) -> bool:
        """True while the order is placed and its payment is on its way: it may still fail."""
        return self.payment_pending_at is not None and self.status == self.Status.PENDING

    @property
    def payment_method_label(self) -> str:
        """What people call the payment method."""
        return get_payment_method(self.payment_method).label

    @property
    def is_renewal(self) -> bool:
        """True if a renewal of a subscription created it."""
        return self.checkout_key.startswith(RENEWAL_KEY_PREFIX)

    @property
    def net_total(self) -> Decimal:
        """What the shopper has paid in the end: the total without what was refunded."""
        return self.total - self.refunded_amount

    @property
    def is_tax_added(self) -> bool:
        """Return True if tax was added to its prices, and so will be to those of its renewals."""
        return bool(self.tax_total) or self.shown_parts.get("tax_mode") == TaxMode.ADDED

    @property
    def is_in_review(self) -> bool:
        """True while staff must decide something about it. Costs a query."""
        return self.reviews.filter(resolved_at=None).exists()

    @property
    def payment_resolution(self) -> str:
        """How staff ended the last review of a payment; "" without one. Costs a query."""
        closed = self.reviews.exclude(resolved_at=None).filter(kind__in=PAYMENT_REVIEW_KINDS)
        return closed.order_by("-resolved_at").values_list("resolution", flat=True).first() or ""

    @property
    def is_erased(self) -> bool:
        """True once the personal data was erased. Every other order has an email."""
        return not self.email

    @property
    def has_shipped(self) -> bool:
        """True once any of it has shipped, even if it was refunded later."""
        return NextFulfillmentStatus(self.next_fulfillment_status).has_shipped or any(
            shipment.has_shipped for shipment in self.shipments.all()
        )

    @property
    def shipping_address(self) -> OrderAddress | None:
        """Where it ships to, or None if nothing ships."""
        return self._find_address(OrderAddress.Kind.SHIPPING)

    @property
    def requested_address(self) -> OrderAddress | None:
        """Where the shopper wants it to ship to instead, until NEXT has it; None mostly."""
        return self._find_address(OrderAddress.Kind.REQUESTED) if self.awaits_address else None

    @property
    def billing_address(self) -> OrderAddress | None:
        """Who is billed, or None if that was erased or never known."""
        return self._find_address(OrderAddress.Kind.BILLING)

    def _find_address(self, kind: str) -> OrderAddress | None:
        return next((address for address in self.addresses.all() if address.kind == kind), None)
