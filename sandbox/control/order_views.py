"""The control API of what comes after the sale: edits, the clock, deliveries, subscriptions."""

from datetime import timedelta

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import clock
from sandbox.models import Delivery, Order, Store
from sandbox.serializers.common import when
from sandbox.serializers.orders import order_json
from sandbox.serializers.subscriptions import subscription_json

from . import merchant_actions
from .serializers import ClockSerializer, EditSerializer


class Edit(APIView):
    def post(self, request: Request, name: str, number: str) -> Response:
        order = get_object_or_404(Order.objects.select_related("store"), store__name=name, number=number)
        serializer = EditSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        merchant_actions.edit(order=order, wanted=dict(serializer.validated_data))
        return Response(order_json(Order.objects.select_related("store").get(pk=order.pk)))


class Clock(APIView):
    """The store's own time. It only ever goes forward."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response({"now": when(store.now(), store)})

    def post(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        serializer = ClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        step = timedelta(seconds=given["advance_seconds"], days=given["advance_days"])
        to = given.get("to") or store.now() + step
        if to < store.now() and "to" in given:
            return Response({"to": ["The clock only goes forward."]}, status=400)
        happened = clock.move(store=store, to=to)
        return Response({"now": when(store.now(), store), "happened": happened})


class Subscriptions(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.subscriptions.select_related("store").order_by("id")
        return Response([subscription_json(row) for row in rows])


class Deliveries(APIView):
    """Every webhook delivery, oldest first, with the statuses it met (0: no answer)."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = Delivery.objects.filter(webhook__store=store).select_related("webhook")
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
