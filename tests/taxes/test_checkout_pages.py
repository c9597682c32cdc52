"""What shoppers read about tax before they pay, and what is ordered."""

import re
from decimal import Decimal

import pytest

from orders.models import Order, OrderTaxLine
from tests.checkout_pages.conftest import ADDRESS, FormShopper
from tests.factories import variant_of
from tests.taxes.helpers import read

GERMAN_ADDRESS = {
    "country": "DE",
    "line1": "Torstraße 1",
    "city": "Berlin",
    "postal_code": "10119",
    "state": "",
}


@pytest.fixture
def shopper(client):
    client.handler.enforce_csrf_checks = True
    return FormShopper(client)


@pytest.fixture
def lamp(shop):
    return variant_of(shop.products.get(name="Desk lamp"))


def set_tax(shop, mode, **fields):
    shop.tax_mode = mode
    for name, value in fields.items():
        setattr(shop, name, value)
    shop.save()


def update(shopper, path, **changed):
    """Press “Update”, as a browser without JavaScript does."""
    shopper.get(path)
    data = {**ADDRESS, "key": shopper.hidden("key"), **changed, "update": "state"}
    return read(shopper.post(path, data))


def test_tax_of_a_state_is_shown_by_name_and_rate(shop, shopper, lamp):
    set_tax(shop, "added")
    shop.tax_rates.create(country="US", states="NY", name="Sales tax", rate="8.875", taxes_shipping=True)
    path = f"/checkout?variant={lamp.pk}"

    first = read(shopper.get(path))
    assert "Tax Depends on your address" in first
    assert "Total before tax USD $54.00" in first
    assert "Continue to Link" in first
    assert "Pay $" not in first

    page = update(shopper, path)
    assert "Sales tax (8.875%) $4.79" in page  # 4.35 and 0.44
    assert "Total USD $58.79" in page
    assert "Pay $58.79 with Link" in page


def test_tax_that_the_page_did_not_show_is_shown_before_paying(shop, shopper, lamp):
    set_tax(shop, "added")
    shop.tax_rates.create(country="US", states="NY", name="Sales tax", rate="8.875")
    path = f"/checkout?variant={lamp.pk}"

    answer = shopper.check_out(path)
    assert "The total is now $58.35." in answer.text
    assert not Order.objects.exists()

    assert shopper.check_out(path).status_code == 303
    order = Order.objects.get()
    assert (str(order.total), str(order.tax_total), order.is_total_final) == ("58.35", "4.35", True)
    assert [(row.name, row.rate, str(row.amount), row.is_shipping) for row in order.tax_lines.all()] == [
        ("Sales tax", Decimal("8.875"), "4.35", False)
    ]


def test_state_changes_the_tax_in_browsers_with_javascript(shop, shopper, lamp):
    path = f"/checkout?variant={lamp.pk}"
    state = re.compile(r'<select name="state"[^>]*data-updates')
    assert not state.search(shopper.get(path).text)

    shop.tax_regions.create(country="US", mode="added")

    assert state.search(shopper.get(path).text)


def test_included_tax_is_shown_by_amount_and_changes_no_total(shop, shopper, lamp):
    shop.tax_rates.create(country="DE", name="MwSt.", rate=19, taxes_shipping=True)
    path = f"/checkout?variant={lamp.pk}"

    page = update(shopper, path, **GERMAN_ADDRESS)
    assert "Includes $8.62 MwSt. (19%)." in page  # 7.82 and 0.80
    assert "Total USD $54.00" in page
    assert "Buy now" in page

    assert shopper.check_out(path, **GERMAN_ADDRESS).status_code == 303
    order = Order.objects.get()
    assert (str(order.total), str(order.tax_total), str(order.included_tax_total)) == (
        "54.00",
        "0.00",
        "8.62",
    )
    assert OrderTaxLine.objects.filter(is_included=True).count() == 2


def test_included_tax_of_unknown_rate_is_only_said(shop, shopper, lamp):
    page = read(shopper.get(f"/checkout?variant={lamp.pk}"))

    assert "Prices include tax." in page
    assert "Pay $54.00 with Link" in page


def test_tax_that_only_next_knows_is_left_to_the_payment(shop, shopper, lamp):
    set_tax(shop, "at_payment")
    path = f"/checkout?variant={lamp.pk}"

    page = update(shopper, path)
    assert "Tax Calculated at payment" in page
    assert "Total before tax USD $54.00" in page
    assert "Continue to Link" in page
    assert "Link shows the final total before you confirm." in page
    assert "Pay $" not in page

    assert shopper.check_out(path).status_code == 303
    order = Order.objects.get()
    assert (str(order.total), order.is_total_final, order.tax_lines.count()) == ("54.00", False, 0)


def test_known_rate_makes_an_estimate_of_a_tax_that_next_calculates(shop, shopper, lamp):
    set_tax(shop, "at_payment")
    shop.tax_rates.create(country="US", states="NY", name="Sales tax", rate=10)
    path = f"/checkout?variant={lamp.pk}"

    page = update(shopper, path)
    assert "Estimated tax $4.90" in page
    assert "Estimated total USD $58.90" in page
    assert "Continue to Link" in page
    assert "Pay $" not in page

    california = update(shopper, path, state="CA", postal_code="90001")
    assert "Tax Calculated at payment" in california
    assert "Estimated" not in california


def test_untaxed_country_says_nothing_of_tax(shop, shopper, lamp):
    set_tax(shop, "added")
    shop.tax_regions.create(country="DE", mode="none")

    page = update(shopper, f"/checkout?variant={lamp.pk}", **GERMAN_ADDRESS)

    assert "Total USD $54.00" in page
    assert "Buy now" in page
    assert "tax" not in page.lower().replace("update tax", "")


@pytest.mark.parametrize(
    ("mode", "regions", "asks"),
    [
        ("included", [], False),
        ("none", [], False),
        ("added", [], True),
        ("at_payment", [], True),
        ("included", [("US", "added")], True),
    ],
)
def test_download_asks_for_an_address_only_if_its_tax_depends_on_one(shop, shopper, mode, regions, asks):
    set_tax(shop, mode)
    for country, region_mode in regions:
        shop.tax_regions.create(country=country, mode=region_mode)
    notes = variant_of(shop.products.get(name="Field notes"))

    page = shopper.get(f"/checkout?variant={notes.pk}")

    assert ('name="line1"' in page.text) is asks


def test_download_is_taxed_by_the_billing_address(shop, shopper):
    set_tax(shop, "added")
    shop.tax_rates.create(country="US", states="NY", name="Sales tax", rate=10)
    path = f"/checkout?variant={variant_of(shop.products.get(name='Field notes')).pk}"

    assert "Pay $5.50 with Link" in update(shopper, path)
    set_tax(shop, "added", taxes_digital_products=False)
    assert "Pay $5.00 with Link" in update(shopper, path)


def test_category_of_a_product_has_its_own_rate(shop, shopper, lamp):
    set_tax(shop, "added")
    shop.tax_rates.create(country="US", name="Sales tax", rate=10)
    shop.tax_rates.create(country="US", name="Reduced", rate=2, tax_category="lighting")
    shop.products.filter(name="Desk lamp").update(tax_category="Lighting")

    page = update(shopper, f"/checkout?variant={lamp.pk}")

    assert "Reduced (2%) $0.98" in page
    assert "Sales tax" not in page


def add_taxes_and_offers(shop):
    set_tax(shop, "added")
    shop.tax_regions.create(country="US", mode="added")
    for state in ("CA", "NY", "TX"):
        shop.tax_rates.create(country="US", states=state, name="Sales tax", rate=7)
    for offer_id in (31, 32):
        shop.offers.create(next_offer_id=offer_id, name=f"Offer {offer_id}")


def count_queries(act, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as counted:
        assert act().status_code in {200, 303}
    return len(counted)


def test_taxes_and_offers_cost_a_checkout_page_one_query(shop, shopper, lamp, django_assert_max_num_queries):
    path = f"/checkout?variant={lamp.pk}"
    shopper.get(path)
    before = count_queries(lambda: shopper.get(path), django_assert_max_num_queries)

    add_taxes_and_offers(shop)

    assert count_queries(lambda: shopper.get(path), django_assert_max_num_queries) == before + 1


def test_taxes_cost_a_refused_checkout_form_one_query(shop, shopper, lamp, django_assert_max_num_queries):
    """The form is priced twice: once to check that nothing has changed, and once to be shown again."""
    path = f"/checkout?variant={lamp.pk}"
    shopper.get(path)
    before = count_queries(lambda: shopper.check_out(path, shown="other"), django_assert_max_num_queries)

    add_taxes_and_offers(shop)

    after = count_queries(lambda: shopper.check_out(path, shown="other"), django_assert_max_num_queries)
    assert after == before + 1


@pytest.mark.parametrize(
    ("mode", "cart", "page", "included"),
    [
        ("included", "Prices include tax. Shipping is calculated at checkout.", "tax included", True),
        (
            "added",
            "Shipping and tax are calculated at checkout.",
            "Shipping and tax are calculated at checkout.",
            False,
        ),
        (
            "at_payment",
            "Tax is calculated at payment. Shipping is calculated",
            "Tax is calculated at payment.",
            None,
        ),
        ("none", "Shipping is calculated at checkout.", None, None),
    ],
)
def test_pages_without_an_address_say_what_holds_in_the_likely_country(
    shop, client, lamp, mode, cart, page, included
):
    shop.tax_regions.create(country="US", mode=mode)
    client.post("/cart/add", {"variant": lamp.pk}, headers={"Sec-Fetch-Site": "same-origin"})

    product_page = client.get(lamp.product.get_absolute_url())
    if page:
        assert page in read(product_page)
    else:
        assert "tax" not in read(product_page).lower()
    assert cart in read(client.get("/cart"))
    assert ("valueAddedTaxIncluded" in product_page.text) is (included is not None)
    if included is not None:
        assert f'"valueAddedTaxIncluded":{str(included).lower()}' in product_page.text
