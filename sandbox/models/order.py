"""Orders and what belongs to them: customers, lines, fulfillments, refunds and transactions."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.db import models

from sandbox.money import ZERO

from .base import ProductSnapshot, amount_field
from .store import Store


def generate_secret() -> str:
    return secrets.token_urlsafe(24)


class Customer(models.Model):
    """Identified by email: later orders with the same email belong to the same customer."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers")
    email = models.EmailField()
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    phone_number = models.CharField(max_length=32, null=True)
    language = models.CharField(max_length=8, null=True)
    ip = models.CharField(max_length=64, null=True)
    user_agent = models.TextField(null=True)
    accepts_marketing = models.BooleanField(default=False)
    date_joined = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "email"], name="one_customer_for_an_email")]


class Order(models.Model):
    """A purchase. Its states are the wire values of the Admin API."""

    class Status(models.TextChoices):
        OPEN = "open"
        ARCHIVED = "archived"
        CANCELED = "canceled"

    class PaymentStatus(models.TextChoices):
        PENDING = "pending"
        AUTHORIZED = "authorized"
        PAID = "paid"
        PARTIALLY_PAID = "partially_paid"
        PARTIALLY_REFUNDED = "partially_refunded"
        REFUNDED = "refunded"
        VOIDED = "voided"

    class FulfillmentStatus(models.TextChoices):
        NOT_REQUIRED = "not_required"
        UNFULFILLED = "unfulfilled"
        ON_HOLD = "on_hold"
        REJECTED = "rejected"
        PROCESSING = "processing"
        FULFILLED = "fulfilled"
        INCOMPLETE = "incomplete"

    class Source(models.TextChoices):
        ADMIN_API = "admin_api"
        SUBSCRIPTION = "subscription"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="orders")
    number = models.CharField(max_length=32)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=100, default=Status.OPEN)
    payment_status = models.CharField(max_length=32)
    fulfillment_status = models.CharField(max_length=32, default=FulfillmentStatus.UNFULFILLED)
    source = models.CharField(max_length=32, default=Source.ADMIN_API)
    is_test = models.BooleanField(default=False)
    supports_upsells = models.BooleanField(default=True)
    currency = models.CharField(max_length=3)
    shipping_code = models.CharField(max_length=128, blank=True)
    shipping_method = models.CharField(max_length=128, blank=True)
    shipping_price = amount_field()
    shipping_discount = amount_field()
    shipping_excl_tax = amount_field()
    shipping_incl_tax = amount_field()
    shipping_tax_lines = models.JSONField(default=list)
    discounts = models.JSONField(default=list)
    # With tax, when it was placed: edits and upsells do not change it.
    placed_total = amount_field()
    user = models.JSONField()
    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    attribution = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    payment_method = models.CharField(max_length=32)
    payment_details = models.JSONField(default=dict)
    secret = models.CharField(max_length=64, default=generate_secret, unique=True)
    date_placed = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="one_order_for_a_number")]

    def touch(self, *fields: str) -> None:
        """Save ``fields`` and move ``updated_at`` forward, even within one tick of the clock."""
        self.updated_at = max(self.store.now(), self.updated_at + timedelta(microseconds=1))
        self.save(update_fields=[*fields, "updated_at"])


class DiscountUse(models.Model):
    """A coupon, by its case-folded code, or an offer that took something off an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="discount_uses")
    code = models.CharField(max_length=128, blank=True, db_index=True)
    offer_id = models.PositiveIntegerField(null=True)


class OrderTag(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="tags")
    tag = models.CharField(max_length=255, db_index=True)

    class Meta:
        ordering = ["id"]


class OrderLine(ProductSnapshot):
    """``price_*`` cover the whole line (unit price times quantity), after discounts."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    quantity = models.PositiveIntegerField()
    removed = models.PositiveIntegerField(default=0)
    refunded = models.PositiveIntegerField(default=0)
    fulfilled = models.PositiveIntegerField(default=0)
    unit_price = amount_field()
    total_discount = amount_field()
    price_excl_tax = amount_field()
    price_incl_tax = amount_field()
    tax_lines = models.JSONField(default=list)
    is_upsell = models.BooleanField(default=False)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    @property
    def kept_quantity(self) -> int:
        """Units still sold: those that no edit removed."""
        return self.quantity - self.removed

    @property
    def current_quantity(self) -> int:
        """Units the customer keeps: neither removed nor refunded."""
        return max(self.kept_quantity - self.refunded, 0)

    @property
    def unfulfilled_quantity(self) -> int:
        """Units the customer keeps that no parcel holds yet."""
        return max(self.current_quantity - self.fulfilled, 0)


class OrderNote(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes")
    message = models.TextField()
    date_created = models.DateTimeField()


class Fulfillment(models.Model):
    """One parcel. ``lines`` is ``[{"line_id": int, "quantity": int}]``."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="fulfillments")
    lines = models.JSONField()
    tracking_code = models.CharField(max_length=128, blank=True)
    tracking_link = models.TextField(blank=True)
    tracking_carrier = models.CharField(max_length=128, blank=True)
    delivery_status = models.CharField(max_length=32, null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Refund(models.Model):
    """``lines`` and ``adjustments`` are stored in the shape of the published Refund."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    note = models.TextField(blank=True)
    lines = models.JSONField(default=list)
    adjustments = models.JSONField(default=list)
    return_excl_tax = amount_field()
    return_incl_tax = amount_field()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Transaction(models.Model):
    """An attempt to move money. Money moved if it succeeded and is neither a test nor external."""

    class Type(models.TextChoices):
        AUTHORIZE = "authorize"
        DEBIT = "debit"
        REFUND = "refund"
        VOID = "void"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="transactions")
    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="transactions")
    refund = models.ForeignKey(Refund, null=True, on_delete=models.CASCADE, related_name="transactions")
    subscription = models.ForeignKey(
        "Subscription", null=True, on_delete=models.CASCADE, related_name="transactions"
    )
    billing_cycle = models.PositiveIntegerField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    type = models.CharField(max_length=16, choices=Type.choices)
    succeeded = models.BooleanField()
    amount = amount_field()
    currency = models.CharField(max_length=3)
    payment_method = models.CharField(max_length=32)
    external_id = models.CharField(max_length=64, default=generate_secret)
    response_code = models.PositiveIntegerField(default=1000)
    gateway = models.JSONField(default=dict)
    is_external = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    statement_descriptor = models.CharField(max_length=22, null=True)
    date_created = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    @property
    def refundable_amount(self) -> Decimal:
        """The part of this charge that has not been refunded."""
        if self.type != self.Type.DEBIT or not self.succeeded:
            return ZERO
        refunds = self.children.filter(type=self.Type.REFUND, succeeded=True)
        return self.amount - sum((refund.amount for refund in refunds), ZERO)
