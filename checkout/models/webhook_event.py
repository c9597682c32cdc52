"""Events received from NEXT by webhook, saved before anything else is done with them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models import Store
from wording.fields import SentenceField


class WebhookEvent(models.Model):
    """One event, saved once under its `event_id` however often it is delivered."""

    # No index of its own: two of those below begin with it.
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="webhook_events", verbose_name=_("store"), db_index=False
    )
    event_id = models.CharField(_("event id"), max_length=64)
    event_type = models.CharField(_("event"), max_length=64)
    data = models.JSONField()
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    # When to try again; null: applied, or nothing to apply.
    next_try_at = models.DateTimeField(_("next try"), null=True)
    outcome = SentenceField(_("outcome"))

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-received_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "event_id"], name="webhook_event_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="webhook_newest"),
            # Finds when a store last received an event.
            models.Index(fields=["store", "-received_at"], name="webhook_newest_of_a_store"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="webhook_to_apply"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"
