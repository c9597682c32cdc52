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

from .delivery_signal import WAKE
from .models import Delivery, Webhook
from .webhook_events import envelope, secret_of
from .write_lock import writing

logger = logging.getLogger(__name__)

SIGNATURE = "X-29Next-Signature"
TIMEOUT = 20
HANDS = 8
PAUSE = 0.2
NOTHING_CAME_BACK = 0


class Courier(threading.Thread):
    """One thread that looks for what is due, and some hands that carry it."""

    def __init__(self) -> None:
        super().__init__(name="courier", daemon=True)
        self.hands = ThreadPoolExecutor(HANDS, thread_name_prefix="courier")

    def run(self) -> None:
        with writing():
            Delivery.objects.filter(state=Delivery.State.SENDING).update(state=Delivery.State.WAITING)
        while True:
            try:
                self.look()
            except Exception:  # whatever it is, later events are still to be delivered
                logger.exception("The courier stumbled and goes on.")
            WAKE.wait(PAUSE)
            WAKE.clear()

    def look(self) -> None:
        """Take every delivery that is due."""
        due = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=timezone.now())
        if not due.exists():
            return
        with writing():
            ids = list(due.values_list("pk", flat=True))
            Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.SENDING)
        for delivery_id in ids:
            self.hands.submit(carry, delivery_id)


def carry(delivery_id: int) -> None:
    """One attempt of one delivery."""
    delivery = Delivery.objects.select_related("webhook__store").filter(pk=delivery_id).first()
    if delivery is None:
        return
    try:
        status = _attempt(delivery)
    except Exception:  # else the delivery would be under way for ever, unseen in its thread
        logger.exception("A webhook could not be made.")
        status = NOTHING_CAME_BACK
    with writing():
        if Delivery.objects.filter(pk=delivery_id).exists():
            _settle(delivery, status)


def _attempt(delivery: Delivery) -> int:
    if not delivery.body:
        content = envelope(delivery)
        if content is None:
            return HTTPStatus.OK
        delivery.body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    store = delivery.webhook.store
    switch = store.switches["webhooks"]
    raw = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(raw)),
        SIGNATURE: sign(raw, secret_of(delivery.webhook), reserialised=switch["signature"] != "raw"),
    }
    pause = switch["delay"] if switch["mode"] == "slow" else 0
    return send(delivery.webhook.target, raw, headers, pause=pause)


def sign(raw: bytes, secret: str, *, reserialised: bool = False) -> str:
    """Hex HMAC-SHA256 over the raw bytes; or over them read and written again by Python."""
    if reserialised:
        raw = json.dumps(json.loads(raw)).encode()
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def send(target: str, raw: bytes, headers: dict[str, str], *, pause: float) -> int:
    """The answer's status; 0 when none came. ``pause`` falls in the middle of the body."""
    parts = urlsplit(target)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
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
        return NOTHING_CAME_BACK
    finally:
        connection.close()


def _settle(delivery: Delivery, status: int) -> None:
    delivery.attempts += 1
    delivery.statuses = [*delivery.statuses, status]
    waits = delivery.webhook.store.switches["webhooks"]["retry_seconds"]
    hook = Webhook.objects.filter(pk=delivery.webhook_id)
    if status == HTTPStatus.OK:
        delivery.state = Delivery.State.DELIVERED
    elif status == HTTPStatus.GONE:
        delivery.state = Delivery.State.FAILED
        hook.update(active=False)
    elif delivery.attempts > len(waits):
        delivery.state = Delivery.State.FAILED
        hook.update(active=False, warning_count=F("warning_count") + 1)
    else:
        delivery.state = Delivery.State.WAITING
        delivery.due_at = timezone.now() + timedelta(seconds=waits[delivery.attempts - 1])
    delivery.save()
