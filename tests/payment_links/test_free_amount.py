"""Links whose price shoppers enter: what is shown, sent, and charged, and what is refused."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from catalog.free_amount import list_suggestions, parse_amount
from catalog.models import PaymentLink
from checkout.payments.settle import check_payment_intent
from checkout.selection_query import read_selection
from orders.models import Order, OrderEvent
from stores.errors import Problem
from tests.factories import make_link, make_plan, make_product, make_store, variant_of
from tests.payments.helpers import net_charged, order_create_calls, pay_at_link, submit_checkout


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def link(store):
    limits = {"min_amount": Decimal("4.00"), "max_amount": Decimal("40.00")}
    return make_link(
        make_product(store, name="Coffee for the team", price="7.50"), suggested_amounts="5 10 99", **limits
    )


def choose(link, **query):
    fields = QueryDict(mutable=True)
    fields.update({"link": link.pk} | query)
    return read_selection(store=link.store, query=fields)


def test_price_shown_is_the_price_that_next_charges(shop):
    """The amount that the shopper typed, plus shipping, to the cent."""
    link = make_link(shop.products.get(name="Desk lamp"), min_amount="4.00")
    link = PaymentLink.objects.select_related("store").get(pk=link.pk)
    link.store.sandbox = shop.sandbox
    selection = choose(link, amount="12.34")

    intent = submit_checkout(shop, selection)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)

    order = Order.objects.get()
    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert line["price"] == "12.34"
    assert (order.total, net_charged(shop)) == (Decimal("17.34"), Decimal("17.34"))
    assert not order.is_in_review
    assert order.items.get().unit_price == Decimal("12.34")


@pytest.mark.parametrize(
    ("typed", "amount"), [("4", "4.00"), ("12.5", "12.50"), (" 12,50 ", "12.50"), ("40.00", "40.00")]
)
def test_amount_within_the_limits_is_the_price(link, typed, amount):
    (line,) = choose(link, amount=typed).lines

    assert line.own_price == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    ["", "3.99", "40.01", "0", "-5", "+5", "1e1", "5.001", "five", "NaN", "Infinity", "٥", "5 000", "1" * 30],
)
def test_amount_outside_the_limits_is_refused(link, typed):
    with pytest.raises(Problem) as refused:
        choose(link, amount=typed)

    assert refused.value.field == "amount"


def test_amount_is_one_unit_without_a_plan(link):
    plan = make_plan(link.product)
    for extra in ({"quantity": "2"}, {"plan": plan.pk}):
        with pytest.raises(Problem):
            choose(link, amount="5", **extra)


def test_other_links_ignore_an_amount_in_the_address(store):
    fixed = make_link(make_product(store, price="49.00"))

    (line,) = choose(fixed, amount="0.50").lines

    assert line.own_price is None


def test_amount_of_a_currency_without_cents_is_whole(db):
    yen = make_store(currency="JPY")
    link = make_link(make_product(yen, price="500.00"), min_amount="100.00")

    assert choose(link, amount="250").lines[0].own_price == Decimal("250.00")
    with pytest.raises(Problem):
        choose(link, amount="250.50")


def test_page_asks_for_the_amount_with_limits_and_suggestions(link, client):
    make_plan(link.product)

    page = client.get(link.get_absolute_url()).text

    field = page[page.index('<input id="amount"') :].partition(">")[0]
    assert all(part in field for part in ('value="5"', 'min="4.00"', 'max="40.00"', 'step="0.01"'))
    assert "From $4.00 to $40.00." in page
    assert 'data-amount="10"' in page
    assert "99" not in page[page.index("data-suggestions") : page.index("product-form__buy")]
    assert 'name="plan"' not in page
    assert 'name="quantity"' not in page
    assert '<output class="price" data-total>$5.00</output>' in page


def test_suggestions_outside_the_limits_are_left_out(link):
    assert list_suggestions(link) == [Decimal(5), Decimal(10)]
    assert parse_amount("1.234") is None


def test_checkout_shows_the_amount_and_asks_again_if_it_changed(link, client):
    page = client.get(f"/checkout?link={link.pk}&amount=12.34").text

    assert "$12.34" in page
    assert client.get(f"/checkout?link={link.pk}&amount=1").status_code == 400
    assert variant_of(link.product).price == Decimal("7.50")
