"""A purchase whose charge by NEXT is judged: built answers, no sandbox."""

from dataclasses import replace
from decimal import Decimal

from checkout.buyer import Buyer
from checkout.payments.place_order import place_order
from checkout.payments.settle import settle_payment_intent
from checkout.quote import QuoteDiscount, calculate_quote
from checkout.selection import Selection, SelectionLine
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview, PriceDifference
from tests.factories import make_product, make_store, sum_parts, variant_of
from tests.payments.helpers import ADDRESS
from tests.shop_fixture import make_shipping_methods

SHIPPING = {
    "code": "standard",
    "name": "Standard",
    "delivery_time": "",
    "countries": [],
}
SALES_TAX = {"id": 3, "tax_title": "Sales tax", "rate": 0.2}


class Purchase:
    """Two mugs at 25.00 and 4.99 for shipping to New York, sent to Link."""

    def __init__(self, *, price="25.00", shipping="4.99", quantity=2, **store_fields):
        self.store = make_store(**{"tax_mode": "added"} | store_fields)
        self.mug = variant_of(make_product(self.store, name="Mug", price=price))
        make_shipping_methods(self.store, [SHIPPING | {"prices": {self.store.currency: shipping}}])
        self.quantity = quantity
        self.count = 0

    def place(self, *, discounts=(), taxes=(), is_total_final=True, state="NY"):
        """Place the order with these discounts and taxes shown; return its payment."""
        self.count += 1
        selection = Selection(source="cart", lines=(SelectionLine(variant=self.mug, quantity=self.quantity),))
        quote = calculate_quote(store=self.store, selection=selection, country="US")
        tax = sum((line.amount for line in taxes if not line.is_included), Decimal(0))
        off = sum((discount.amount or 0 for discount in discounts), Decimal(0))
        quote = replace(
            quote,
            discounts=tuple(discounts),
            tax_lines=tuple(taxes),
            tax_total=tax,
            total=quote.total + tax - off,
            is_total_final=is_total_final,
        )
        address = replace(ADDRESS, state=state)
        intent = place_order(
            store=self.store,
            selection=selection,
            quote=quote,
            buyer=make_buyer(address),
            checkout_key=f"purchase-{self.count}",
            fingerprint="form",
        ).intent
        intent.store = self.store
        return intent

    def settle(self, intent, **answer):
        """Settle it with NEXT's order, changed by `answer`. Return what staff must decide, or ""."""
        order = {
            "number": f"10000{self.count}",
            "payment_status": "paid",
            "currency": self.store.currency,
            "tags": [intent.pk],
            "total_incl_tax": "54.99",
            "shipping_incl_tax": "4.99",
            "shipping_excl_tax": "4.99",
            "lines": [self.line()],
            **answer,
        }
        settle_payment_intent(intent=intent, next_order=deserialize_order(order), source="webhook")
        intent.refresh_from_db()
        review = OrderReview.objects.filter(payment_intent_id=intent.pk).first()
        order = Order.objects.get(pk=intent.order_id)
        assert (intent.status, order.is_paid) == (("review", False) if review else ("succeeded", True))
        assert order.total == sum_parts(order)
        return str(review.text) if review else ""

    def line(self, excl="50.00", incl="50.00", **fields):
        return {
            "id": 1,
            "variant_id": self.mug.next_variant_id,
            "product_title": "Mug",
            "sku": self.mug.sku,
            "quantity": self.quantity,
            "price_excl_tax": excl,
            "price_incl_tax": incl,
            **fields,
        }

    def taxed(self, amount="10.00", total="64.99"):
        """Return an answer in which tax was added to the mugs."""
        row = SALES_TAX | {"amount": amount}
        incl = str(Decimal("50.00") + Decimal(amount))
        lines = [self.line(incl=incl, tax_lines=[row])]
        return {"total_incl_tax": total, "total_tax": amount, "lines": lines, "tax_lines": [row]}

    def reduced(self, by="5.00", **answer):
        """Return an answer in which the mugs cost less by a discount."""
        price = str(Decimal("50.00") - Decimal(by))
        return {
            "total_incl_tax": str(Decimal("54.99") - Decimal(by)),
            "total_discount": by,
            "lines": [self.line(price, price, total_discount=by)],
            **answer,
        }


def make_buyer(address):
    return Buyer(
        email="ada@example.com",
        first_name="Ada",
        last_name="Lovelace",
        phone="+12025550140",
        shipping_address=address,
        billing_address=None,
        ip="203.0.113.7",
        user_agent="Browser",
    )


def told():
    return [
        (
            row.kind,
            row.cause,
            None if row.shown is None else str(row.shown),
            str(row.charged),
            row.order_count,
        )
        for row in PriceDifference.objects.order_by("kind", "cause")
    ]


def offer(name="Spring sale", amount="5.00"):
    return {"offer_discounts": [{"name": name, "amount": amount}]}


def coupon(code="WELCOME5", amount="5.00"):
    return {"voucher_discounts": [{"name": "Welcome", "amount": amount, "voucher": {"code": code}}]}


WELCOME = QuoteDiscount(name="WELCOME5", amount=Decimal("5.00"), code="WELCOME5")
