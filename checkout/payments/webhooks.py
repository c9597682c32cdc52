"""The webhook endpoint, one address per store: verify an event, save it, respond, then apply it."""

import datetime
import logging
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checkout import sentences
from checkout.models import WebhookEvent
from checkout.payments import next_order_lookup
from checkout.payments.webhook_events import apply_webhook_event
from nextcommerce.json_cleaning import parse_json
from nextcommerce.webhook_signature import is_valid_signature
from stores.models import Store
from stores.rate_limits import count_request, find_client_network
from stores.request_size import has_declared_size_over
from stores.responses import DeferredResponse

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 2_000_000


class WebhookReceivedResponse(DeferredResponse, JsonResponse):
    """A 200 response that applies the event once it is sent; the reconciler does if this process dies."""

    def __init__(self, event: WebhookEvent | None) -> None:
        super().__init__({"received": True})
        self.on_close = partial(apply_event_safely, event) if event else None


@csrf_exempt
@require_POST
def receive_webhook(request: HttpRequest, slug: str) -> HttpResponse:
    """Receive one delivery for the store `slug`, with at most 6 queries before the response.

    200: saved, now or earlier; applying it may still fail. 400: not an event. 401: the signature is invalid
    or no secret is set. 404: no such store. 413: too large. 429: too many invalid signatures from there.
    Never 410, which would end all deliveries.
    """
    if has_declared_size_over(request, MAX_BODY_BYTES):
        return refuse_delivery(413, "The event is too large.")
    try:
        store = Store.objects.only("webhook_secret", *next_order_lookup.STORE_FIELDS_FOR_SETTLING).get(
            slug=slug
        )
    except Store.DoesNotExist:
        return refuse_delivery(404, "No store has this name.")
    try:
        body = request.read(MAX_BODY_BYTES + 1)
    except UnreadablePostError:
        return refuse_delivery(400, "The request body was cut off.")
    signature = request.headers.get("X-29Next-Signature", "")
    if len(body) > MAX_BODY_BYTES:
        return refuse_delivery(413, "The event is too large.")
    if not is_valid_signature(secret=store.webhook_secret, body=body, signature=signature):
        return refuse_signature(request, store)
    event, is_new = save_webhook_event(store=store, body=body)
    if event is None:
        return refuse_delivery(400, "The body is not an event.")
    return WebhookReceivedResponse(event if is_new else None)


receive_webhook.limits_its_body = True  # type: ignore[attr-defined]


def refuse_signature(request: HttpRequest, store: Store) -> HttpResponse:
    """Refuse a delivery with an invalid signature. A valid one is accepted from any address, always."""
    client = find_client_network(request)
    rate_limit = count_request("webhook", client=client, scope=str(store.pk))
    if rate_limit.is_exceeded:
        response = refuse_delivery(429, "Too many deliveries with an invalid signature.")
    else:
        logger.warning("webhook of store %s refused: invalid signature", store.pk)
        response = refuse_delivery(401, "The signature is invalid.")
    for name, value in rate_limit.headers.items():
        response.headers[name] = value
    return response


def refuse_delivery(status: int, message: str) -> JsonResponse:
    """Return an error response as JSON: `{"detail": message}`."""
    return JsonResponse({"detail": message}, status=status)


def save_webhook_event(*, store: Store, body: bytes) -> tuple[WebhookEvent | None, bool]:
    """Save the event in `body` under its id. Return it and whether it is new, or (None, False) if invalid."""
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
        # If this process dies on the next line, the reconciler applies the event.
        next_try_at=now + datetime.timedelta(seconds=5),
        outcome=sentences.EVENT_RECEIVED.fill(),
    )
    # One INSERT: of several deliveries at the same time, only one succeeds.
    try:
        event.save(force_insert=True)
    except IntegrityError:
        return event, False
    return event, True


def apply_event_safely(event: WebhookEvent) -> None:
    """Apply the event. After any error it stays saved, and the reconciler retries it."""
    try:
        apply_webhook_event(event)
    except Exception:
        logger.exception("webhook event %s couldn't be applied and will be retried", event.event_id)
