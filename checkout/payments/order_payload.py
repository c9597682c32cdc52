"""Builds the body of ordersCreate for a payment intent."""

from typing import Any

from django.urls import reverse

from catalog.plan_snapshot import intervals_per_charge
from checkout.models import PaymentIntent
from orders.addresses import build_next_address_body
from orders.answers import find_note
from orders.next_order_identity import INTENT_METADATA_KEY
from orders.snapshot import PurchaseSnapshot
from stores.crypto import make_url_token
from stores.models import Store
from stores.typed_text import split_name

# Languages the hosted payment page supports; for others NEXT uses its store's default.
HOSTED_PAGE_LANGUAGES = {"en", "fr", "th", "de", "sv", "no", "it", "es", "nl", "pt", "da", "fi"}


def build_return_url(intent: PaymentIntent) -> str:
    """Return the absolute URL that the browser is sent back to. It carries the intent's secret."""
    token = make_url_token(purpose="payment-return", subject=intent.pk)
    return f"{intent.store.origin}{reverse('checkout:payment_return', args=[token])}"


def build_next_line_body(item: dict[str, Any], *, has_next_price: bool = False) -> dict[str, Any]:
    """Return one order line with our price per unit, or none if NEXT's catalog is known to have the same."""
    line: dict[str, Any] = {"product_id": item["next_variant_id"], "quantity": item["quantity"]}
    if not has_next_price:
        line["price"] = item["unit_price"]
    plan = item["snapshot"]["selling_plan"]
    if plan:
        line["subscription"] = {
            "interval": plan["interval"],
            "interval_count": intervals_per_charge(plan),
            "price": plan["recurring_price"],
        }
    if item["custom_text"]:
        line["metadata"] = {"custom_text": item["custom_text"]}
    return line


def build_create_order_body(intent: PaymentIntent) -> dict[str, Any]:
    """Return the request body for `intent`, built from its snapshot alone. Needs `intent.store` loaded."""
    snapshot, store = intent.snapshot["order"], intent.store
    body: dict[str, Any] = {
        "lines": [
            build_next_line_body(item, has_next_price=position in intent.snapshot["next_priced"])
            for position, item in enumerate(intent.snapshot["items"])
        ],
        "currency": intent.currency,
        "user": build_user_body(intent),
        "tags": [intent.pk],
        # Sent even when empty: otherwise NEXT would use the attribution of the shopper's old cart.
        "attribution": {**snapshot["origin"]["attribution"], "metadata": {INTENT_METADATA_KEY: intent.pk}},
        "send_receipt": store.next_sends_receipt,
        **build_payment_body(intent=intent, store=store),
        **build_delivery_body(intent.snapshot),
    }
    if snapshot["discount_code"]:
        body["vouchers"] = [snapshot["discount_code"]]
    if intent.snapshot["next_offer_ids"]:
        body["offers"] = intent.snapshot["next_offer_ids"]
    return body


def build_user_body(intent: PaymentIntent) -> dict[str, Any]:
    """Return who buys, and with which browser."""
    snapshot = intent.snapshot["order"]
    first_name, last_name = split_name(snapshot["name"])
    # The person who is billed may be somebody else.
    contact = snapshot["shipping_address"] or snapshot["billing_address"]
    optional = {
        "phone_number": snapshot["phone"],
        "language": find_hosted_page_language(intent),
        "ip": intent.shopper_ip,
        "user_agent": intent.user_agent,
    }
    return {
        "email": snapshot["email"],
        "first_name": contact.get("first_name", first_name),
        "last_name": contact.get("last_name", last_name),
        "accepts_marketing": snapshot["accepts_marketing"],
        **{name: value for name, value in optional.items() if value},
    }


def build_delivery_body(snapshot: PurchaseSnapshot) -> dict[str, Any]:
    """Return the addresses, and the shipping of what ships."""
    order = snapshot["order"]
    shipping, billing = order["shipping_address"], order["billing_address"]
    body: dict[str, Any] = {}
    if shipping:
        body["shipping_address"] = build_next_address_body(shipping, note=find_note(order["answers"]))
        body["shipping_code"] = order["shipping_code"]
        if not snapshot["is_shipping_next_priced"]:
            body["shipping_price"] = order["shipping_total"]
    if billing and billing != shipping:
        body["billing_address"] = build_next_address_body(billing)
    elif billing:
        body["billing_same_as_shipping_address"] = True
    return body


def find_hosted_page_language(intent: PaymentIntent) -> str:
    """Return the shopper's language if the hosted payment page has it, or ""."""
    language: str = intent.snapshot["order"]["language"].partition("-")[0]
    return language if language in HOSTED_PAGE_LANGUAGES else ""


def build_payment_body(*, intent: PaymentIntent, store: Store) -> dict[str, Any]:
    """Return the payment method that the shopper chose and its details."""
    method = intent.payment_method
    details: dict[str, Any] = {"payment_return_url": build_return_url(intent)}
    if store.payment_gateway and method.uses_gateway:
        details["payment_gateway"] = store.payment_gateway
    elif store.payment_gateway_group:
        details["payment_gateway_group"] = store.payment_gateway_group
    if language := find_hosted_page_language(intent):
        details["language"] = language
    if method.is_test:
        return {"payment_method": "card_token", "payment_details": {**details, "card_token": method.code}}
    return {"payment_method": method.code, "payment_details": details}
