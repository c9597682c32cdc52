"""What happens to an order after it was made (3.4, 3.5)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox import refunds
from sandbox.catalog import BIGGEST, MoneyField, Row
from sandbox.models import Note, Order
from sandbox.money import ZERO, text
from sandbox.serializers.common import picture, when
from sandbox.serializers.fulfillments import fulfilment_json
from sandbox.serializers.orders import order_json
from sandbox.serializers.payments import refund_json
from sandbox.upsells import add_and_charge
from sandbox.webhook_events import emit
from sandbox.write_lock import writing

from .order_views import OrdersView
from .pagination import page
from .serializers import LineSerializer, PaymentDetailSerializer


class AddLineItemsSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True, allow_empty=False)
    payment_details = PaymentDetailSerializer(required=False, allow_null=True)


class CancelSerializer(serializers.Serializer[Any]):
    cancel_reason = serializers.CharField()
    full_refund = serializers.BooleanField(default=False)
    send_cancel_notification = serializers.BooleanField(default=True)


class RefundLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    quantity = serializers.IntegerField(min_value=0, max_value=BIGGEST)
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


class RefundSerializer(CalculateRefundSerializer):
    transactions = RefundTransactionSerializer(many=True)
    note = serializers.CharField(default="", allow_blank=True)
    send_refund_notification = serializers.BooleanField(default=True)

    def validate_refund_lines(self, value: list[Row]) -> list[Row]:
        if any("restock_type" not in row for row in value):
            raise serializers.ValidationError({"restock_type": ["This field is required."]})
        return value


class NoteSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class ActionView(OrdersView):
    def checked(self, serializer_class: type[serializers.Serializer[Any]]) -> Row:
        serializer = serializer_class(data=self.request.data, context={"catalogue": self.catalogue})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def shown(self, number: str) -> Response:
        return Response(order_json(self.order(number)))


class AddLineItems(ActionView):
    """Answers 200, not 201."""

    operations = {"POST": "ordersAddLineItemsCreate"}

    def post(self, request: Request, number: str) -> Response:
        wanted = self.checked(AddLineItemsSerializer)
        add_and_charge(order=self.order(number), wanted=wanted)
        return self.shown(number)


class Cancel(ActionView):
    operations = {"POST": "ordersCancelCreate"}

    def post(self, request: Request, number: str) -> Response:
        wanted = self.checked(CancelSerializer)
        refunds.cancel(
            order=self.order(number),
            reason=wanted["cancel_reason"],
            full_refund=wanted["full_refund"],
        )
        return self.shown(number)


class CalculateRefund(ActionView):
    operations = {"POST": "ordersRefundCalculateCreate"}

    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        wanted = self.checked(CalculateRefundSerializer)
        plan = refunds.plan_refund(order=order, wanted=wanted)
        allotted = refunds.allot(order=order, amount=plan.incl)
        return Response(
            {
                "amount_excl_tax": text(plan.excl),
                "amount_incl_tax": text(plan.incl),
                "currency": order.currency,
                "refund_lines": [_calculated_line(part) for part in plan.lines],
                "refund_shipping": _calculated_shipping(order, plan),
                "total_tax": text(plan.incl - plan.excl),
                "transactions": [
                    {
                        "amount": text(amount),
                        "gateway_id": charge.gateway["id"],
                        "gateway_name": charge.gateway["name"],
                        "id": charge.pk,
                        "payment_method": charge.payment_method,
                        "refundable_amount": text(charge.refundable),
                        "type": charge.type,
                    }
                    for charge, amount in allotted
                ],
            }
        )


def _calculated_line(part: refunds.Part) -> Row:
    line = part.line
    assert line is not None
    return {
        "amount_excl_tax": text(part.excl),
        "amount_incl_tax": text(part.incl),
        "line_id": line.pk,
        "product_id": line.product_id,
        "product_image": picture(line.image),
        "product_title": line.product_title,
        "product_url": picture(line.image),
        "quantity": part.quantity,
        "refundable_quantity": line.current_quantity,
        "restock_type": part.restock,
        "sku": line.sku,
        "total_tax": text(part.incl - part.excl),
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }


def _calculated_shipping(order: Order, plan: refunds.Plan) -> Row:
    part = plan.shipping
    left = max(order.shipping_excl_tax - refunds.refunded_shipping(order), ZERO)
    return {
        "amount_excl_tax": text(part.excl),
        "amount_incl_tax": text(part.incl),
        "currency": order.currency,
        "refundable_amount": text(left),
        "shipping_code": order.shipping_code,
        "shipping_method": order.shipping_method,
        "total_tax": text(part.incl - part.excl),
    }


class Refund(ActionView):
    operations = {"POST": "ordersRefundCreate"}

    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        wanted = self.checked(RefundSerializer)
        with writing():
            plan = refunds.plan_refund(order=order, wanted=wanted)
            made = refunds.refund(order=order, plan=plan, amounts=wanted["transactions"], note=wanted["note"])
        return Response(refund_json(made))


class Notes(ActionView):
    operations = {"GET": "ordersNotesList", "POST": "ordersNotesCreate"}

    def get(self, request: Request, number: str) -> Response:
        return page(
            request=request,
            rows=Note.objects.filter(order=self.order(number)),
            store=self.store,
            show=self.note_json,
        )

    def post(self, request: Request, number: str) -> Response:
        order = self.order(number)
        message = self.checked(NoteSerializer)["message"]
        with writing():
            note = order.notes.create(message=message, date_created=self.store.now())
            emit(store=self.store, event="order.updated", subject=order)
        return Response(self.note_json(note))

    def note_json(self, note: Note) -> Row:
        moment = when(note.date_created, self.store)
        return {
            "app": {"client_id": "sandbox", "name": "Sandbox app"},
            "author": {"id": 1, "email": None, "first_name": "", "last_name": ""},
            "date_created": moment,
            "date_updated": moment,
            "id": note.pk,
            "message": note.message,
        }


class Fulfilments(ActionView):
    """A plain list: the description shows no pages here."""

    operations = {"GET": "ordersFulfillmentsRetrieve"}

    def get(self, request: Request, number: str) -> Response:
        return Response([fulfilment_json(row) for row in self.order(number).fulfilments.all()])
