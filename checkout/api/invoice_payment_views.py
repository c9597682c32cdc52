"""`/v1/invoices/{id}/payment_intent`: the payment intent that paid a subscription's first invoice."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.models import PaymentIntent
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.fields import ConstantField, StringMapField, UnixTimeField
from stores.api.serializers import MoneyField, MoneyResponse, ResponseSerializer, represent_money
from stores.errors import NotFound
from subscriptions.invoices import find_invoice


class PaymentDetailsResponse(ResponseSerializer):
    """Amounts captured and refunded."""

    amount_captured = MoneyField("order.total")
    amount_refunded = MoneyField("order.refunded_amount")
    net_amount = MoneyResponse()

    def compute_net_amount(self, intent: PaymentIntent) -> dict[str, Any]:
        order = intent.order
        return represent_money(order.total - order.refunded_amount, intent.currency)


class PaymentIntentResponse(ResponseSerializer):
    """A payment intent that succeeded. Times are Unix seconds."""

    id = serializers.CharField()
    object = ConstantField("payment_intent")
    merchant_id = serializers.CharField(source="store.slug")
    merchant_name = serializers.CharField(source="store.name")
    amount = MoneyField("amount")
    payment_details = PaymentDetailsResponse(source="*")
    currency = serializers.CharField()
    status = ConstantField("Confirmed")
    payment_intent_status = ConstantField("Confirmed")
    description = serializers.CharField(source="order.number")
    livemode = serializers.BooleanField()
    metadata = StringMapField()
    merchant_order_id = serializers.CharField(source="order.number")
    receipt_email = serializers.CharField(source="order.email")
    invoice = serializers.CharField()
    subscription = serializers.CharField()
    created = UnixTimeField(source="created_at")
    updated = UnixTimeField(source="updated_at")

    def compute_livemode(self, intent: PaymentIntent) -> bool:
        return not intent.order.is_test

    def compute_metadata(self, intent: PaymentIntent) -> dict[str, str]:
        return {}

    def compute_invoice(self, intent: PaymentIntent) -> str:
        return self.context["invoice"].pk

    def compute_subscription(self, intent: PaymentIntent) -> str:
        return self.context["invoice"].subscription_id


class InvoicePaymentIntentView(StoreApiView):
    """How an invoice was paid."""

    @declare_endpoint(
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
        intent.store = invoice.store
        return self.respond(intent, invoice=invoice)
