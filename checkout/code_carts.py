"""Anonymous carts in NEXT that tell what a discount code takes off.

Anonymous, because a cart with an email address would change that person's own open cart. One browser reuses
one cart while it can, and the reconciler deletes carts once they are idle.
"""

import datetime
import time
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from checkout.models import OpenCart
from nextcommerce.carts import NextCart
from nextcommerce.errors import NextApiError
from stores.models import Store
from stores.next_client import open_next_client

CART_SESSION_KEY = "code_cart"
# A page with a code waits no longer than this for NEXT.
MAX_SECONDS = 2.0
# NEXT counts a cart as abandoned after 30 minutes. It is deleted before, and not used again shortly before.
DELETE_AFTER = datetime.timedelta(minutes=25)
REUSE_SECONDS = 20 * 60
GIVE_UP_AFTER = datetime.timedelta(days=1)


def request_cart(*, store: Store, session: SessionBase, lines: list[dict[str, Any]], code: str) -> NextCart:
    """Return a cart of these lines with the code, from one call. Raises NextApiError."""
    body: dict[str, Any] = {"lines": lines, "vouchers": [code]}
    client = open_next_client(store, max_seconds=MAX_SECONDS)
    cart_id = _find_reusable_cart_id(session, store)
    if cart_id is None:
        cart = client.create_cart({**body, "currency": store.currency})
    else:
        try:
            cart = client.update_cart(cart_id, body)
        except NextApiError as error:
            if error.status == 404:  # closed or deleted in NEXT: the next check makes a new one
                session.pop(CART_SESSION_KEY, None)
            raise
    if not session.is_empty():  # looking at a page starts no session; the next check makes another cart
        session[CART_SESSION_KEY] = {
            "store": store.pk,
            "currency": store.currency,
            "id": cart.id,
            "used": int(time.time()),
        }
    OpenCart.objects.update_or_create(
        store=store, next_cart_id=cart.id, defaults={"delete_at": timezone.now() + DELETE_AFTER}
    )
    return cart


def _find_reusable_cart_id(session: SessionBase, store: Store) -> int | None:
    """Return the id of this browser's cart, unless it is old or has another currency, which is final."""
    saved = session.get(CART_SESSION_KEY)
    if not saved or (saved["store"], saved["currency"]) != (store.pk, store.currency):
        return None
    return int(saved["id"]) if time.time() - saved["used"] < REUSE_SECONDS else None


def release_cart(*, session: SessionBase, store: Store) -> None:
    """Have this browser's cart deleted soon: its purchase is on the way."""
    saved = session.pop(CART_SESSION_KEY, None)
    if saved:
        OpenCart.objects.filter(store=store, next_cart_id=saved["id"]).update(delete_at=timezone.now())


def delete_open_cart(cart: OpenCart) -> str:
    """Delete an idle cart in NEXT. Return the outcome. Raises NextApiError if NEXT can't be reached."""
    try:
        open_next_client(cart.store, background=True).delete_cart(cart.next_cart_id)
    except NextApiError as error:
        if error.status == 404:
            cart.delete()
            return "already gone"
        if timezone.now() - cart.created_at < GIVE_UP_AFTER:
            raise
        cart.delete()  # it does no harm in NEXT
        return "given up"
    cart.delete()
    return "deleted"
