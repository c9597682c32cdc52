"""API responses about invoices: amounts are strings, times Unix seconds."""

from rest_framework import serializers

from orders.models import Order
from stores.api.fields import AmountStringField, ConstantField, StringMapField, UnixTimeField
from stores.api.serializers import ResponseSerializer, make_list_response
from subscriptions.models import Invoice, InvoiceLine

INVOICE_STATUSES = Invoice.Status.values


class InvoiceLineResponse(ResponseSerializer):
    """One line of an invoice."""

    description = serializers.CharField()
    product_id = serializers.CharField(allow_null=True)
    variant_id = serializers.CharField(allow_null=True)
    product_name = serializers.CharField(source="name")
    variant_title = serializers.CharField(source="title")
    quantity = serializers.IntegerField()
    unit_amount = AmountStringField(source="price")
    amount = AmountStringField(source="total")
    currency = serializers.CharField(source="invoice.currency")

    def compute_product_id(self, line: InvoiceLine) -> str | None:
        return line.product_id or None

    def compute_variant_id(self, line: InvoiceLine) -> str | None:
        return line.variant_id or None


class InvoiceResponse(ResponseSerializer):
    """The invoice of one billing cycle. `due_date` is always null: NEXT Commerce charges automatically."""

    id = serializers.CharField()
    merchant_id = serializers.CharField(source="store.slug")
    merchant_name = serializers.CharField(source="store.name")
    subscription_id = serializers.CharField()
    customer_id = serializers.CharField(source="subscription.customer_id", allow_null=True)
    customer_email = serializers.CharField()
    customer_name = serializers.CharField()
    amount = AmountStringField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=INVOICE_STATUSES)
    billing_reason = serializers.ChoiceField(choices=("subscription_create", "subscription_cycle"))
    attempt_count = serializers.IntegerField()
    due_date = ConstantField(None)
    paid_at = UnixTimeField(allow_null=True)
    voided_at = UnixTimeField(allow_null=True)
    lines = InvoiceLineResponse(many=True)
    metadata = StringMapField()
    external_id = serializers.CharField(source="next_order_number")
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    subscription_product_name = serializers.CharField()
    subscription_product_variant = serializers.CharField()
    # Our additions.
    cycle_number = serializers.IntegerField()
    order_number = serializers.CharField(allow_null=True)

    def compute_customer_email(self, invoice: Invoice) -> str:
        return _purchase(invoice).email

    def compute_customer_name(self, invoice: Invoice) -> str:
        return _purchase(invoice).name

    def compute_billing_reason(self, invoice: Invoice) -> str:
        return "subscription_cycle" if invoice.cycle else "subscription_create"

    def compute_lines(self, invoice: Invoice) -> list[InvoiceLine]:
        return list(invoice.lines.all())

    def compute_metadata(self, invoice: Invoice) -> dict[str, str]:
        return {}

    def compute_subscription_product_name(self, invoice: Invoice) -> str:
        line = invoice.subscription.main_line
        return line.name if line else ""

    def compute_subscription_product_variant(self, invoice: Invoice) -> str:
        line = invoice.subscription.main_line
        return line.title if line else ""

    def compute_cycle_number(self, invoice: Invoice) -> int:
        return invoice.cycle + 1

    def compute_order_number(self, invoice: Invoice) -> str | None:
        return invoice.order.number if invoice.order else None


InvoiceListResponse = make_list_response(InvoiceResponse)


def _purchase(invoice: Invoice) -> Order:
    return invoice.order or invoice.subscription.order
