"""Webhooks and their deliveries."""

import uuid

from django.db import models
from django.utils import timezone

from .store import Store


class Webhook(models.Model):
    """A target for events. Without a ``secret_key``, the store's webhook secret signs."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="webhooks")
    target = models.CharField(max_length=255)
    events = models.JSONField(default=list)
    name = models.CharField(max_length=255, null=True)
    active = models.BooleanField(default=True)
    api_version = models.CharField(max_length=32, null=True)
    secret_key = models.CharField(max_length=255, null=True)
    warning_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class WebhookDelivery(models.Model):
    """One event for one webhook.

    ``body`` is built at the first attempt from the object's state at that moment, and reused by
    retries. ``due_at`` is real time: moving the store's clock does not speed up deliveries.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        DELIVERED = "delivered"
        MISSED = "missed"
        FAILED = "failed"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(default=uuid.uuid4)
    event_type = models.CharField(max_length=64)
    subject = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    statuses = models.JSONField(default=list)
    body = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
