"""The store's webhook: where it should lead, and bringing that about (facts 3.8, section 4)."""

import datetime
import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from nextcommerce.errors import NextApiError
from nextcommerce.transport import API_VERSION
from stores.models import Store
from stores.next_client import open_next_client

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
)
WEBHOOK_CHECK_INTERVAL = datetime.timedelta(hours=1)

logger = logging.getLogger(__name__)


def webhook_target_url(store: Store) -> str:
    """The address that the store's events should come to."""
    return f"{store.origin}{reverse('checkout:webhook', args=[store.slug])}"


def register_webhook(*, store: Store) -> str:
    """Create the store's webhook, or mend it; return in a sentence what was done. Again changes nothing.

    A hook counts as ours by its target. Without a secret one is made first, and kept, encrypted, before
    the store hears of it. Errors: AdminApiError.
    """
    done = _create_or_update_webhook(store)
    Store.objects.filter(pk=store.pk).update(webhook_error="", webhook_checked_at=timezone.now())
    return done


def _create_or_update_webhook(store: Store) -> str:
    api = open_next_client(store)
    hooks = [hook for hook in api.list_webhooks() if hook.get("target") == webhook_target_url(store)]
    wanted: dict[str, Any] = {
        "target": webhook_target_url(store),
        "events": list(SUBSCRIBED_EVENTS),
        "active": True,
        "api_version": API_VERSION,
    }
    is_new_secret = not store.webhook_secret
    if is_new_secret:
        store.webhook_secret = f"whsec_{secrets.token_hex(32)}"
        store.save(update_fields=["webhook_secret"])
    if not hooks:
        api.create_webhook({**wanted, "name": f"Storefront {store.host}", "secret_key": store.webhook_secret})
        return f"created, to {webhook_target_url(store)}"
    hook = hooks[0]
    wrong = [
        name
        for name, value in wanted.items()
        if (set(hook.get(name) or []) != set(value) if name == "events" else hook.get(name) != value)
    ]
    # The secret cannot be read back everywhere; one that differs shows in refused deliveries.
    if is_new_secret or ("secret_key" in hook and hook["secret_key"] not in ("", store.webhook_secret)):
        wrong.append("secret_key")
    if not wrong:
        return f"in order, to {webhook_target_url(store)}"
    changes = {**wanted, "secret_key": store.webhook_secret}
    api.update_webhook(int(hook["id"]), {name: changes[name] for name in wrong})
    return f"mended ({', '.join(wrong)}), to {webhook_target_url(store)}"


def find_webhook_problem(*, store: Store) -> str:
    """Return in a sentence for staff why the store's events do not come here; empty where they do (S26).

    Errors: AdminApiError.
    """
    hooks = list(open_next_client(store, background=True).list_webhooks())
    ours = [hook for hook in hooks if hook.get("target") == webhook_target_url(store)]
    if any(hook.get("active") for hook in ours):
        return ""
    if ours:
        return f"The webhook to {webhook_target_url(store)} is switched off."
    hosts = sorted({urlsplit(str(hook.get("target"))).netloc for hook in hooks})
    return f"No webhook leads to {webhook_target_url(store)}; there are some to: {', '.join(hosts) or 'nowhere'}."[
        :300
    ]


def check_webhooks() -> int:
    """Ask each store once an hour where its events go; return how many were asked.

    For the reconciler: any number may run at once.
    """
    now = timezone.now()
    long_ago = Q(webhook_checked_at=None) | Q(webhook_checked_at__lt=now - WEBHOOK_CHECK_INTERVAL)
    asked = 0
    for store in Store.objects.filter(long_ago):
        if not store.access_token:
            continue  # not set up yet
        if not Store.objects.filter(long_ago, pk=store.pk).update(webhook_checked_at=now):
            continue
        asked += 1
        try:
            trouble = find_webhook_problem(store=store)
        except NextApiError as error:
            logger.warning("store %s could not be asked for its webhooks: %s", store.slug, error.message)
            continue
        if trouble and trouble != store.webhook_error:
            logger.error("store %s: %s", store.slug, trouble)
        Store.objects.filter(pk=store.pk).update(webhook_error=trouble)
    return asked
