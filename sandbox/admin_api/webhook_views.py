"""Webhooks: list, create, retrieve, change, delete (3.8, section 4)."""

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import Row
from sandbox.models import Webhook
from sandbox.serializers.common import when
from sandbox.webhook_events import EVENTS, QUIET_EVENTS
from sandbox.write_lock import writing

from .base_views import AdminView
from .pagination import page

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WebhookSerializer(serializers.Serializer[Any]):
    target = serializers.URLField(max_length=255)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=(*EVENTS, *QUIET_EVENTS)), allow_empty=False
    )
    name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    active = serializers.BooleanField(required=False)
    api_version = serializers.CharField(required=False, allow_null=True)
    secret_key = serializers.CharField(required=False, allow_null=True, allow_blank=True)

    def validate_target(self, value: str) -> str:
        """https alone, but for this machine: the sandbox's shops run here."""
        parts = urlsplit(value)
        here = parts.hostname in LOOPBACK or str(parts.hostname).endswith(".localhost")
        if parts.scheme != "https" and not here:
            raise serializers.ValidationError("Enter a valid https URL.")
        return value


class WebhookView(AdminView):
    def shown(self, row: Webhook) -> Row:
        return {
            "active": row.active,
            "api_version": row.api_version,
            "created_at": when(row.created_at, self.store),
            "events": row.events,
            "id": row.pk,
            "name": row.name,
            "next_check_date": None,
            "secret_key": row.secret_key,
            "target": row.target,
            "updated_at": when(row.updated_at, self.store),
            "warning_count": row.warning_count,
        }

    def checked(self, *, partial: bool = False) -> Row:
        serializer = WebhookSerializer(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class Webhooks(WebhookView):
    operations = {"GET": "webhooksList", "POST": "webhooksCreate"}

    def get(self, request: Request) -> Response:
        rows = Webhook.objects.filter(store=self.store)
        return page(request=request, rows=rows, store=self.store, show=self.shown)

    def post(self, request: Request) -> Response:
        wanted, now = self.checked(), self.store.now()
        with writing():
            row = Webhook.objects.create(store=self.store, created_at=now, updated_at=now, **wanted)
        return Response(self.shown(row), status=201)


class WebhookDetail(WebhookView):
    operations = {
        "GET": "webhooksRetrieve",
        "PATCH": "webhooksPartialUpdate",
        "DELETE": "webhooksDestroy",
    }

    def row(self, webhook_id: int) -> Webhook:
        row = Webhook.objects.filter(store=self.store, pk=webhook_id).first()
        if row is None:
            raise Http404("No Webhook matches the given query.")
        return row

    def get(self, request: Request, webhook_id: int) -> Response:
        return Response(self.shown(self.row(webhook_id)))

    def patch(self, request: Request, webhook_id: int) -> Response:
        wanted = self.checked(partial=True)
        with writing():
            row = self.row(webhook_id)
            for key, value in wanted.items():
                setattr(row, key, value)
            row.updated_at = self.store.now()
            row.save()
        return Response(self.shown(row))

    def delete(self, request: Request, webhook_id: int) -> Response:
        with writing():
            self.row(webhook_id).delete()
        return Response(status=204)
