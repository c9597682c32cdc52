"""Carts: pricing, saving and abandoning them. They know no address, so they have no tax or shipping."""

from dataclasses import replace

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject, StoreCatalog
from .discounts import DiscountRequest, apply_discounts
from .hosted_payments import to_plain_json
from .line_pricing import price_order_lines
from .models import Cart, Customer, Store, exclusive_transaction
from .money import ZERO
from .order_service import build_order_user, get_or_create_store_customer
from .quote import Quote
from .webhook_events import schedule_webhook_deliveries


def create_cart(*, store: Store, payload: JsonObject) -> Cart:
    """Create a cart, or replace the contents of the customer's open cart.

    Raises ValidationError if a line, a customer or a code is refused.
    """
    with exclusive_transaction():
        store.refresh_from_db()
        customer = _find_or_create_customer(store, payload.get("user") or {})
        cart = Cart.objects.filter(customer=customer).first() if customer else None
        cart = cart or Cart(store=store, customer=customer, created_at=store.now())
        cart.currency = payload.get("currency") or store.currency
        cart.vouchers = []
        if customer is not None:
            cart.user = build_order_user(customer, payload["user"])
        _save_cart(cart, payload)
    return cart


def update_cart(*, cart: Cart, payload: JsonObject) -> None:
    """Replace the cart's lines, and what else the payload names. Its customer and currency stay."""
    with exclusive_transaction():
        cart.store.refresh_from_db()
        _save_cart(cart, payload)


def _find_or_create_customer(store: Store, user: JsonObject) -> Customer | None:
    """Return the customer with this id or email, or None for an anonymous cart."""
    if user.get("id"):
        customer = Customer.objects.filter(store=store, pk=user["id"]).first()
        if customer is None:
            raise ValidationError({"user": {"id": [f'Invalid pk "{user["id"]}" - object does not exist.']}})
        return customer
    if not user.get("email"):
        return None
    return get_or_create_store_customer(store=store, user=user)


def _save_cart(cart: Cart, payload: JsonObject) -> None:
    cart.vouchers = (payload["vouchers"] or []) if "vouchers" in payload else cart.vouchers
    cart.quote = to_plain_json(_quote_cart(cart, payload["lines"]).to_json())
    for name in ("attribution", "metadata"):
        if name in payload:
            setattr(cart, name, to_plain_json(payload[name]) or {})
    cart.is_abandoned = False
    cart.updated_at = cart.store.now()
    cart.save()


def _quote_cart(cart: Cart, lines: list[JsonObject]) -> Quote:
    store = cart.store
    discounted = apply_discounts(
        store=store,
        currency=cart.currency,
        lines=price_order_lines(
            catalog=StoreCatalog(store.catalog, store.currency), lines=lines, currency=cart.currency
        ),
        shipping_price=ZERO,
        request=DiscountRequest(
            codes=cart.vouchers, email=cart.customer.email if cart.customer else "", is_cart=True
        ),
    )
    priced = [
        replace(line, price_excl_tax=line.discounted_price, price_incl_tax=line.discounted_price)
        for line in discounted.lines
    ]
    return Quote(currency=cart.currency, lines=priced, discounts=discounted.discounts)


def abandon_due_carts(store: Store) -> None:
    """Abandon the carts that are due by the store's clock."""
    for cart in store.carts.filter(is_abandoned=False):
        if cart.abandoned_at <= store.now():
            abandon_cart(cart)


def abandon_cart(cart: Cart) -> None:
    """Mark the cart as abandoned and emit ``cart.abandoned``, which anonymous carts do not."""
    with exclusive_transaction():
        cart.is_abandoned = True
        cart.save(update_fields=["is_abandoned"])
        if cart.customer is not None:
            schedule_webhook_deliveries(store=cart.store, event="cart.abandoned", subject=cart)
