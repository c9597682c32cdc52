"""Helpers that check out, pay at Link and come back without a browser, and that let time pass."""

import datetime
import hashlib
import hmac
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Hold
from checkout.buyer import Address, Buyer
from checkout.checkout_session import mark_checkout_posted
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments import start
from checkout.payments.order_payload import build_return_url
from checkout.quote import NO_DISCOUNTS, Discounts, calculate_quote
from checkout.selection import Selection, SelectionLine
from orders.models import Order
from stores.models import Store
from tests.factories import variant_of

ADDRESS = Address(
    first_name="Ada",
    last_name="Lovelace",
    line1="12 Main Street",
    city="Monsey",
    state="NY",
    postal_code="10952",
    country="US",
    phone="2025550140",
)


def make_selection(
    store: Store, product: str = "Desk lamp", title: str = "Black", quantity: int = 1, link: Any = None
) -> Selection:
    """Return a selection of `quantity` units of one variant, from the cart or from `link`."""
    variant = variant_of(store.products.get(name=product), title)
    return Selection(
        source=link.pk if link else "cart",
        lines=(SelectionLine(variant=variant, quantity=quantity),),
        link=link,
    )


def submit_checkout(
    store: Store,
    selection: Selection | None = None,
    *,
    key: str = "purchase-1",
    form: str = "form-1",
    email: str = "ada@example.com",
    first_name: str = "Ada",
    discounts: Discounts = NO_DISCOUNTS,
    order: Order | None = None,
    ip: str | None = "203.0.113.7",
    payment_method: str = "link",
) -> PaymentIntent:
    """Submit the checkout once. `key` identifies the purchase, `form` the posted form."""
    selection = selection or make_selection(store)
    return start.start_payment(
        store=store,
        selection=selection,
        quote=calculate_quote(store=store, selection=selection, country="US", discounts=discounts),
        buyer=Buyer(
            email=email,
            first_name=first_name,
            last_name="Lovelace",
            phone="+12025550140",
            shipping_address=ADDRESS if selection.needs_shipping else None,
            billing_address=None if selection.needs_shipping else ADDRESS,
            ip=ip,
            user_agent="Browser",
            payment_method=payment_method,
        ),
        checkout_key=key,
        fingerprint=form,
        order=order,
    )


def post_return(
    intent: PaymentIntent, response: Any = None, *, client: Client | None = None, **headers: Any
) -> Any:
    """Post `response` (JSON, or text unchanged) to the return address, as Link makes the browser do."""
    text = response if isinstance(response, str) else json.dumps({} if response is None else response)
    path = build_return_url(intent).partition(intent.store.host)[2]
    return (client or Client(enforce_csrf_checks=True)).post(path, {"response": text}, headers=headers)


def own_checkout(client: Client, order: Order) -> Client:
    """Make this the browser that began the order's checkout. Return it."""
    session = client.session
    mark_checkout_posted(session=session, source=order.pk, key=order.checkout_key, query="")
    session.save()
    return client


def pay_at_link(intent: PaymentIntent, action: str = "pay") -> Any:
    """Pay (or decline) at the sandbox's Link. Return what the browser would post back."""
    answer = intent.store.sandbox.pay(intent.payment_complete_url, action)
    return answer["response"]


def stock_of(store: Store, product: str = "Desk lamp", title: str = "Black") -> int | None:
    """Return the inventory of one variant."""
    return variant_of(store.products.get(name=product), title).inventory_quantity


def order_create_calls(store: Store) -> list[dict[str, Any]]:
    """Return the ordersCreate calls that the sandbox received."""
    return [call for call in store.sandbox.requests() if call["operation"] == "ordersCreate"]


def net_charged(store: Store) -> Decimal:
    """Return what the sandbox charged minus what it refunded."""
    return sum(
        (Decimal(row["amount"]) * (1 if row["kind"] == "charge" else -1) for row in store.sandbox.charges()),
        Decimal(0),
    )


def deliver_webhook(
    store: Store,
    event_type: str,
    data: Any,
    *,
    event_id: str = "event-1",
    secret: str | None = None,
    slug: str = "",
    client: Client | None = None,
) -> Any:
    """Deliver one signed webhook, as NEXT would."""
    envelope = {
        "api_version": "2024-04-01",
        "object": event_type.partition(".")[0],
        "data": data,
        "event_id": event_id,
        "event_type": event_type,
        "webhook": {"id": 1, "store": store.slug, "events": [event_type], "target": ""},
    }
    return deliver_raw_webhook(store, json.dumps(envelope).encode(), secret=secret, slug=slug, client=client)


def deliver_raw_webhook(
    store: Store, body: bytes, *, secret: str | None = None, slug: str = "", client: Client | None = None
) -> Any:
    """Deliver `body` with a valid signature, or one made with `secret`."""
    key = (store.webhook_secret if secret is None else secret).encode()
    return (client or Client(enforce_csrf_checks=True)).post(
        f"/webhooks/{slug or store.slug}/",
        body,
        content_type="application/json",
        headers={"X-29Next-Signature": hmac.new(key, body, hashlib.sha256).hexdigest()},
    )


class BrokenStream(io.BytesIO):
    """A request body whose connection breaks while it is read."""

    def read(self, *args: Any) -> bytes:
        raise OSError


def allow_next_check(intent: PaymentIntent) -> PaymentIntent:
    """Make the intent due for another check. Return it refreshed."""
    PaymentIntent.objects.filter(pk=intent.pk).update(checked_at=None)
    intent.refresh_from_db()
    return intent


def paid_order(store: Store) -> dict[str, Any]:
    """Return the sandbox's order of a shopper who paid and closed the tab."""
    pay_at_link(submit_checkout(store))
    (order,) = store.sandbox.orders()
    return order


def postpone_checks() -> None:
    """Postpone every check by an hour, so that only an event can make it due."""
    PaymentIntent.objects.update(next_check_at=timezone.now() + datetime.timedelta(hours=1))


def make_due() -> None:
    """Make every scheduled check and retry due now."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    PaymentIntent.objects.filter(next_check_at__isnull=False).update(next_check_at=past)
    PaymentIntent.objects.update(checked_at=None)
    WebhookEvent.objects.filter(next_try_at__isnull=False).update(next_try_at=past)


def die_after_create(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die after ordersCreate failed, before anything is recorded of it."""
    monkeypatch.setattr(start, "_end_failed_attempt", lambda *, intent, error: intent)


def age_intent(intent: PaymentIntent, *, expire_hold: bool = True, **age: float) -> None:
    """Make the intent older by `age` (timedelta arguments) and, by default, its hold expired."""
    then = timezone.now() - datetime.timedelta(**age)
    PaymentIntent.objects.filter(pk=intent.pk).update(created_at=then, sent_at=then)
    if expire_hold:
        past = timezone.now() - datetime.timedelta(days=1)
        Hold.objects.filter(reference=intent.order_id).update(expires_at=past)
