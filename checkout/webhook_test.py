"""The test event: the shop sends a signed event to its own webhook address, as NEXT would."""

import enum
import json
import logging
import secrets

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.models import WebhookEvent
from checkout.webhook_registration import webhook_target_url
from nextcommerce.webhook_signature import sign_body
from outbound.session import PrivateAddressRefused, PublicNetworkAdapter, TimeLimit, open_session
from stores.models import Store, StoreHealth

TEST_EVENT_TYPE = "storefront.test"
MAX_SECONDS = 10

logger = logging.getLogger(__name__)


class WebhookTestError(enum.StrEnum):
    """Why a test event didn't arrive."""

    NONE = ""
    UNREACHABLE = "unreachable"
    PRIVATE = "private"
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"

    @classmethod
    def _missing_(cls, value: object) -> "WebhookTestError":
        return cls.UNREACHABLE

    def describe(self, address: str) -> str:
        """Return what is wrong as a sentence for staff."""
        return _describe(self) % {"address": address}


def _describe(error: WebhookTestError) -> str:
    if error is WebhookTestError.PRIVATE:
        return _("%(address)s leads into a private network, where NEXT Commerce can't send events.")
    if error is WebhookTestError.REFUSED:
        return _("A test event to %(address)s was refused. Check the address of this shop, and its proxy.")
    if error is WebhookTestError.ELSEWHERE:
        return _("A test event to %(address)s reached another server. Check the address of this shop.")
    return _(
        "A test event to %(address)s didn't arrive. Check the address of this shop, and its certificate."
    )


def send_test_event(*, store: Store) -> WebhookTestError:
    """Send an event to the store's webhook address, check that it was saved, and record the result."""
    error = _send(store)
    StoreHealth.record(store, webhook_tested_at=timezone.now(), webhook_test_error=error.value)
    return error


def _send(store: Store) -> WebhookTestError:
    event_id = f"test-{secrets.token_hex(16)}"
    body = json.dumps({"event_id": event_id, "event_type": TEST_EVENT_TYPE, "data": {}}).encode()
    signature = sign_body(store.webhook_secret, body)
    headers = {"Content-Type": "application/json", "X-29Next-Signature": signature}
    try:
        status = _post(webhook_target_url(store), body, headers)
    except PrivateAddressRefused:
        return WebhookTestError.PRIVATE
    except requests.RequestException as failure:
        logger.warning("store %s: the test event didn't arrive: %s", store.slug, type(failure).__name__)
        return WebhookTestError.UNREACHABLE
    # Only our own record proves that it came here: any server may answer 200.
    if WebhookEvent.objects.filter(store=store, event_id=event_id).delete()[0]:
        return WebhookTestError.NONE
    return WebhookTestError.ELSEWHERE if status == requests.codes.ok else WebhookTestError.REFUSED


def _post(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Return the status of the response. Raises RequestException."""
    with TimeLimit(MAX_SECONDS) as time_limit:
        adapter = PublicNetworkAdapter(allow_private=settings.NEXT_API_ALLOW_PRIVATE, time_limit=time_limit)
        with (
            open_session(adapter, allow_http=settings.NEXT_API_ALLOW_HTTP) as session,
            session.post(
                address,
                data=body,
                headers=headers,
                timeout=MAX_SECONDS / 2,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code
