"""The store's webhook: where it should lead, and bringing that about (facts 3.8, section 4)."""

import datetime
import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.transport import API_VERSION
from stores.models import Store

EVENTS = (
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
BETWEEN_CHECKS = datetime.timedelta(hours=1)

logger = logging.getLogger(__name__)


def target(store: Store) -> str:
    """The address that the store's events should come to."""
    return f"{store.origin}{reverse('checkout:webhook', args=[store.slug])}"


def register(*, store: Store) -> str:
    """Create the store's webhook, or mend it; return in a sentence what was done. Again changes nothing.

    A hook counts as ours by its target. Without a secret one is made first, and kept, encrypted, before
    the store hears of it. Errors: AdminApiError.
    """
    done = _register(store)
    Store.objects.filter(pk=store.pk).update(webhook_trouble="", webhook_checked_at=timezone.now())
    return done


def _register(store: Store) -> str:
    api = AdminApi(store)
    hooks = [hook for hook in api.list_webhooks() if hook.get("target") == target(store)]
    wanted: dict[str, Any] = {
        "target": target(store),
        "events": list(EVENTS),
        "active": True,
        "api_version": API_VERSION,
    }
    is_new_secret = not store.webhook_secret
    if is_new_secret:
        store.webhook_secret = f"whsec_{secrets.token_hex(32)}"
        store.save(update_fields=["webhook_secret"])
    if not hooks:
        api.create_webhook({**wanted, "name": f"Storefront {store.host}", "secret_key": store.webhook_secret})
        return f"created, to {target(store)}"
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
        return f"in order, to {target(store)}"
    changes = {**wanted, "secret_key": store.webhook_secret}
    api.update_webhook(int(hook["id"]), {name: changes[name] for name in wrong})
    return f"mended ({', '.join(wrong)}), to {target(store)}"


def trouble_of(*, store: Store) -> str:
    """Return in a sentence for staff why the store's events do not come here; empty where they do (S26).

    Errors: AdminApiError.
    """
    hooks = list(AdminApi(store, background=True).list_webhooks())
    ours = [hook for hook in hooks if hook.get("target") == target(store)]
    if any(hook.get("active") for hook in ours):
        return ""
    if ours:
        return f"The webhook to {target(store)} is switched off."
    hosts = sorted({urlsplit(str(hook.get("target"))).netloc for hook in hooks})
    return f"No webhook leads to {target(store)}; there are some to: {', '.join(hosts) or 'nowhere'}."[:300]


def look_after_hooks() -> int:
    """Ask each store once an hour where its events go; return how many were asked.

    For the reconciler: any number may run at once.
    """
    now = timezone.now()
    long_ago = Q(webhook_checked_at=None) | Q(webhook_checked_at__lt=now - BETWEEN_CHECKS)
    asked = 0
    for store in Store.objects.filter(long_ago):
        if not store.access_token:
            continue  # not set up yet
        if not Store.objects.filter(long_ago, pk=store.pk).update(webhook_checked_at=now):
            continue
        asked += 1
        try:
            trouble = trouble_of(store=store)
        except AdminApiError as error:
            logger.warning("store %s could not be asked for its webhooks: %s", store.slug, error.message)
            continue
        if trouble and trouble != store.webhook_trouble:
            logger.error("store %s: %s", store.slug, trouble)
        Store.objects.filter(pk=store.pk).update(webhook_trouble=trouble)
    return asked
