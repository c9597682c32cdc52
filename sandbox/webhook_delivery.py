"""Delivers webhooks: at least once, unordered, retried on anything but 200 (section 4)."""

import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from django.db.models import F
from django.utils import timezone

from .delivery_signal import DELIVERY_DUE
from .models import Webhook, WebhookDelivery
from .webhook_events import build_webhook_body, get_signing_secret
from .write_lock import exclusive_transaction

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-29Next-Signature"
DELIVERY_TIMEOUT = 20
WORKER_COUNT = 8
POLL_SECONDS = 0.2
NO_RESPONSE = 0


class WebhookDeliveryThread(threading.Thread):
    """One thread that looks for what is due, and some workers that carry it."""

    def __init__(self) -> None:
        super().__init__(name="webhook-delivery", daemon=True)
        self.workers = ThreadPoolExecutor(WORKER_COUNT, thread_name_prefix="webhook-delivery")

    def run(self) -> None:
        with exclusive_transaction():
            WebhookDelivery.objects.filter(state=WebhookDelivery.State.SENDING).update(
                state=WebhookDelivery.State.WAITING
            )
        while True:
            try:
                self.dispatch_due()
            except Exception:  # whatever it is, later events are still to be delivered
                logger.exception("Webhook delivery failed and continues.")
            DELIVERY_DUE.wait(POLL_SECONDS)
            DELIVERY_DUE.clear()

    def dispatch_due(self) -> None:
        """Take every delivery that is due."""
        due = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, due_at__lte=timezone.now())
        if not due.exists():
            return
        with exclusive_transaction():
            ids = list(due.values_list("pk", flat=True))
            WebhookDelivery.objects.filter(pk__in=ids).update(state=WebhookDelivery.State.SENDING)
        for delivery_id in ids:
            self.workers.submit(deliver_webhook, delivery_id)


def deliver_webhook(delivery_id: int) -> None:
    """One attempt of one delivery."""
    delivery = WebhookDelivery.objects.select_related("webhook__store").filter(pk=delivery_id).first()
    if delivery is None:
        return
    try:
        status = _attempt_delivery(delivery)
    except Exception:  # else the delivery would be under way for ever, unseen in its thread
        logger.exception("A webhook could not be made.")
        status = NO_RESPONSE
    with exclusive_transaction():
        if WebhookDelivery.objects.filter(pk=delivery_id).exists():
            _record_attempt(delivery, status)


def _attempt_delivery(delivery: WebhookDelivery) -> int:
    if not delivery.body:
        content = build_webhook_body(delivery)
        if content is None:
            return HTTPStatus.OK
        delivery.body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    store = delivery.webhook.store
    switch = store.switches["webhooks"]
    raw = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(raw)),
        SIGNATURE_HEADER: sign_webhook_body(
            raw, get_signing_secret(delivery.webhook), reserialized=switch["signature"] != "raw"
        ),
    }
    pause = switch["delay"] if switch["mode"] == "slow" else 0
    return post_webhook(delivery.webhook.target, raw, headers, pause=pause)


def sign_webhook_body(raw: bytes, secret: str, *, reserialized: bool = False) -> str:
    """Hex HMAC-SHA256 over the raw bytes; or over them read and written again by Python."""
    if reserialized:
        raw = json.dumps(json.loads(raw)).encode()
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def post_webhook(target: str, raw: bytes, headers: dict[str, str], *, pause: float) -> int:
    """The answer's status; 0 when none came. ``pause`` falls in the middle of the body."""
    parts = urlsplit(target)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=DELIVERY_TIMEOUT)
    try:
        connection.putrequest("POST", parts.path + (f"?{parts.query}" if parts.query else ""))
        for name, value in headers.items():
            connection.putheader(name, value)
        half = len(raw) // 2
        connection.endheaders(raw[:half])
        time.sleep(pause)
        connection.send(raw[half:])
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return NO_RESPONSE
    finally:
        connection.close()


def _record_attempt(delivery: WebhookDelivery, status: int) -> None:
    delivery.attempts += 1
    delivery.statuses = [*delivery.statuses, status]
    waits = delivery.webhook.store.switches["webhooks"]["retry_seconds"]
    hook = Webhook.objects.filter(pk=delivery.webhook_id)
    if status == HTTPStatus.OK:
        delivery.state = WebhookDelivery.State.DELIVERED
    elif status == HTTPStatus.GONE:
        delivery.state = WebhookDelivery.State.FAILED
        hook.update(active=False)
    elif delivery.attempts > len(waits):
        delivery.state = WebhookDelivery.State.FAILED
        hook.update(active=False, warning_count=F("warning_count") + 1)
    else:
        delivery.state = WebhookDelivery.State.WAITING
        delivery.due_at = timezone.now() + timedelta(seconds=waits[delivery.attempts - 1])
    delivery.save()
