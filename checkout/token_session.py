"""Ephemeral tokens that a browser has redeemed, stored in its session.

A token applies to the payment link it was opened with, until that purchase is paid.
"""

from typing import TypedDict

from django.contrib.sessions.backends.base import SessionBase

from orders.models import Customer, EphemeralToken, Order
from stores.crypto import hash_secret

TOKENS_SESSION_KEY = "ephemeral"
MAX_TOKENS = 5


class Channel(TypedDict, total=False):
    """The token data saved with the order (`Order.channel`)."""

    customer_id: str
    provider: str
    channel_metadata: dict[str, object]
    order_id: str
    issued_by: str
    return_url: str


class RedeemedToken(TypedDict):
    """A redeemed token: its digest, its payment link's id, and the data for the order."""

    digest: str
    link: str
    channel: Channel


def remember_redeemed_token(*, session: SessionBase, token: EphemeralToken, link_id: str) -> None:
    """Save the token for this link. Changes the session id, as a login does, to prevent fixation."""
    session.cycle_key()
    redeemed: RedeemedToken = {"digest": token.digest, "link": link_id, "channel": build_channel(token)}
    session[TOKENS_SESSION_KEY] = [
        redeemed,
        *(other for other in _read_redeemed_tokens(session) if other["link"] != link_id),
    ][:MAX_TOKENS]


def build_channel(token: EphemeralToken) -> Channel:
    channel: Channel = {
        "provider": token.provider,
        "channel_metadata": token.channel_metadata,
        "order_id": token.order_id,
        "issued_by": token.issued_by,
        "return_url": token.return_url,
    }
    if token.customer_id:
        channel["customer_id"] = token.customer_id
    return channel


def was_redeemed_here(*, session: SessionBase, secret: str) -> bool:
    """Return True if this browser redeemed the token, so that reloading is not a second use (X9)."""
    digest = hash_secret(secret)
    return any(redeemed["digest"] == digest for redeemed in _read_redeemed_tokens(session))


def find_channel(*, session: SessionBase, source: str) -> Channel:
    """Return the token data for a purchase from `source` (a link's id). Empty without a token."""
    tokens = _read_redeemed_tokens(session)
    return next((redeemed["channel"] for redeemed in tokens if redeemed["link"] == source), Channel())


def forget_redeemed_token(*, session: SessionBase, order: Order) -> None:
    """Forget the token of a paid order's link, so that it does not apply to the next purchase."""
    tokens = _read_redeemed_tokens(session)
    remaining = [redeemed for redeemed in tokens if redeemed["link"] != order.payment_link_id]
    if len(remaining) != len(tokens):
        session[TOKENS_SESSION_KEY] = remaining


def build_form_prefill(customer: Customer | None) -> dict[str, str]:
    """Return the customer's details as checkout form fields. Empty for an anonymous token."""
    if customer is None:
        return {}
    fields = {
        "email": customer.email,
        "phone": customer.phone,
        "name": customer.name,
    }
    return {name: value for name, value in fields.items() if value}


def _read_redeemed_tokens(session: SessionBase) -> list[RedeemedToken]:
    tokens: list[RedeemedToken] = session.get(TOKENS_SESSION_KEY, [])
    return tokens
