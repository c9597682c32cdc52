"""The control API of what comes after the sale: edits, the clock, deliveries, subscriptions."""

from datetime import timedelta

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import clock
from sandbox.models import Order, Store, WebhookDelivery
from sandbox.serializers.common import format_store_datetime
from sandbox.serializers.orders import serialize_full_order
from sandbox.serializers.subscriptions import serialize_full_subscription

from . import merchant_actions
from .request_serializers import AdvanceClockSerializer, OrderEditSerializer


class ControlOrderEditView(APIView):
    def post(self, request: Request, name: str, number: str) -> Response:
        order = get_object_or_404(Order.objects.select_related("store"), store__name=name, number=number)
        serializer = OrderEditSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        merchant_actions.apply_merchant_edits(order=order, payload=dict(serializer.validated_data))
        return Response(serialize_full_order(Order.objects.select_related("store").get(pk=order.pk)))


class ControlClockView(APIView):
    """The store's own time. It only ever goes forward."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response({"now": format_store_datetime(store.now(), store)})

    def post(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        serializer = AdvanceClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        step = timedelta(seconds=given["advance_seconds"], days=given["advance_days"])
        to = given.get("to") or store.now() + step
        if to < store.now() and "to" in given:
            return Response({"to": ["The clock only goes forward."]}, status=400)
        happened = clock.advance_clock(store=store, to=to)
        return Response({"now": format_store_datetime(store.now(), store), "happened": happened})


class ControlSubscriptionListView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.subscriptions.select_related("store").order_by("id")
        return Response([serialize_full_subscription(row) for row in rows])


class ControlDeliveryListView(APIView):
    """Every webhook delivery, oldest first, with the statuses it met (0: no answer)."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = WebhookDelivery.objects.filter(webhook__store=store).select_related("webhook")
        return Response(
            [
                {
                    "event_id": str(row.event_id),
                    "event_type": row.event_type,
                    "subject_id": row.subject_id,
                    "target": row.webhook.target,
                    "state": row.state,
                    "statuses": row.statuses,
                }
                for row in rows
            ]
        )
