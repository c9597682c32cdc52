"""What a product's page must tell: unit prices, delivery costs, safety, and no reduction that wasn't one."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.former_prices import find_former_prices
from catalog.models import Variant, VariantPrice
from catalog.unit_prices import format_unit_price
from checkout.models import ShippingMethod
from stores.page_cache import clear_page_cache
from tests.factories import make_product, make_store


@pytest.fixture
def coffee(db):
    return make_product(make_store(countries=["DE"]), name="Coffee", price="6.25")


def text_of(client, path="/products/coffee"):
    clear_page_cache(host="testserver")
    return client.get(path).text


# Unit prices.


@pytest.mark.parametrize(
    ("amount", "unit", "price", "text"),
    [
        ("500", "g", "6.25", "€12.50/kg"),
        ("1.5", "kg", "6.00", "€4.00/kg"),
        ("750", "ml", "9.99", "€13.32/l"),
        ("2", "l", "3.00", "€1.50/l"),
        ("150", "cm", "3.00", "€2.00/m"),
        ("2.5", "m2", "10.00", "€4.00/m²"),
        (None, "g", "10.00", ""),
        ("500", "", "10.00", ""),
    ],
)
def test_price_is_for_a_whole_unit(amount, unit, price, text):
    variant = Variant(content_amount=amount and Decimal(amount), content_unit=unit)

    assert format_unit_price(variant, Decimal(price), "EUR") == text


def test_pages_with_a_price_show_the_price_of_a_unit(client, coffee):
    assert "$12.50/kg" not in text_of(client)
    Variant.objects.update(content_amount=500, content_unit="g")

    assert "$12.50/kg" in text_of(client)
    assert "$12.50/kg" in text_of(client, "/")


# Delivery costs.


def test_page_leads_to_the_shipping_costs_before_the_cart(client, coffee):
    method = ShippingMethod.objects.create(
        store=coffee.store, code="dhl", name="DHL", countries=["DE"], refreshed_at=timezone.now()
    )
    method.prices.create(currency="USD", amount="4.90")

    assert '<a href="/shipping">plus shipping</a>' in text_of(client)
    page = client.get("/shipping").text
    for text in ("DHL", "Germany", "$4.90"):
        assert text in page

    coffee.collect_shipping_address = False
    coffee.save()
    assert "plus shipping" not in text_of(client)


# Product safety, and accessibility.


def test_safety_information_is_shown_if_there_is_any(client, coffee):
    assert "Product safety" not in text_of(client)
    coffee.manufacturer = "Rösterei <Nord>\nhello@nord.example"
    coffee.responsible_person = "EU Rep BV, Delft"
    coffee.safety_warnings = "Hot when brewed."
    coffee.save()

    page = text_of(client)

    for text in ("Product safety", "Rösterei &lt;Nord&gt;", "EU Rep BV, Delft", "Hot when brewed."):
        assert text in page


def test_accessibility_statement_has_a_page_that_each_footer_links(client, coffee):
    assert client.get("/accessibility").status_code == 404
    assert "/accessibility" not in text_of(client)
    store = coffee.store
    store.accessibility_statement = "We follow WCAG 2.2.\n\nTell us what doesn't work."
    store.save()

    assert '<a href="/accessibility">Accessibility</a>' in text_of(client)
    assert "Tell us what doesn&#x27;t work." in text_of(client, "/accessibility")


# Former prices.


def set_history(variant, *rows):
    """Replace the history: (days ago, price), the oldest first; the last is what it costs now."""
    VariantPrice.objects.all().delete()
    for days, price in rows:
        starts_at = timezone.now() - datetime.timedelta(days=days)
        VariantPrice.objects.create(variant=variant, price=price, starts_at=starts_at)
    Variant.objects.filter(pk=variant.pk).update(price=rows[-1][1])
    VariantPrice.objects.filter(starts_at__gt=timezone.now() - datetime.timedelta(minutes=1)).delete()
    variant.refresh_from_db()


def test_database_keeps_each_price_from_its_moment_on(coffee):
    variant = coffee.variants.get()
    Variant.objects.update(price="5.00")
    Variant.objects.update(price="5.00", sku="same-price")

    assert [str(row.price) for row in variant.price_history.order_by("id")] == ["6.25", "5.00"]
    age = timezone.now() - variant.price_history.latest("id").starts_at
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("history", "former"),
    [
        ([(90, "10.00"), (2, "8.00")], "10.00"),
        # The lowest of the thirty days before the change, not the last.
        ([(90, "10.00"), (20, "7.50"), (10, "12.00"), (2, "7.00")], "7.50"),
        # It was as cheap before, or cheaper: no reduction.
        ([(90, "10.00"), (20, "8.00"), (10, "12.00"), (2, "8.00")], None),
        ([(90, "10.00"), (20, "6.00"), (10, "12.00"), (2, "8.00")], None),
        # That was longer ago than the thirty days before.
        ([(200, "6.00"), (40, "10.00"), (2, "8.00")], "10.00"),
        # Raised, sold for too short a time, reduced too long ago, or never changed.
        ([(90, "8.00"), (2, "10.00")], None),
        ([(20, "10.00"), (2, "8.00")], None),
        ([(90, "10.00"), (31, "8.00")], None),
        ([(90, "10.00")], None),
    ],
)
def test_reduction_is_from_the_lowest_price_of_thirty_days_before(coffee, history, former):
    variant = coffee.variants.get()
    set_history(variant, *history)

    found = find_former_prices([variant])

    assert found == ({variant.pk: Decimal(former)} if former else {})


def test_page_shows_it_only_if_the_store_wants_it(client, coffee):
    variant = coffee.variants.get()
    set_history(variant, (90, "10.00"), (2, "8.00"))
    assert "Lowest price of the 30 days before" not in text_of(client)

    store = coffee.store
    store.shows_former_prices = True
    store.save()
    assert "Lowest price of the 30 days before: $10.00" in text_of(client)
