"""Signing shoppers in by a link in an email: sent, used once, and ended.

The email address is the account: the person who reads its mail sees the orders placed with it.
"""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from orders.customers import same_email
from orders.emails import list_paid_orders
from orders.models import Notification, SignIn
from orders.models.sign_in import SIGN_IN_PURPOSE
from orders.notifications import queue_notification
from stores.crypto import hash_secret, verify_url_token
from stores.models import Store

# Somebody else's address may be typed.
MAX_LINKS_AN_HOUR = 3
LINK_RETENTION = datetime.timedelta(hours=1)
MIN_KEY_LENGTH = 32


def send_sign_in_link(*, store: Store, email: str) -> None:
    """Queue an email with a sign-in link if orders were paid with this address.

    Does not tell the caller whether there are any.
    """
    order = list_paid_orders(store=store, email=email).first()
    if order is None:
        return
    now = timezone.now()
    own = SignIn.objects.filter(same_email(email), store=store)
    if own.filter(created_at__gt=now - datetime.timedelta(hours=1)).count() >= MAX_LINKS_AN_HOUR:
        return
    with transaction.atomic():
        sign_in = SignIn.objects.create(
            store=store, email=order.email.lower(), expires_at=now + SignIn.LINK_LIFETIME
        )
        queue_notification(order=order, kind=Notification.Kind.SIGN_IN, key=sign_in.pk, subject_id=sign_in.pk)


def find_sign_in_link(*, store: Store, token: str) -> SignIn | None:
    """Return the sign-in with this address, used or not, or None if it is unknown or over."""
    subject = verify_url_token(purpose=SIGN_IN_PURPOSE, token=token)
    if subject is None:
        return None
    return _list_current(store).filter(pk=subject).first()


def use_sign_in_link(*, sign_in: SignIn, key: str) -> bool:
    """Begin the session whose key is `key`, once. Return False if the link was used with another key.

    The key comes from the page with the button, so that pressing it twice begins one session.
    """
    if len(key) < MIN_KEY_LENGTH:
        return False
    now, digest = timezone.now(), hash_secret(key)
    unused = SignIn.objects.filter(pk=sign_in.pk, session_digest="", expires_at__gt=now)
    if unused.update(session_digest=digest, expires_at=now + SignIn.SESSION_LIFETIME):
        return True
    return SignIn.objects.filter(pk=sign_in.pk, session_digest=digest, expires_at__gt=now).exists()


def find_session(*, store: Store, key: str) -> SignIn | None:
    """Return the running session with this key, or None."""
    return _list_current(store).filter(session_digest=hash_secret(key)).first() if key else None


def end_session(*, store: Store, key: str) -> None:
    """Sign the browser with this key out. Its link is gone, too."""
    if key:
        SignIn.objects.filter(store=store, session_digest=hash_secret(key)).delete()


def delete_old_sign_ins() -> int:
    """Delete what is over, after it can't count against the limit anymore; return how many."""
    return SignIn.objects.filter(expires_at__lt=timezone.now() - LINK_RETENTION).delete()[0]


def _list_current(store: Store) -> QuerySet[SignIn]:
    return SignIn.objects.filter(store=store, expires_at__gt=timezone.now()).select_related("store")
