"""What NEXT charged is judged against what was shown: paid, told to staff once, or reviewed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from checkout.buyer import Buyer
from checkout.models import PaymentIntent
from checkout.payments.place_order import place_order
from checkout.payments.settle import settle_payment_intent
from checkout.quote import QuoteDiscount, QuoteTaxLine, calculate_quote
from checkout.selection import Selection, SelectionLine
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderEvent, OrderReview, PriceDifference
from orders.price_differences import dismiss_difference
from tests.factories import make_product, make_store, sum_parts, variant_of
from tests.payments.helpers import ADDRESS
from tests.shop_fixture import make_shipping_methods

SHIPPING = {
    "code": "standard",
    "name": "Standard",
    "delivery_time": "",
    "countries": [],
    "prices": {"USD": "4.99"},
}
SALES_TAX = {"id": 3, "tax_title": "Sales tax", "rate": 0.2}


class Purchase:
    """Two mugs at 25.00 and 4.99 for shipping to New York, sent to Link."""

    def __init__(self, **store_fields):
        self.store = make_store(**{"tax_mode": "added"} | store_fields)
        self.mug = variant_of(make_product(self.store, name="Mug", price="25.00"))
        make_shipping_methods(self.store, [SHIPPING])
        self.count = 0

    def place(self, *, discounts=(), taxes=(), is_total_final=True, state="NY"):
        """Place the order with these discounts and taxes shown; return its payment."""
        self.count += 1
        selection = Selection(source="cart", lines=(SelectionLine(variant=self.mug, quantity=2),))
        quote = calculate_quote(store=self.store, selection=selection, country="US")
        tax = sum((line.amount for line in taxes if not line.is_included), Decimal(0))
        off = sum((discount.amount or 0 for discount in discounts), Decimal(0))
        quote = replace(
            quote,
            discounts=tuple(discounts),
            tax_lines=tuple(taxes),
            tax_total=tax,
            total=Decimal("54.99") + tax - off,
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
            "currency": "USD",
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
        return review.text if review else ""

    def line(self, excl="50.00", incl="50.00", **fields):
        return {
            "id": 1,
            "variant_id": self.mug.next_variant_id,
            "product_title": "Mug",
            "sku": self.mug.sku,
            "quantity": 2,
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


@pytest.fixture
def purchase(db):
    return Purchase()


def test_what_was_shown_is_paid_and_tells_nobody(purchase):
    assert purchase.settle(purchase.place()) == ""
    assert told() == []
    assert OrderEvent.objects.filter(kind="price_difference").count() == 0


def test_unknown_tax_is_paid_as_charged_and_told_once_for_the_region(purchase):
    """S36."""
    for _order in range(3):
        assert purchase.settle(purchase.place(), **purchase.taxed()) == ""

    assert told() == [("tax", "US-NY", "0.00", "10.00", 3)]
    difference = PriceDifference.objects.get()
    assert difference.rates == [{"name": "Sales tax", "rate": "20", "taxes_shipping": False}]
    assert not difference.is_included
    order = Order.objects.first()
    assert (order.tax_total, order.total) == (Decimal("10.00"), Decimal("64.99"))
    assert order.events.filter(kind="price_difference").get().text == "Tax US-NY: 10.00 USD instead of 0.00."


def test_tax_of_shipping_is_told_as_such(purchase):
    row = SALES_TAX | {"amount": "1.00"}
    answer = purchase.taxed(total="65.99") | {"total_tax": "11.00", "shipping_incl_tax": "5.99"}

    assert purchase.settle(purchase.place(), **answer, shipping_tax_lines=[row]) == ""

    assert PriceDifference.objects.get().rates[0]["taxes_shipping"]


def test_each_region_is_told_apart(purchase):
    for state in ("NY", "CA", "NY"):
        purchase.settle(purchase.place(state=state), **purchase.taxed())

    assert [(cause, count) for _kind, cause, *_amounts, count in told()] == [("US-CA", 1), ("US-NY", 2)]


def test_tax_that_was_shown_and_is_not_charged_is_told(purchase):
    shown = QuoteTaxLine(name="Sales tax", rate=Decimal(20), amount=Decimal("10.00"))

    assert purchase.settle(purchase.place(taxes=[shown])) == ""

    assert told() == [("tax", "US-NY", "10.00", "0.00", 1)]


def test_rounding_alone_tells_nobody(purchase):
    shown = QuoteTaxLine(name="Sales tax", rate=Decimal(20), amount=Decimal("10.02"))

    assert purchase.settle(purchase.place(taxes=[shown]), **purchase.taxed()) == ""

    assert told() == []
    assert Order.objects.get().total == Decimal("64.99")


def test_tax_that_the_prices_contain_is_told_as_such(purchase):
    row = SALES_TAX | {"amount": "8.33"}
    lines = [purchase.line(excl="41.67", tax_lines=[row])]

    assert purchase.settle(purchase.place(), lines=lines, total_tax="8.33", total_excl_tax="46.66") == ""

    assert told() == [("tax", "US-NY", "0.00", "8.33", 1)]
    assert PriceDifference.objects.get().is_included
    assert Order.objects.get().total == Decimal("54.99")


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        (None, ""),
        ("10.00", ""),
        ("9.99", "The total is 64.99 instead of 54.99: tax is 10.00 instead of 0.00."),
        ("0.00", "The total is 64.99 instead of 54.99: tax is 10.00 instead of 0.00."),
    ],
)
def test_store_may_limit_the_tax_beyond_what_was_shown(db, limit, problem):
    purchase = Purchase(max_tax_difference=limit and Decimal(limit))

    assert purchase.settle(purchase.place(), **purchase.taxed()) == problem


def test_any_tax_is_expected_if_it_is_calculated_at_payment(db):
    """The region is still told once, so that the shop can learn it."""
    purchase = Purchase(tax_mode="at_payment", max_tax_difference=Decimal("1.00"))

    for _order in range(2):
        assert purchase.settle(purchase.place(is_total_final=False), **purchase.taxed()) == ""

    assert told() == [("tax", "US-NY", None, "10.00", 2)]
    assert Order.objects.first().is_total_final


def test_region_that_staff_closed_is_not_told_again(purchase):
    purchase.settle(purchase.place(), **purchase.taxed())
    dismiss_difference(difference=PriceDifference.objects.get(), actor="grace")

    purchase.settle(purchase.place(), **purchase.taxed())

    assert told() == [("tax", "US-NY", "0.00", "10.00", 1)]


def test_unknown_offer_is_paid_as_charged_and_told_once(purchase):
    """S37."""
    for _order in range(2):
        assert purchase.settle(purchase.place(), **purchase.reduced(**offer())) == ""

    assert told() == [("discount", "Spring sale", None, "5.00", 2)]
    order = Order.objects.first()
    assert (order.discount_total, order.total) == (Decimal("5.00"), Decimal("49.99"))
    assert order.discounts.get().name == "Spring sale"


def test_discount_that_next_does_not_name_is_told(purchase):
    assert purchase.settle(purchase.place(), **purchase.reduced()) == ""
    assert told() == [("discount", "without a name", None, "5.00", 1)]


def test_offers_that_the_store_requests_are_expected(purchase):
    purchase.store.offers.create(next_offer_id=7, name="Our spring sale")

    assert purchase.settle(purchase.place(is_total_final=False), **purchase.reduced(**offer())) == ""

    assert told() == []


def test_code_that_was_shown_is_expected_whatever_its_case(purchase):
    intent = purchase.place(discounts=[WELCOME])

    assert purchase.settle(intent, **purchase.reduced(**coupon("welcome5"))) == ""

    assert told() == []


def test_code_whose_worth_was_unknown_is_expected(purchase):
    discount = replace(WELCOME, amount=None)
    intent = purchase.place(discounts=[discount], is_total_final=False)

    assert purchase.settle(intent, **purchase.reduced(**coupon())) == ""

    assert told() == []


def test_code_that_gives_more_than_was_shown_is_told(purchase):
    intent = purchase.place(discounts=[WELCOME])

    assert purchase.settle(intent, **purchase.reduced("8.00", **coupon(amount="8.00"))) == ""

    assert told() == [("discount", "WELCOME5", "5.00", "8.00", 1)]


@pytest.mark.parametrize("is_total_final", [True, False])
def test_promised_discount_that_is_not_given_is_a_review(purchase, is_total_final):
    intent = purchase.place(discounts=[WELCOME], is_total_final=is_total_final)

    assert purchase.settle(intent) == (
        "The total is 54.99 instead of 49.99: the discount is 0.00 instead of 5.00."
    )
    assert told() == []


def test_discount_that_is_smaller_than_promised_is_a_review(purchase):
    intent = purchase.place(discounts=[WELCOME])

    problem = purchase.settle(intent, **purchase.reduced("2.00", **coupon(amount="2.00")))

    assert problem == "The total is 52.99 instead of 49.99: the discount is 2.00 instead of 5.00."


def test_code_that_nobody_used_is_a_review(purchase):
    problem = purchase.settle(purchase.place(), **purchase.reduced(**coupon("STAFF50")))

    assert problem == "NEXT Commerce applied the code STAFF50, which wasn't used here."


def test_discount_and_tax_together_are_both_told(purchase):
    """Tax is on the price after the discount."""
    row = SALES_TAX | {"amount": "9.00"}
    lines = [purchase.line("45.00", "54.00", total_discount="5.00", tax_lines=[row])]
    answer = offer() | {"lines": lines, "total_tax": "9.00", "total_discount": "5.00"}

    assert purchase.settle(purchase.place(), **answer, total_incl_tax="58.99") == ""

    assert told() == [("discount", "Spring sale", None, "5.00", 1), ("tax", "US-NY", "0.00", "9.00", 1)]


@pytest.mark.parametrize(
    ("price", "total", "problem"),
    [
        ("60.00", "64.99", "Mug is charged at 60.00 instead of 50.00."),
        ("50.01", "55.00", "Mug is charged at 50.01 instead of 50.00."),
        ("40.00", "44.99", "Mug is charged at 40.00 instead of 50.00."),
        ("0.00", "4.99", "Mug is charged at 0.00 instead of 50.00."),
    ],
)
def test_another_price_is_a_review(purchase, price, total, problem):
    lines = [purchase.line(price, price)]

    assert problem in purchase.settle(purchase.place(), lines=lines, total_incl_tax=total)
    assert told() == []


def test_higher_price_is_no_tax_even_if_the_total_says_so(purchase):
    """NEXT's total_tax is the price difference, but the line itself is untaxed."""
    lines = [purchase.line("60.00", "60.00")]

    problem = purchase.settle(purchase.place(), lines=lines, total_incl_tax="64.99", total_tax="10.00")

    assert "Mug is charged at 60.00 instead of 50.00." in problem


def test_another_price_of_shipping_is_a_review(purchase):
    shipping = {"shipping_incl_tax": "9.99", "shipping_excl_tax": "9.99"}

    problem = purchase.settle(purchase.place(), **shipping, total_incl_tax="59.99")

    assert "Shipping is charged at 9.99 instead of 4.99." in problem


def test_free_shipping_by_an_offer_is_paid_and_told(purchase):
    shipping = {"shipping_incl_tax": "0.00", "shipping_excl_tax": "0.00"}

    answer = offer("Free shipping", "4.99") | shipping

    assert purchase.settle(purchase.place(), **answer, total_incl_tax="50.00") == ""
    assert told() == [("discount", "Free shipping", None, "4.99", 1)]


@pytest.mark.parametrize("total", ["55.99", "53.99", "0.00"])
def test_total_that_its_own_parts_do_not_explain_is_a_review(purchase, total):
    problem = purchase.settle(purchase.place(), total_incl_tax=total, total_tax="0.00")

    assert problem == f"The total is {total} instead of 54.99."


@pytest.mark.parametrize(
    ("line", "is_other"),
    [
        ({"product_title": "Paper filters", "sku": "PF-1"}, True),
        ({"product_title": "Paper filters", "sku": ""}, True),
        ({"product_title": "Mug, large", "sku": "M-2"}, False),
        ({"product_title": "", "sku": ""}, False),
        ({"product_title": "", "sku": "M-2"}, False),
        ({"product_title": "MUG", "sku": ""}, False),
    ],
)
def test_another_article_under_our_variant_id_is_a_review(purchase, line, is_other):
    """Two products share an id of NEXT, or the id is of something else."""
    problem = purchase.settle(purchase.place(), lines=[purchase.line() | line])

    assert problem.startswith("Ordered “Mug”") == is_other
    assert bool(problem) == is_other


def test_same_sku_is_the_same_article_whatever_its_title(purchase):
    assert purchase.settle(purchase.place(), lines=[purchase.line() | {"product_title": "Tasse"}]) == ""


def test_settling_again_tells_nothing_twice(purchase):
    intent = purchase.place()
    answer = purchase.taxed()
    purchase.settle(intent, **answer)
    purchase.settle(PaymentIntent.objects.select_related("store").get(pk=intent.pk), **answer)

    assert told() == [("tax", "US-NY", "0.00", "10.00", 1)]
    assert OrderEvent.objects.filter(kind="price_difference").count() == 1
