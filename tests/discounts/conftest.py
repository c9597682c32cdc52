"""A shop whose carts are answered by a stand-in, so that each test says what NEXT makes of a code."""

import json
import re
from decimal import Decimal

import pytest
import responses

from catalog.models import Variant
from tests.checkout_pages.conftest import shopper
from tests.factories import variant_of

__all__ = ["shopper"]

SIGN_IN_URL = "https://shop.example.com/accounts/complete-order/s3cret-token/"


class FakeCarts:
    """NEXT's carts, and its orders, which are kept in `orders` and redirect.

    `codes` maps a code to its percentage off. `fail` is raised or answered instead of a cart, `refuse_order`
    instead of a redirect. `change` is given each cart.
    """

    def __init__(self, store, mock):
        self.store = store
        self.mock = mock
        self.codes = {}
        self.fail = self.refuse_order = None
        self.change = lambda answer: answer
        self.calls = []
        self.orders = []
        mock.add_callback(responses.POST, f"{store.next_api_url}orders/", callback=self.answer_order)
        url = f"{store.next_api_url}carts/"
        mock.add_callback(responses.POST, url, callback=self.answer)
        mock.add_callback(responses.PUT, re.compile(f"{url}\\d+/"), callback=self.answer)

    def answer(self, request):
        body = json.loads(request.body)
        self.calls.append((request.method, request.path_url.partition("/carts/")[2], body))
        if isinstance(self.fail, Exception):
            raise self.fail
        if self.fail:
            return self.fail[0], {}, json.dumps(self.fail[1])
        return 201 if request.method == "POST" else 200, {}, json.dumps(self.change(self.build_answer(body)))

    def answer_order(self, request):
        if self.refuse_order:
            return 400, {}, json.dumps(self.refuse_order)
        self.orders.append(json.loads(request.body))
        return 200, {}, json.dumps({"payment_complete_url": "https://link.example.com/pay"})

    def build_answer(self, body):
        typed = body["vouchers"][0]
        code = next((code for code in self.codes if code.casefold() == typed.casefold()), "")
        percent = Decimal(self.codes.get(code, 0))
        lines = [self.build_line(line, percent) for line in body["lines"]]
        amount = sum(Decimal(line["total_discount"]) for line in lines)
        total = sum(Decimal(line["price_incl_tax"]) for line in lines)
        discount = {"name": f"{code} deal", "amount": str(amount), "voucher": {"code": code}}
        return {
            "id": 81,
            "status": "Open",
            "checkout_url": SIGN_IN_URL,
            "currency": "USD",
            "total_incl_tax": str(total),
            "total_excl_tax": str(total),
            "total_discount": str(amount),
            "lines": lines,
            "voucher_discounts": [discount] if amount else [],
        }

    def build_line(self, line, percent):
        variant = Variant.objects.get(next_variant_id=line["product_id"])
        price = Decimal(line["price"]) if "price" in line else variant.next_price
        total = price * line["quantity"]
        discount = (total * percent / 100).quantize(Decimal("0.01"))
        return {
            "variant_id": line["product_id"],
            "quantity": line["quantity"],
            "price_incl_tax": str(total - discount),
            "price_excl_tax": str(total - discount),
            "total_discount": str(discount),
        }

    @property
    def count(self):
        return len(self.calls)


@pytest.fixture
def carts(shop):
    """The carts of `shop`, which knows SAVE10 and HALF. Every other call goes to the sandbox."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_passthru("http://127.0.0.1")
        mock.add_passthru("http://localhost")
        for variant in Variant.objects.all():
            Variant.objects.filter(pk=variant.pk).update(next_price=variant.price)
        fake = FakeCarts(shop, mock)
        fake.codes = {"SAVE10": 10, "HALF": 50}
        yield fake


@pytest.fixture
def lamp(carts, shop):
    return variant_of(shop.products.get(name="Desk lamp"), "Black")


@pytest.fixture
def checkout(lamp):
    """The address of the checkout of one black desk lamp (49.00, shipping 5.00)."""
    return f"/checkout?variant={lamp.pk}"
