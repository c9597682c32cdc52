"""What a browser brings along that has redeemed an ephemeral token, kept in its session.

It counts for the payment link it was opened with, until the purchase is paid.
"""

from typing import TypedDict

from django.contrib.sessions.backends.base import SessionBase

from orders.models import Customer, EphemeralToken, Order
from stores.crypto import hash_secret

TOKENS_SESSION_KEY = "ephemeral"
MAX_TOKENS = 5


class Channel(TypedDict, total=False):
    """What the order keeps of the token (`Order.channel`)."""

    customer_id: str
    provider: str
    channel_metadata: dict[str, object]
    order_id: str
    issued_by: str
    return_url: str


class RedeemedToken(TypedDict):
    """One redeemed token."""

    digest: str
    link: str
    channel: Channel


def remember_redeemed_token(*, session: SessionBase, token: EphemeralToken, link_id: str) -> None:
    """Let the session be the token's person at this link. The session's id changes, as after a login."""
    session.cycle_key()
    redeemed: RedeemedToken = {"digest": token.digest, "link": link_id, "channel": build_channel(token)}
    session[TOKENS_SESSION_KEY] = [
        redeemed,
        *(held for held in _read_redeemed_tokens(session) if held["link"] != link_id),
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
    """True where this very browser used the token: going back or reloading is no second use (X9)."""
    digest = hash_secret(secret)
    return any(held["digest"] == digest for held in _read_redeemed_tokens(session))


def find_channel(*, session: SessionBase, source: str) -> Channel:
    """Return what a purchase from `source` (a link's id) keeps of a token; empty without one."""
    nothing: Channel = {}
    return next(
        (held["channel"] for held in _read_redeemed_tokens(session) if held["link"] == source), nothing
    )


def forget_redeemed_token(*, session: SessionBase, order: Order) -> None:
    """The order is paid: the next purchase is not the one the token was for."""
    held = _read_redeemed_tokens(session)
    kept = [redeemed for redeemed in held if redeemed["link"] != order.payment_link_id]
    if len(kept) != len(held):
        session[TOKENS_SESSION_KEY] = kept


def build_form_prefill(customer: Customer | None) -> dict[str, str]:
    """Return the customer's details as the checkout form's fields; empty for an anonymous token."""
    if customer is None:
        return {}
    first_name, _space, last_name = customer.name.partition(" ")
    fields = {
        "email": customer.email,
        "phone": customer.phone,
        "first_name": first_name,
        "last_name": last_name,
    }
    return {name: value for name, value in fields.items() if value}


def _read_redeemed_tokens(session: SessionBase) -> list[RedeemedToken]:
    held: list[RedeemedToken] = session.get(TOKENS_SESSION_KEY, [])
    return held
