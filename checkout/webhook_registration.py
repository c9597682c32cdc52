"""Registering a store's webhook in NEXT, and checking that its events come to this host."""

import datetime
import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from checkout import sentences
from nextcommerce.errors import NextApiError
from nextcommerce.transport import API_VERSION
from stores.leases import claim_turn
from stores.models import Store, StoreHealth
from stores.next_client import open_next_client
from wording.sentence import Sentence

SUBSCRIBED_EVENTS = (
    "order.created",
    "order.updated",
    "transaction.created",
    "transaction.updated",
    "fulfillment.created",
    "fulfillment.updated",
    "subscription.created",
    "subscription.updated",
    "customer.updated",
    "product.created",
    "product.updated",
    "product.deleted",
    "store.updated",
    "gateway.created",
    "gateway.updated",
)
WEBHOOK_CHECK_INTERVAL = datetime.timedelta(hours=1)

logger = logging.getLogger(__name__)


def webhook_target_url(store: Store) -> str:
    """Return the URL that NEXT should send the store's events to."""
    return f"{store.origin}{reverse('checkout:webhook', args=[store.slug])}"


def register_webhook(*, store: Store) -> str:
    """Create the store's webhook in NEXT, or fix it. Return a phrase that says what changed. Idempotent.

    A webhook is ours if it has our target URL. A missing secret is generated and saved, encrypted, before it
    is sent to NEXT. Raises NextApiError.
    """
    change = _create_or_update_webhook(store)
    Store.objects.filter(pk=store.pk).update(webhook_error=Sentence(), webhook_checked_at=timezone.now())
    return change


def _create_or_update_webhook(store: Store) -> str:
    api = open_next_client(store)
    hooks = [hook for hook in api.list_webhooks() if hook.target == webhook_target_url(store)]
    wanted: dict[str, Any] = {
        "target": webhook_target_url(store),
        "events": list(SUBSCRIBED_EVENTS),
        "active": True,
        "api_version": API_VERSION,
    }
    is_new_secret = not store.webhook_secret_ciphertext
    if is_new_secret:
        store.webhook_secret = f"whsec_{secrets.token_hex(32)}"
        store.save(update_fields=["webhook_secret"])
    if not hooks:
        api.create_webhook({**wanted, "name": f"Storefront {store.host}", "secret_key": store.webhook_secret})
        StoreHealth.record(store, webhook_registered_at=timezone.now())
        return f"created for {webhook_target_url(store)}"
    hook = hooks[0]
    is_right = {
        "events": hook.events == set(SUBSCRIBED_EVENTS),
        "active": hook.is_active,
        "api_version": hook.api_version == API_VERSION,
        # NEXT may not return the secret. One that differs shows up as refused deliveries.
        "secret_key": not is_new_secret and hook.secret in ("", store.webhook_secret),
    }
    wrong = [name for name, right in is_right.items() if not right]
    if not wrong:
        return f"up to date for {webhook_target_url(store)}"
    changes = {**wanted, "secret_key": store.webhook_secret}
    api.update_webhook(hook.id, {name: changes[name] for name in wrong})
    return f"updated ({', '.join(wrong)}) for {webhook_target_url(store)}"


def find_webhook_problem(*, store: Store) -> Sentence:
    """Return why the store's events don't arrive here; the empty sentence if they do.

    Raises NextApiError.
    """
    hooks = list(open_next_client(store, background=True).list_webhooks())
    ours = [hook for hook in hooks if hook.target == webhook_target_url(store)]
    if any(hook.is_active for hook in ours):
        return Sentence()
    url = webhook_target_url(store)
    if ours:
        return sentences.WEBHOOK_OFF.fill(url=url)
    hosts = sorted({_host_in(hook.target) for hook in hooks})
    if hosts:
        return sentences.WEBHOOKS_ELSEWHERE.fill(url=url, hosts=", ".join(hosts))
    return sentences.NO_WEBHOOK.fill(url=url)


def _host_in(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return "?"


def check_webhooks() -> int:
    """Check once an hour for each store where NEXT sends its events. Return how many stores were checked.

    For the reconciler; any number of them may run at the same time.
    """
    now = timezone.now()
    is_due = Q(webhook_checked_at=None) | Q(webhook_checked_at__lt=now - WEBHOOK_CHECK_INTERVAL)
    checked = 0
    for store in Store.objects.filter(is_due):
        if not store.access_token_ciphertext:
            continue  # not set up yet
        is_claimed = claim_turn(
            Store.objects.filter(pk=store.pk), "webhook_checked_at", interval=WEBHOOK_CHECK_INTERVAL
        )
        if not is_claimed:
            continue
        checked += 1
        try:
            problem = find_webhook_problem(store=store)
        except NextApiError as error:
            logger.warning("store %s: NEXT couldn't list the webhooks: %s", store.slug, error)
            continue
        if problem and problem != store.webhook_error:
            logger.error("store %s: %s", store.slug, problem.in_english())
        Store.objects.filter(pk=store.pk).update(webhook_error=problem)
    return checked
