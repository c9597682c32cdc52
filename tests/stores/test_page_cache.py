"""Public pages: few queries, none when cached, the same for everyone."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from catalog.models import Variant
from nextcommerce.order_prices import NextTaxRate
from stores.models import Store
from stores.page_cache import clear_page_cache
from stores.tax_rates import save_region_rates
from tests.factories import make_link, make_plan, make_product, make_store, variant_of
from tests.stores.test_admin import rows, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def shirt(store):
    shirt = make_product(
        store, name="Linen shirt", options={"Color": ["Sand", "Ink"], "Size": ["S", "M", "L", "XL"]}
    )
    make_plan(shirt)
    return shirt


@pytest.fixture
def addresses(store, shirt):
    box = make_product(store, name="Gift box", price="6.00")
    link = make_link(shirt, add_ons=[(variant_of(box), 0, 2)])
    return ["/", "/products/linen-shirt", f"/link/{link.pk}"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_page_costs_at_most_nine_queries_and_none_when_cached(
    client, addresses, which, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(9):
        first = client.get(addresses[which])
    with django_assert_num_queries(0):
        second = client.get(addresses[which])
    assert first.status_code == second.status_code == 200
    assert first.content == second.content


@pytest.mark.parametrize("which", [0, 1, 2])
def test_page_has_no_cookie_and_no_csrf_token(client, addresses, which):
    response = client.get(addresses[which])
    assert not response.cookies
    assert b"csrf" not in response.content
    assert response["Cache-Control"] == "public, max-age=30"
    assert "Accept-Language" in response["Vary"]


def test_visitor_with_a_session_gets_the_cached_page(client, addresses, django_assert_num_queries):
    client.get("/")
    session = client.session
    session["cart"] = "full"
    session.save()
    with django_assert_num_queries(0):
        assert not client.get("/").cookies


def test_pages_are_cached_by_language(client, addresses):
    client.get("/")
    german = client.get("/", headers={"accept-language": "de"})
    assert '<html lang="de">' in german.content.decode()
    assert '<html lang="en">' in client.get("/").content.decode()


def test_pages_are_cached_by_shop(client, addresses):
    other = make_store(name="Other shop", host="other.example")
    make_product(other, name="Other lamp")
    assert "Linen shirt" in client.get("/").content.decode()
    page = client.get("/", headers={"host": "other.example"}).content.decode()
    assert "Other lamp" in page
    assert "Linen shirt" not in page


def test_unknown_query_parameters_do_not_reach_the_page(client, addresses):
    page = client.get(addresses[2], {"fbclid": "someone-private", "utm_source": "mail"}).content.decode()
    assert "someone-private" not in page
    assert '<input type="hidden" name="utm_source" value="mail">' in page


def test_cached_pages_can_be_cleared(client, addresses, shirt):
    client.get("/")
    Variant.objects.update(price="77.00")
    assert "$77.00" not in client.get("/").content.decode()
    clear_page_cache(host="testserver")
    assert "$77.00" in client.get("/").content.decode()


def test_pages_from_before_a_commit_are_dropped(client, addresses, shirt, django_capture_on_commit_callbacks):
    """A page that another request rendered from the old rows, while the change was being saved."""
    with django_capture_on_commit_callbacks(execute=True):
        clear_page_cache(host="testserver")
        assert "$77.00" not in client.get("/").content.decode()
        Variant.objects.update(price="77.00")
    assert "$77.00" in client.get("/").content.decode()


def test_tax_settings_are_shown_as_soon_as_they_are_saved(admin_client, store, addresses):
    product_page = addresses[1]
    assert "Prices include tax." in admin_client.get(product_page).text

    save(admin_client, store, tax_mode="none")
    assert "Prices include tax." not in admin_client.get(product_page).text

    save(admin_client, store, **rows("tax_regions", {"country": "US", "mode": "at_payment"}))
    assert "Tax is calculated at payment." in admin_client.get(product_page).text


def test_tax_rates_read_from_an_order_are_shown_as_soon_as_they_are_saved(client, store, addresses):
    Store.objects.update(tax_mode="at_payment")
    assert "Tax is calculated at payment." in client.get(addresses[1]).text

    save_region_rates(
        store=store,
        country="US",
        state="",
        mode="included",
        rates=[NextTaxRate(name="Sales tax", percent=Decimal(7))],
    )

    assert "Prices include tax." in client.get(addresses[1]).text
