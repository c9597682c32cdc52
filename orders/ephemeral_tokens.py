"""Ephemeral tokens: a merchant vouches for a shopper, who then checks out without entering their details.

A merchant issues one over the API with the secret key. The shopper's browser redeems it once, within 15
minutes.
"""

import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import customers
from orders.models import Customer, EphemeralToken
from stores.crypto import hash_secret
from stores.errors import NotFound, Problem
from stores.ids import generate_id
from stores.models import Store
from stores.phones import parse_phone
from stores.typed_text import clean_email

TOKEN_LIFETIME = datetime.timedelta(minutes=15)  # the longest the API allows (R120)
TOKEN_RETENTION = datetime.timedelta(days=30)  # keeps who issued what for later questions (R116)
MAX_SUBJECT_LENGTH = 100


class TokenSpent(Problem):
    """The token was used, has expired, or was never issued."""

    def __init__(self) -> None:
        super().__init__(
            _("This link expired or was already used. Continue without it, or request a new one."),
            code="token_spent",
            status=410,
        )


def issue_token(
    *,
    store: Store,
    idp_key: str = "",
    idp_subject: str = "",
    allow_create: bool = True,
    provider: str = "",
    order_id: str = "",
    return_url: str = "",
    channel_metadata: dict[str, Any] | None = None,
    issued_by: str = "",
) -> tuple[str, EphemeralToken]:
    """Issue a token for the customer with this email, phone, or merchant_uuid; return the secret and its row.

    Without key and subject, the token is anonymous (R111, X33). An unknown customer is created.
    Raises NotFound for an unknown customer if `allow_create` is false, Problem for an invalid field.
    """
    validate_return_url(return_url)
    secret = generate_id("eph")
    with transaction.atomic():
        customer = _resolve_subject(
            store=store, key=idp_key, subject=idp_subject.strip(), may_create=allow_create
        )
        token = EphemeralToken.objects.create(
            digest=hash_secret(secret),
            store=store,
            customer=customer,
            provider=provider,
            order_id=order_id,
            return_url=return_url,
            channel_metadata=channel_metadata or {},
            issued_by=issued_by,
            expires_at=timezone.now() + TOKEN_LIFETIME,
        )
    return secret, token


def _resolve_subject(*, store: Store, key: str, subject: str, may_create: bool) -> Customer | None:
    """Return the customer named by key and subject, or None for neither. Runs in the caller's transaction."""
    if not key and not subject:
        return None
    if not key or not subject:
        missing = "idp_subject" if key else "idp_key"
        raise Problem(_("Provide both idp_key and idp_subject, or neither."), field=missing)
    fields = parse_subject(key=key, subject=subject)
    # Two concurrent tokens for a new customer must create one. Orders can still be placed under this lock.
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if key == "email":
        customer = customers.find_customer_by_email(store=store, email=fields["email"])
    else:
        customer = Customer.objects.filter(store=store, **fields).order_by("created_at", "pk").first()
    if customer is None:
        if not may_create:
            raise NotFound(_("No such customer, and allow_create is false."))
        customer = customers.create_customer(store=store, **fields)
    return customer


def parse_subject(*, key: str, subject: str) -> dict[str, str]:
    """Return the customer field for the key with the normalized subject. Raises Problem if invalid."""
    if key == "email":
        try:
            validate_email(email := clean_email(subject))
        except ValidationError:
            raise Problem(_("idp_subject is not a valid email address."), field="idp_subject") from None
        return {"email": email.lower()}
    if key == "phone":
        try:
            return {"phone": parse_phone(text=subject, country="")}
        except Problem as problem:
            raise Problem(problem.message, field="idp_subject") from None
    if key == "uuid":
        if len(subject) > MAX_SUBJECT_LENGTH:
            raise Problem(
                _("idp_subject is longer than %(max)d characters.") % {"max": MAX_SUBJECT_LENGTH},
                field="idp_subject",
            )
        return {"merchant_uuid": subject}
    raise Problem(_("idp_key must be email, phone, or uuid."), field="idp_key")


def validate_return_url(url: str) -> None:
    """Raise Problem unless the URL plainly leads to a host over http or https."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        is_web_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        # A user name before the host, or a backslash, can make a URL look like another one.
        is_disguised = "@" in parts.netloc or "\\" in url
    except ValueError:
        is_web_url, is_disguised = False, False
    if not is_web_url or is_disguised or not url.isprintable() or " " in url:
        raise Problem(_("return_url must be an http or https URL."), field="return_url")


def redeem_token(*, store: Store, secret: str) -> EphemeralToken:
    """Redeem the token; of two concurrent attempts one wins (R121, X9). Raises TokenSpent."""
    now = timezone.now()
    redeemable = EphemeralToken.objects.filter(
        digest=hash_secret(secret), store=store, redeemed_at=None, expires_at__gt=now
    )
    if not redeemable.update(redeemed_at=now):
        raise TokenSpent
    return EphemeralToken.objects.select_related("customer").get(digest=hash_secret(secret))


def delete_old_tokens() -> int:
    """Delete tokens past their retention; return how many."""
    return EphemeralToken.objects.filter(expires_at__lt=timezone.now() - TOKEN_RETENTION).delete()[0]
