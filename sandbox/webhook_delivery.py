"""Webhook delivery: signed, in any order, retried until the target answers 200."""

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

from .models import Webhook, WebhookDelivery, exclusive_transaction
from .switches import SignedForm, WebhookMode
from .webhook_events import DELIVERY_DUE, build_webhook_body, get_webhook_signing_secret

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-29Next-Signature"
DELIVERY_TIMEOUT_SECONDS = 20
WORKER_COUNT = 8
POLL_SECONDS = 0.2
NO_RESPONSE = 0  # stands for a status


class WebhookDeliveryThread(threading.Thread):
    """Polls for deliveries that are due and hands them to worker threads."""

    def __init__(self) -> None:
        super().__init__(name="webhook-delivery", daemon=True)
        self.workers = ThreadPoolExecutor(WORKER_COUNT, thread_name_prefix="webhook-delivery")

    def run(self) -> None:
        # Deliveries that an earlier process did not finish.
        with exclusive_transaction():
            WebhookDelivery.objects.filter(state=WebhookDelivery.State.SENDING).update(
                state=WebhookDelivery.State.WAITING
            )
        while True:
            try:
                self.dispatch_due()
            except Exception:  # later events must still be delivered
                logger.exception("Webhook delivery failed; retrying.")
            DELIVERY_DUE.wait(POLL_SECONDS)
            DELIVERY_DUE.clear()

    def dispatch_due(self) -> None:
        """Hand every delivery that is due to a worker."""
        due = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, due_at__lte=timezone.now())
        if not due.exists():
            return
        with exclusive_transaction():
            ids = list(due.values_list("pk", flat=True))
            WebhookDelivery.objects.filter(pk__in=ids).update(state=WebhookDelivery.State.SENDING)
        for delivery_id in ids:
            self.workers.submit(deliver_webhook, delivery_id)


def deliver_webhook(delivery_id: int) -> None:
    """Attempt one delivery and record the result."""
    delivery = WebhookDelivery.objects.select_related("webhook__store").filter(pk=delivery_id).first()
    if delivery is None:
        return
    try:
        status = _attempt_delivery(delivery)
    except Exception:  # otherwise the delivery would stay in the state "sending"
        logger.exception("Could not send webhook delivery %s.", delivery_id)
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
            raw, get_webhook_signing_secret(delivery.webhook), signed_form=switch["signature"]
        ),
    }
    pause = switch["delay"] if switch["mode"] == WebhookMode.SLOW else 0
    return post_webhook(delivery.webhook.target, raw, headers, pause=pause)


def sign_webhook_body(raw: bytes, secret: str, *, signed_form: str = SignedForm.RAW) -> str:
    """Return the hex HMAC-SHA256 of the raw body, or of the same JSON dumped again by Python."""
    if signed_form == SignedForm.RESERIALIZED:
        raw = json.dumps(json.loads(raw)).encode()
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def post_webhook(target: str, raw: bytes, headers: dict[str, str], *, pause: float) -> int:
    """Send the body, pausing ``pause`` seconds halfway. Return the status, or 0 without a response."""
    parts = urlsplit(target)
    is_https = parts.scheme == "https"
    connection_class = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
    connection = connection_class(parts.hostname or "", parts.port, timeout=DELIVERY_TIMEOUT_SECONDS)
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
    retry_seconds = delivery.webhook.store.switches["webhooks"]["retry_seconds"]
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    if status == HTTPStatus.OK:
        delivery.state = WebhookDelivery.State.DELIVERED
    elif status == HTTPStatus.GONE:
        delivery.state = WebhookDelivery.State.FAILED
        webhook.update(active=False)
    elif delivery.attempts > len(retry_seconds):
        delivery.state = WebhookDelivery.State.FAILED
        webhook.update(active=False, warning_count=F("warning_count") + 1)
    else:
        delivery.state = WebhookDelivery.State.WAITING
        delivery.due_at = timezone.now() + timedelta(seconds=retry_seconds[delivery.attempts - 1])
    delivery.save()
