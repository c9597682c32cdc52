"""API responses about invoices: amounts are strings, times Unix seconds."""

from typing import Any, Literal, TypedDict, cast

from stores.api.response_schemas import to_unix_seconds
from subscriptions.models import Invoice, InvoiceLine


class InvoiceLineResponse(TypedDict):
    """One line of an invoice."""

    description: str
    product_id: str | None
    variant_id: str | None
    product_name: str
    variant_title: str
    quantity: int
    unit_amount: str
    amount: str
    currency: str


class InvoiceResponse(TypedDict):
    """The invoice of one billing cycle. `due_date` is always null: NEXT Commerce charges automatically."""

    id: str
    merchant_id: str
    merchant_name: str
    subscription_id: str
    customer_id: str | None
    customer_email: str
    customer_name: str
    amount: str
    currency: str
    status: Literal["open", "paid", "void", "uncollectible"]
    billing_reason: Literal["subscription_create", "subscription_cycle"]
    attempt_count: int
    due_date: None
    paid_at: int | None
    voided_at: int | None
    lines: list[InvoiceLineResponse]
    metadata: dict[str, str]
    external_id: str
    created_at: int
    updated_at: int
    subscription_product_name: str
    subscription_product_variant: str
    # Our additions.
    cycle_number: int
    order_number: str | None


def serialize_invoice(invoice: Invoice) -> InvoiceResponse:
    """Serialize an invoice loaded by `subscriptions.invoices.list_invoices`."""
    subscription = invoice.subscription
    order, main_line = invoice.order or subscription.order, subscription.main_line
    return {
        "id": invoice.pk,
        "merchant_id": invoice.store.slug,
        "merchant_name": invoice.store.name,
        "subscription_id": subscription.pk,
        "customer_id": subscription.customer_id,
        "customer_email": order.email,
        "customer_name": order.name,
        "amount": str(invoice.amount),
        "currency": invoice.currency,
        "status": cast(Any, invoice.status),
        "billing_reason": "subscription_cycle" if invoice.cycle else "subscription_create",
        "attempt_count": invoice.attempt_count,
        "due_date": None,
        "paid_at": to_unix_seconds(invoice.paid_at),
        "voided_at": to_unix_seconds(invoice.voided_at),
        "lines": [serialize_invoice_line(line, currency=invoice.currency) for line in invoice.lines.all()],
        "metadata": {},
        "external_id": invoice.next_order_number,
        "created_at": int(invoice.created_at.timestamp()),
        "updated_at": int(invoice.updated_at.timestamp()),
        "subscription_product_name": main_line.name if main_line else "",
        "subscription_product_variant": main_line.title if main_line else "",
        "cycle_number": invoice.cycle + 1,
        "order_number": invoice.order.number if invoice.order else None,
    }


def serialize_invoice_line(line: InvoiceLine, *, currency: str) -> InvoiceLineResponse:
    return {
        "description": line.description,
        "product_id": line.product_id or None,
        "variant_id": line.variant_id or None,
        "product_name": line.name,
        "variant_title": line.title,
        "quantity": line.quantity,
        "unit_amount": str(line.price),
        "amount": str(line.total),
        "currency": currency,
    }
