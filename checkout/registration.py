"""The store's webhook: where it should lead, and bringing that about (facts 3.8, section 4)."""

import secrets
from typing import Any

from django.urls import reverse

from stores.admin_api import AdminApi
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
API_VERSION = "2024-04-01"


def target(store: Store) -> str:
    """The address that the store's events should come to."""
    return f"{store.origin}{reverse('checkout:webhook', args=[store.slug])}"


def register(*, store: Store) -> str:
    """Create the store's webhook, or mend it; return in a sentence what was done. Again changes nothing.

    A hook counts as ours by its target. Without a secret one is made first, and kept, encrypted, before
    the store hears of it. Errors: AdminApiError.
    """
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
