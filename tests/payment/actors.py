"""Shoppers of the payment tests: they choose, ask, pay and come back, without a browser."""

import json
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from checkout import payment
from checkout.choice import Choice, ChosenLine
from checkout.details import Address, Details
from checkout.models import PaymentIntent
from checkout.quote import quote
from checkout.wire import return_address
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


def choose(
    store: Store, product: str = "Desk lamp", title: str = "Black", quantity: int = 1, link: Any = None
) -> Choice:
    """So many of one variant, as from the bag or from a link."""
    variant = variant_of(store.products.get(name=product), title)
    return Choice(
        source=link.pk if link else "bag", lines=(ChosenLine(variant=variant, quantity=quantity),), link=link
    )


def checkout(
    store: Store,
    choice: Choice | None = None,
    *,
    key: str = "purchase-1",
    form: str = "form-1",
    email: str = "ada@example.com",
) -> PaymentIntent:
    """Post the checkout form once; `key` names the purchase, `form` what was posted."""
    choice = choice or choose(store)
    return payment.start(
        store=store,
        choice=choice,
        quote=quote(store=store, choice=choice, country="US"),
        details=Details(
            email=email,
            first_name="Ada",
            last_name="Lovelace",
            phone="+12025550140",
            shipping_address=ADDRESS if choice.needs_shipping else None,
            billing_address=None if choice.needs_shipping else ADDRESS,
            ip="203.0.113.7",
            user_agent="Browser",
        ),
        checkout_key=key,
        fingerprint=form,
    )


def come_back(
    intent: PaymentIntent, response: Any = None, *, client: Client | None = None, **headers: Any
) -> Any:
    """Be the browser that posts `response` (JSON, or text as it is) to the return address."""
    text = response if isinstance(response, str) else json.dumps({} if response is None else response)
    path = return_address(intent).partition(intent.store.host)[2]
    return (client or Client(enforce_csrf_checks=True)).post(path, {"response": text}, headers=headers)


def pay(intent: PaymentIntent, action: str = "pay") -> Any:
    """Pay (or decline) at the sandbox's Link; return what the browser would post back."""
    answer = intent.store.sandbox.pay(intent.payment_complete_url, action)
    return answer["response"]


def page_of(intent: PaymentIntent) -> str:
    from checkout.receiver import payment_page

    return payment_page(intent)


def stock_of(store: Store, product: str = "Desk lamp", title: str = "Black") -> int | None:
    return variant_of(store.products.get(name=product), title).inventory_quantity


def creates(store: Store) -> list[dict[str, Any]]:
    """The ordersCreate calls that the sandbox got."""
    return [call for call in store.sandbox.requests() if call["operation"] == "ordersCreate"]


def charged(store: Store) -> Decimal:
    """What the sandbox took from shoppers, less what it gave back."""
    return sum(
        (Decimal(row["amount"]) * (1 if row["kind"] == "charge" else -1) for row in store.sandbox.charges()),
        Decimal(0),
    )


def address(name: str, *args: str) -> str:
    return reverse(name, args=args)
