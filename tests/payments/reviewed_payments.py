"""Payments that end in review, for tests of what becomes of them."""

from checkout.payments.settle import check_payment_intent, settle_payment_intent
from nextcommerce.deserializers import deserialize_order
from tests.factories import variant_of
from tests.payments.helpers import (
    make_selection,
    pay_at_link,
    post_return,
    submit_checkout,
)


def pay_wrong_total(shop, quantity=1):
    """Return a payment in review because its total differs from the order's."""
    intent = submit_checkout(shop, make_selection(shop, quantity=quantity))
    pay_at_link(intent)
    next_order = deserialize_order(shop.sandbox.orders()[0] | {"total_incl_tax": "60.00"})
    return settle_payment_intent(intent=intent, next_order=next_order, source="webhook")


def pay_too_much(shop):
    """Return a payment in review because NEXT charged 61.50 for an order of 54.00: a bulb was added."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    number = shop.sandbox.orders()[0]["number"]
    bulb = variant_of(shop.products.get(name="Light bulb")).next_variant_id
    lines = {"lines": [{"product_id": bulb, "quantity": 1, "price": "7.50"}]}
    assert shop.sandbox.call("POST", f"orders/{number}/add-line-items/", lines).ok
    check_payment_intent(intent=intent, source="webhook")
    intent.refresh_from_db()
    assert intent.status == "review"
    return intent


def pay_twice(shop):
    """Pay two attempts for one order. Return the second, which is in review."""
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="second")
    pay_at_link(first)
    pay_at_link(second)
    check_payment_intent(intent=first, source="webhook")
    return check_payment_intent(intent=second, source="webhook")


def pay_twice_after_selling_out(shop):
    """Pay two attempts whose items have sold out since, and come back. Return both intents."""
    shop.next_sends_receipt = False
    shop.save()
    first = submit_checkout(shop, form="first")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="second")
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=0)
    for intent in (first, second):
        intent.store = shop
        post_return(intent, pay_at_link(intent))
        intent.refresh_from_db()
    return first, second
