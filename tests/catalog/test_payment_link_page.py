"""The payment link page: its choices, and what it shows when the link is closed."""

import datetime
import html

import pytest
from django.utils import timezone

from catalog.models import Product, Variant
from catalog.payment_links import set_link_active
from stores.models import Store
from tests.factories import make_link, make_plan, make_product, make_store, variant_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _no_page_cache(settings):
    settings.PUBLIC_PAGE_CACHE_SECONDS = 0


@pytest.fixture
def store():
    return make_store(time_zone="Europe/Berlin")


@pytest.fixture
def shirt(store):
    return make_product(
        store,
        name="Linen shirt",
        price="49.00",
        options={"Color": ["Sand", "Ink"], "Size": ["S", "M"]},
        prices={"Ink / M": "59.00"},
        description="Cut from <Belgian> linen.",
    )


def page(client, link, **query):
    response = client.get(link.get_absolute_url(), query)
    assert response.status_code == 200
    return response.content.decode()


def test_default_variant_is_preselected(client, shirt):
    """R125"""
    link = make_link(shirt, default_variant=variant_of(shirt, "Ink / M"))
    text = page(client, link)
    assert 'name="option_Color" value="Ink" required checked' in text
    assert 'name="option_Size" value="M" required checked' in text
    assert "$59.00" in text


def test_query_parameter_preselects_another_variant(client, shirt):
    link = make_link(shirt)
    text = page(client, link, variant=variant_of(shirt, "Ink / S").pk)
    assert 'value="Ink" required checked' in text


def test_sold_out_default_is_replaced_by_a_variant_in_stock(client, shirt):
    link = make_link(shirt)
    Variant.objects.filter(pk=link.default_variant_id).update(inventory_quantity=0)
    text = page(client, link)
    assert 'name="option_Size" value="M" required checked' in text


def test_option_values_not_on_the_link_are_hidden(client, shirt):
    link = make_link(shirt, variants=[variant_of(shirt, "Sand / S"), variant_of(shirt, "Sand / M")])
    text = page(client, link)
    assert 'value="Sand"' in text
    assert 'value="Ink"' not in text


def test_option_value_without_stock_is_shown_as_sold_out(client, shirt):
    link = make_link(shirt)
    Variant.objects.filter(values__value="Ink").update(inventory_quantity=0)
    assert page(client, link).count('class="swatch swatch--gone"') == 1


def test_buy_button_is_disabled_when_everything_is_sold_out(client, shirt):
    link = make_link(shirt)
    Variant.objects.update(inventory_quantity=0)
    text = page(client, link)
    assert "data-buy disabled>Sold out" in text


def test_list_mode_shows_each_variant_with_its_price(client, shirt):
    """R22"""
    link = make_link(shirt, variant_config={"display_mode": "list"})
    text = page(client, link)
    assert text.count('name="variant"') == 4
    assert "option_Color" not in text


@pytest.mark.parametrize(("config", "shown"), [({"show_inventory": True}, True), ({}, False), (None, False)])
def test_stock_is_shown_only_if_the_link_says_so(client, shirt, config, shown):
    """R82"""
    link = make_link(shirt, variant_config=config or {})
    text = page(client, link)
    assert ("10 left" in text) is shown
    assert ('"stock": 10' in text) is shown


def test_mandatory_add_on_cannot_be_removed(client, store, shirt):
    """R128 to R131"""
    box = make_product(store, name="Gift box", price="6.00")
    card = make_product(store, name="Card", price="2.00")
    link = make_link(shirt, add_ons=[(variant_of(box), 1, 3), (variant_of(card), 0, 2)])
    text = page(client, link)
    assert f'name="addon_{variant_of(box).pk}" value="1" min="1" max="3"' in text
    assert f'name="addon_{variant_of(card).pk}" value="0" min="0" max="2"' in text
    assert "Always included" in text
    assert "$55.00" in text  # $49 plus the box


def test_sold_out_mandatory_add_on_disables_the_buy_button(client, store, shirt):
    box = make_product(store, name="Gift box", stock=0)
    link = make_link(shirt, add_ons=[(variant_of(box), 1, 3)])
    assert "data-buy disabled" in page(client, link)


def test_optional_subscription_is_offered_next_to_one_time_purchase(client, shirt):
    """R145, R146"""
    plan = make_plan(
        shirt,
        trial_period_days=7,
        pricing_policy=[{"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "10"}],
    )
    text = page(client, make_link(shirt))
    assert "One-time purchase" in text
    assert f'value="{plan.pk}"' in text
    assert "7 days free, then $44.10 every month" in text
    assert "Save 10%" in text


def test_subscription_only_product_has_no_one_time_purchase(client, shirt):
    """R144"""
    plan = make_plan(shirt)
    Product.objects.update(requires_selling_plan=True)
    text = page(client, make_link(shirt))
    assert "One-time purchase" not in text
    assert f'value="{plan.pk}" required checked' in text


def test_subscription_only_product_without_a_plan_cannot_be_bought(client, shirt):
    Product.objects.update(requires_selling_plan=True)
    assert "data-buy disabled" in page(client, make_link(shirt))


def test_maximum_quantity_and_custom_text_field_are_shown(client, shirt):
    link = make_link(shirt, max_quantity=3, custom_text_label="Name to embroider")
    text = page(client, link)
    assert 'name="quantity" value="1" min="1" max="3"' in text
    assert "Name to embroider" in text
    assert 'name="text"' in text


def test_catalog_texts_are_escaped(client, shirt):
    text = page(client, make_link(shirt))
    assert "Cut from &lt;Belgian&gt; linen." in text
    assert "Cut from \\u003cBelgian\\u003e linen." in text
    assert "<Belgian>" not in text


def test_short_url_redirects_to_the_page(client, shirt):
    """X1"""
    link = make_link(shirt)
    response = client.get(f"/{link.pk}?utm_source=mail")
    assert (response.status_code, response["Location"]) == (302, f"/link/{link.pk}?utm_source=mail")


HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    "fields",
    [
        lambda: {"active": False},
        lambda: {"expires_at": timezone.now() - HOUR},
        lambda: {"opens_at": timezone.now() + HOUR},
        lambda: {"uses_left": 0},
    ],
    ids=["inactive", "expired", "not open yet", "used up"],
)
def test_closed_link_reveals_nothing_about_the_product(client, shirt, fields):
    """R98, R135, X38"""
    response = client.get(make_link(shirt, **fields()).get_absolute_url())
    text = response.content.decode()
    assert response.status_code == 410
    assert "noindex" in text
    assert "Linen" not in text
    assert "$49" not in text


def test_closed_link_can_show_a_custom_message(client, shirt):
    link = make_link(shirt, active=False, closed_message="The winter sale is over. See you in July.")
    assert "The winter sale is over." in client.get(link.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Madrid", "Opens Jan. 1, 2999, 12:30 p.m. CET (in 9"),
        ("America/Los_Angeles", "Opens Jan. 1, 2999, 3:30 a.m. PST (in 9"),
        ("Asia/Dubai", "Opens Jan. 1, 2999, 3:30 p.m. UTC+04 (in 9"),
    ],
)
def test_link_that_opens_later_says_when_in_the_stores_named_time_zone(client, shirt, zone, shown):
    """Not yet open is told as that, and ends with one full stop."""
    Store.objects.filter(pk=shirt.store_id).update(time_zone=zone)
    link = make_link(shirt, opens_at=datetime.datetime(2999, 1, 1, 11, 30, tzinfo=datetime.UTC))

    text = html.unescape(client.get(link.get_absolute_url()).text).replace("'", "’")

    assert shown in text
    assert "<h1>\nNot open yet" in text.replace("\n\n", "\n")
    assert "No longer" not in text


def test_link_that_ended_says_so(client, shirt):
    link = make_link(shirt, expires_at=datetime.datetime(2025, 1, 1, 11, 30, tzinfo=datetime.UTC))

    text = client.get(link.get_absolute_url()).text

    assert "This offer has ended" in text
    assert "Ended Jan. 1, 2025, 12:30 p.m. CET." in text


def test_message_of_the_merchant_stands_on_the_page_of_an_ended_link(client, shirt):
    link = make_link(shirt, expires_at=timezone.now() - HOUR, closed_message="See you in July.")

    assert "See you in July." in client.get(link.get_absolute_url()).text


def test_a_link_is_open_within_its_dates(client, shirt):
    link = make_link(shirt, opens_at=timezone.now() - HOUR, expires_at=timezone.now() + HOUR, uses_left=1)
    assert "Linen shirt" in page(client, link)


@pytest.mark.parametrize("part", ["", "/preview.jpg", "/qr.svg", "/qr.png"])
def test_unknown_link_and_link_of_another_store_are_not_found(client, shirt, part):
    """R94, R106"""
    other = make_product(make_store(host="other.example"), name="Other")
    for link_id in (make_link(other).pk, "plink_nobody"):
        response = client.get(f"/link/{link_id}{part}")
        assert response.status_code == 404
        assert "Other" not in response.content.decode()


def test_link_to_an_inactive_product_is_closed(client, shirt):
    """X41"""
    link = make_link(shirt)
    Product.objects.update(active=False)
    assert client.get(link.get_absolute_url()).status_code == 410


def test_page_is_not_cached_past_the_links_expiry(client, shirt, settings):
    settings.PUBLIC_PAGE_CACHE_SECONDS = 3600
    link = make_link(shirt, expires_at=timezone.now() + datetime.timedelta(seconds=90))
    response = client.get(link.get_absolute_url())
    seconds = int(response["Cache-Control"].removeprefix("public, max-age="))
    assert 80 <= seconds <= 90


def test_closing_a_link_clears_its_cached_page(client, shirt, settings):
    """R98, R99"""
    settings.PUBLIC_PAGE_CACHE_SECONDS = 3600
    link = make_link(shirt)
    assert client.get(link.get_absolute_url()).status_code == 200
    set_link_active(link=link, active=False)
    assert client.get(link.get_absolute_url()).status_code == 410
    set_link_active(link=link, active=True)
    assert client.get(link.get_absolute_url()).status_code == 200
