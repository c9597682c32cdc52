"""What happens to an order after its creation: upsells, refunds, cancellation, notes, fulfillments."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox import refunds
from sandbox.catalog import MAX_INTEGER, JsonObject, MoneyField
from sandbox.models import Order, OrderNote, exclusive_transaction
from sandbox.money import format_decimal
from sandbox.nonsense import distort_calculated_refund, distort_refund
from sandbox.serializers.common import build_image_url, format_store_datetime
from sandbox.serializers.fulfillments import serialize_order_fulfillment
from sandbox.serializers.payments import serialize_order_refund
from sandbox.upsells import add_and_charge_lines
from sandbox.webhook_events import schedule_webhook_deliveries

from .order_views import AdminApiOrderView
from .pagination import paginate_rows
from .request_serializers import OrderLineSerializer, OrderPaymentDetailsSerializer


class AddLineItemsSerializer(serializers.Serializer[Any]):
    lines = OrderLineSerializer(many=True, allow_empty=False)
    payment_details = OrderPaymentDetailsSerializer(required=False, allow_null=True)


class CancelOrderSerializer(serializers.Serializer[Any]):
    cancel_reason = serializers.CharField()
    full_refund = serializers.BooleanField(default=False)
    send_cancel_notification = serializers.BooleanField(default=True)


class RefundLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    quantity = serializers.IntegerField(min_value=0, max_value=MAX_INTEGER)
    restock_type = serializers.ChoiceField(choices=("cancel", "no_restock", "return"), required=False)


class RefundShippingSerializer(serializers.Serializer[Any]):
    full_refund = serializers.BooleanField(default=False)
    amount_excl_tax = MoneyField(required=False, min_value=0)


class CalculateRefundSerializer(serializers.Serializer[Any]):
    refund_lines = RefundLineSerializer(many=True, required=False)
    refund_shipping = RefundShippingSerializer(required=False)


class RefundTransactionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    amount = MoneyField()
    is_external = serializers.BooleanField(default=False)


class CreateRefundSerializer(CalculateRefundSerializer):
    transactions = RefundTransactionSerializer(many=True)
    note = serializers.CharField(default="", allow_blank=True)
    send_refund_notification = serializers.BooleanField(default=True)

    def validate_refund_lines(self, value: list[JsonObject]) -> list[JsonObject]:
        if any("restock_type" not in row for row in value):
            raise serializers.ValidationError({"restock_type": ["This field is required."]})
        return value


class CreateNoteSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class AdminApiOrderActionView(AdminApiOrderView):
    def validate_body(self, serializer_class: type[serializers.Serializer[Any]]) -> JsonObject:
        serializer = serializer_class(data=self.request.data, context={"catalog": self.catalog})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class AdminApiAddLineItemsView(AdminApiOrderActionView):
    """Returns 200, not 201."""

    operations = {"POST": "ordersAddLineItemsCreate"}

    def post(self, request: Request, number: str) -> Response:
        payload = self.validate_body(AddLineItemsSerializer)
        add_and_charge_lines(order=self.get_order(number), payload=payload)
        return self.build_order_response(number)


class AdminApiCancelOrderView(AdminApiOrderActionView):
    operations = {"POST": "ordersCancelCreate"}

    def post(self, request: Request, number: str) -> Response:
        payload = self.validate_body(CancelOrderSerializer)
        refunds.cancel_unfulfilled_order(
            order=self.get_order(number),
            reason=payload["cancel_reason"],
            full_refund=payload["full_refund"],
        )
        return self.build_order_response(number)


class AdminApiCalculateRefundView(AdminApiOrderActionView):
    operations = {"POST": "ordersRefundCalculateCreate"}

    def post(self, request: Request, number: str) -> Response:
        order = self.get_order(number)
        payload = self.validate_body(CalculateRefundSerializer)
        plan = refunds.plan_refund(order=order, payload=payload)
        allocations = refunds.allocate_to_charges(order=order, amount=plan.incl_tax)
        calculation: JsonObject = {
            "amount_excl_tax": format_decimal(plan.excl_tax),
            "amount_incl_tax": format_decimal(plan.incl_tax),
            "currency": order.currency,
            "refund_lines": [_serialize_calculated_line(part) for part in plan.lines],
            "refund_shipping": _serialize_calculated_shipping(order, plan),
            "total_tax": format_decimal(plan.incl_tax - plan.excl_tax),
            "transactions": [
                {
                    "amount": format_decimal(amount),
                    "gateway_id": charge.gateway["id"],
                    "gateway_name": charge.gateway["name"],
                    "id": charge.pk,
                    "payment_method": charge.payment_method,
                    "refundable_amount": format_decimal(charge.refundable_amount),
                    "type": charge.type,
                }
                for charge, amount in allocations
            ],
        }
        return Response(distort_calculated_refund(calculation, self.store.switches["nonsense"]))


def _serialize_calculated_line(part: refunds.RefundPart) -> JsonObject:
    line = part.line
    assert line is not None
    return {
        "amount_excl_tax": format_decimal(part.excl_tax),
        "amount_incl_tax": format_decimal(part.incl_tax),
        "line_id": line.pk,
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "product_url": build_image_url(line.image),
        "quantity": part.quantity,
        "refundable_quantity": line.current_quantity,
        "restock_type": part.restock,
        "sku": line.sku,
        "total_tax": format_decimal(part.incl_tax - part.excl_tax),
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }


def _serialize_calculated_shipping(order: Order, plan: refunds.RefundPlan) -> JsonObject:
    part = plan.shipping
    left, _ = refunds.get_refundable_shipping(order)
    return {
        "amount_excl_tax": format_decimal(part.excl_tax),
        "amount_incl_tax": format_decimal(part.incl_tax),
        "currency": order.currency,
        "refundable_amount": format_decimal(left),
        "shipping_code": order.shipping_code,
        "shipping_method": order.shipping_method,
        "total_tax": format_decimal(part.incl_tax - part.excl_tax),
    }


class AdminApiRefundOrderView(AdminApiOrderActionView):
    operations = {"POST": "ordersRefundCreate"}

    def post(self, request: Request, number: str) -> Response:
        order = self.get_order(number)
        payload = self.validate_body(CreateRefundSerializer)
        with exclusive_transaction():
            plan = refunds.plan_refund(order=order, payload=payload)
            refund = refunds.create_refund(
                order=order, plan=plan, amounts=payload["transactions"], note=payload["note"]
            )
        return Response(distort_refund(serialize_order_refund(refund), self.store.switches["nonsense"]))


class AdminApiOrderNoteListView(AdminApiOrderActionView):
    operations = {"GET": "ordersNotesList", "POST": "ordersNotesCreate"}

    def get(self, request: Request, number: str) -> Response:
        return paginate_rows(
            request=request,
            rows=OrderNote.objects.filter(order=self.get_order(number)),
            store=self.store,
            serialize=self.serialize_note,
        )

    def post(self, request: Request, number: str) -> Response:
        order = self.get_order(number)
        message = self.validate_body(CreateNoteSerializer)["message"]
        with exclusive_transaction():
            note = order.notes.create(message=message, date_created=self.store.now())
            schedule_webhook_deliveries(store=self.store, event="order.updated", subject=order)
        return Response(self.serialize_note(note))

    def serialize_note(self, note: OrderNote) -> JsonObject:
        moment = format_store_datetime(note.date_created, self.store)
        return {
            "app": {"client_id": "sandbox", "name": "Sandbox app"},
            "author": {"id": 1, "email": None, "first_name": "", "last_name": ""},
            "date_created": moment,
            "date_updated": moment,
            "id": note.pk,
            "message": note.message,
        }


class AdminApiFulfillmentListView(AdminApiOrderActionView):
    """A plain list: the API description has no pagination here."""

    operations = {"GET": "ordersFulfillmentsRetrieve"}

    def get(self, request: Request, number: str) -> Response:
        return Response(
            [serialize_order_fulfillment(row) for row in self.get_order(number).fulfillments.all()]
        )
