"""The webhook's door, one address for each store: checked, kept, answered, applied in the same breath."""

import datetime
import logging
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checkout.models import WebhookEvent
from checkout.payments import next_order_lookup
from checkout.payments.webhook_events import apply_webhook_event
from nextcommerce.json_cleaning import parse_json
from nextcommerce.webhook_signature import is_valid_signature
from stores.models import Store
from stores.responses import DeferredResponse

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 2_000_000


class WebhookReceivedResponse(DeferredResponse, JsonResponse):
    """200; what was received is applied once the answer has gone out, or by the reconciler."""

    def __init__(self, event: WebhookEvent | None) -> None:
        super().__init__({"received": True})
        self.on_close = partial(apply_event_safely, event) if event else None


@csrf_exempt
@require_POST
def receive_webhook(request: HttpRequest, slug: str) -> HttpResponse:
    """Take one delivery of the store `slug`; at most 6 queries until it is answered.

    200: kept (or known already), whatever becomes of it. 400: not an event. 401: the signature does not
    hold, or no secret is set. 404: no such store. 413: too large. Never 410, which would end deliveries.
    """
    try:
        store = Store.objects.only("webhook_secret", *next_order_lookup.STORE_FIELDS_FOR_SETTLING).get(
            slug=slug
        )
    except Store.DoesNotExist:
        return refuse_delivery(404, "There is no store of this name.")
    try:
        body = request.read(MAX_BODY_BYTES + 1)
    except UnreadablePostError:
        return refuse_delivery(400, "The event did not come whole.")
    signature = request.headers.get("X-29Next-Signature", "")
    if len(body) > MAX_BODY_BYTES:
        return refuse_delivery(413, "The event is too large.")
    if not is_valid_signature(secret=store.webhook_secret, body=body, signature=signature):
        logger.warning("a webhook of store %s was refused: its signature does not hold", slug)
        return refuse_delivery(401, "The signature does not hold.")
    event, is_new = save_webhook_event(store=store, body=body)
    if event is None:
        return refuse_delivery(400, "This is not an event.")
    return WebhookReceivedResponse(event if is_new else None)


def refuse_delivery(status: int, message: str) -> JsonResponse:
    return JsonResponse({"detail": message}, status=status)


def save_webhook_event(*, store: Store, body: bytes) -> tuple[WebhookEvent | None, bool]:
    """Keep the event under its id; return it, and whether this is the first time. None where it is none."""
    try:
        envelope: Any = parse_json(body)
    except (ValueError, RecursionError):
        return None, False
    if not isinstance(envelope, dict):
        return None, False
    event_id, event_type = envelope.get("event_id"), envelope.get("event_type")
    if not (isinstance(event_id, str) and 0 < len(event_id) <= 64 and isinstance(event_type, str)):
        return None, False
    now = timezone.now()
    event = WebhookEvent(
        store=store,
        event_id=event_id,
        event_type=event_type[:64],
        data=envelope.get("data") or {},
        received_at=now,
        # Should this process die on the next line, the reconciler takes the event up.
        next_try_at=now + datetime.timedelta(seconds=5),
        outcome="received",
    )
    # One statement, however many deliveries of it come at once: only one of them finds itself first.
    try:
        event.save(force_insert=True)
    except IntegrityError:
        return event, False
    return event, True


def apply_event_safely(event: WebhookEvent) -> None:
    """Apply the event; whatever goes wrong, it is kept and the reconciler takes it up."""
    try:
        apply_webhook_event(event)
    except Exception:
        logger.exception("webhook event %s could not be applied; it is kept", event.event_id)
