"""Webhooks: list, create, retrieve, update and delete."""

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import JsonObject
from sandbox.models import Webhook, exclusive_transaction
from sandbox.serializers.common import format_store_datetime
from sandbox.webhook_events import EVENT_TYPES, UNSENT_EVENT_TYPES

from .base_views import AdminApiView
from .pagination import paginate_rows

LOOPBACK_HOSTNAMES = ("localhost", "127.0.0.1", "::1")


class WebhookSerializer(serializers.Serializer[Any]):
    target = serializers.URLField(max_length=255)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=(*EVENT_TYPES, *UNSENT_EVENT_TYPES)), allow_empty=False
    )
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    active = serializers.BooleanField(required=False)
    api_version = serializers.CharField(required=False, allow_null=True)
    secret_key = serializers.CharField(required=False, allow_null=True, allow_blank=True)

    def validate_target(self, value: str) -> str:
        """Require https, except on this machine, where the shops under test run."""
        parts = urlsplit(value)
        is_local = parts.hostname in LOOPBACK_HOSTNAMES or str(parts.hostname).endswith(".localhost")
        if parts.scheme != "https" and not is_local:
            raise serializers.ValidationError("Enter a valid https URL.")
        return value


class AdminApiWebhookView(AdminApiView):
    def serialize_webhook(self, row: Webhook) -> JsonObject:
        return {
            "active": row.active,
            "api_version": row.api_version,
            "created_at": format_store_datetime(row.created_at, self.store),
            "events": row.events,
            "id": row.pk,
            "name": row.name,
            "next_check_date": None,
            "secret_key": row.secret_key,
            "target": row.target,
            "updated_at": format_store_datetime(row.updated_at, self.store),
            "warning_count": row.warning_count,
        }

    def validate_body(self, *, partial: bool = False) -> JsonObject:
        serializer = WebhookSerializer(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class AdminApiWebhookListView(AdminApiWebhookView):
    operations = {"GET": "webhooksList", "POST": "webhooksCreate"}

    def get(self, request: Request) -> Response:
        rows = Webhook.objects.filter(store=self.store)
        return paginate_rows(request=request, rows=rows, store=self.store, serialize=self.serialize_webhook)

    def post(self, request: Request) -> Response:
        payload, now = self.validate_body(), self.store.now()
        with exclusive_transaction():
            row = Webhook.objects.create(store=self.store, created_at=now, updated_at=now, **payload)
        return Response(self.serialize_webhook(row), status=201)


class AdminApiWebhookDetailView(AdminApiWebhookView):
    operations = {
        "GET": "webhooksRetrieve",
        "PATCH": "webhooksPartialUpdate",
        "DELETE": "webhooksDestroy",
    }

    def get_webhook(self, webhook_id: int) -> Webhook:
        row = Webhook.objects.filter(store=self.store, pk=webhook_id).first()
        if row is None:
            raise Http404("No Webhook matches the given query.")
        return row

    def get(self, request: Request, webhook_id: int) -> Response:
        return Response(self.serialize_webhook(self.get_webhook(webhook_id)))

    def patch(self, request: Request, webhook_id: int) -> Response:
        payload = self.validate_body(partial=True)
        with exclusive_transaction():
            row = self.get_webhook(webhook_id)
            for key, value in payload.items():
                setattr(row, key, value)
            row.updated_at = self.store.now()
            row.save()
        return Response(self.serialize_webhook(row))

    def delete(self, request: Request, webhook_id: int) -> Response:
        with exclusive_transaction():
            self.get_webhook(webhook_id).delete()
        return Response(status=204)
