"""`/v1/invoices/{id}/payment_intent`: the payment intent that paid a subscription's first invoice."""

from typing import Literal, TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from checkout.models import PaymentIntent
from stores.api.base_views import StoreApiView
from stores.api.response_schemas import MoneyResponse, describe_endpoint, serialize_money
from stores.errors import NotFound
from subscriptions.invoices import find_invoice
from subscriptions.models import Invoice


class PaymentDetailsResponse(TypedDict):
    """Amounts captured and refunded."""

    amount_captured: MoneyResponse
    amount_refunded: MoneyResponse
    net_amount: MoneyResponse


class PaymentIntentResponse(TypedDict):
    """A payment intent that succeeded. Times are Unix seconds."""

    id: str
    object: Literal["payment_intent"]
    merchant_id: str
    merchant_name: str
    amount: MoneyResponse
    payment_details: PaymentDetailsResponse
    currency: str
    status: Literal["Confirmed"]
    payment_intent_status: Literal["Confirmed"]
    description: str
    livemode: bool
    metadata: dict[str, str]
    merchant_order_id: str
    receipt_email: str
    invoice: str
    subscription: str
    created: int
    updated: int


class InvoicePaymentIntentView(StoreApiView):
    """How an invoice was paid."""

    @describe_endpoint(
        operation_id="invoices_payment_intent",
        summary="Get the payment intent that paid an invoice",
        response=PaymentIntentResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        """Return the intent. Raises NotFound for renewals, which NEXT charges without one."""
        invoice = find_invoice(store=self.store, invoice_id=invoice_id)
        intents = PaymentIntent.objects.filter(
            order=invoice.order, status=PaymentIntent.Status.SUCCEEDED
        ).select_related("order")
        intent = intents.first() if invoice.order else None
        if intent is None:
            raise NotFound("NEXT Commerce charged this invoice automatically. It has no payment intent.")
        return Response(serialize_payment_intent(intent, invoice=invoice))


def serialize_payment_intent(intent: PaymentIntent, *, invoice: Invoice) -> PaymentIntentResponse:
    """Return the intent as the API shows it, with the amounts of its order."""
    order, store, currency = intent.order, invoice.store, intent.currency
    return {
        "id": intent.pk,
        "object": "payment_intent",
        "merchant_id": store.slug,
        "merchant_name": store.name,
        "amount": serialize_money(intent.amount, currency),
        "payment_details": {
            "amount_captured": serialize_money(order.total, currency),
            "amount_refunded": serialize_money(order.refunded_amount, currency),
            "net_amount": serialize_money(order.total - order.refunded_amount, currency),
        },
        "currency": currency,
        "status": "Confirmed",
        "payment_intent_status": "Confirmed",
        "description": order.number,
        "livemode": not order.is_test,
        "metadata": {},
        "merchant_order_id": order.number,
        "receipt_email": order.email,
        "invoice": invoice.pk,
        "subscription": invoice.subscription_id,
        "created": int(intent.created_at.timestamp()),
        "updated": int(intent.updated_at.timestamp()),
    }
