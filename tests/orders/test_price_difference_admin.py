"""Price differences in the admin: reported once on the start page, then adopted or closed."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache

from accounts.staff_log import describe_log_entry
from orders.models import PriceDifference
from orders.price_differences import TaxedRegion, record_discount_difference, record_tax_difference
from stores.models import TaxRate
from tests.factories import make_order, make_store

RATE = {"name": "NY sales tax", "rate": "8.875", "taxes_shipping": True}


@pytest.fixture
def difference(db):
    cache.clear()
    order = make_order(make_store(), tax_country="US", tax_state="NY")
    region = TaxedRegion.of_order(order, is_included=False, rates=[RATE])
    return record_tax_difference(order=order, region=region, shown=Decimal(0), charged=Decimal("4.79"))


@pytest.fixture
def page_url(difference):
    return f"/admin/orders/pricedifference/{difference.pk}/change/"


def sign_in_with(client, django_user_model, *codenames):
    user = django_user_model.objects.create_user("grace", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)


def test_start_page_tells_staff_until_it_is_closed(difference, admin_client):
    sentence = "NEXT Commerce charged a different tax in US-NY"
    assert sentence in admin_client.get("/admin/").text

    admin_client.post(f"/admin/orders/pricedifference/{difference.pk}/close/")
    cache.clear()

    assert sentence not in admin_client.get("/admin/").text
    assert "Tax in US-NY" not in admin_client.get("/admin/orders/pricedifference/").text
    assert "Tax in US-NY" in admin_client.get("/admin/orders/pricedifference/?state=closed").text


def test_page_shows_cause_amounts_rates_and_the_first_order(difference, page_url, admin_client):
    page = admin_client.get(page_url).text

    for text in (
        "Tax in US-NY",
        "$0.00",
        "$4.79",
        "NY sales tax 8.875%, shipping taxed (added to prices)",
        difference.order.number,
        "Use these rates",
    ):
        assert text in page


def test_rates_are_taken_over_once_and_logged(difference, page_url, admin_client):
    adopt = f"/admin/orders/pricedifference/{difference.pk}/adopt/"

    first = admin_client.post(adopt, follow=True)
    second = admin_client.post(adopt, follow=True)

    assert "The shop now uses these rates." in first.text
    assert "already closed" in second.text
    assert "Use these rates" not in second.text
    rate = TaxRate.objects.get()
    assert (rate.country, rate.states, str(rate.rate)) == ("US", "NY", "8.8750")
    assert describe_log_entry(LogEntry.objects.get()) == "NEXT Commerce's tax rates adopted."
    assert PriceDifference.objects.get().resolved_by == "admin"


def test_discount_can_only_be_closed(difference, admin_client):
    offer = record_discount_difference(
        order=difference.order, cause="Buy two", shown=None, charged=Decimal(5)
    )

    page = admin_client.get(f"/admin/orders/pricedifference/{offer.pk}/change/").text

    assert "Discount: Buy two" in page
    assert "Calculated at payment" in page
    assert "Use these rates" not in page
    assert (
        "Only tax rates"
        in admin_client.post(f"/admin/orders/pricedifference/{offer.pk}/adopt/", follow=True).text
    )


def test_no_tax_can_be_used_once_several_orders_show_it(difference, admin_client):
    for count, offers_use in ((1, False), (2, False), (3, True)):
        order = make_order(difference.store, tax_country="FR")
        region = TaxedRegion.of_order(order, is_included=False, rates=[], is_untaxed=True)
        untaxed = record_tax_difference(order=order, region=region, shown=Decimal(5), charged=Decimal(0))

        page = admin_client.get(f"/admin/orders/pricedifference/{untaxed.pk}/change/").text

        assert untaxed.order_count == count
        assert "No tax" in page
        assert ("Use these rates" in page) == offers_use
        assert ("after three untaxed orders of shipped products" in page) != offers_use


def test_each_button_needs_its_permission_and_a_post(difference, page_url, client, django_user_model):
    sign_in_with(client, django_user_model, "view_pricedifference")
    base = f"/admin/orders/pricedifference/{difference.pk}"
    assert "Close</button>" not in client.get(page_url).text
    assert [client.post(f"{base}/{name}/").status_code for name in ("adopt", "close")] == [403, 403]

    client.logout()
    django_user_model.objects.all().delete()
    sign_in_with(client, django_user_model, "view_pricedifference", "change_pricedifference")
    page = client.get(page_url).text
    assert "Close</button>" in page
    assert "Use these rates</button>" not in page
    assert client.post(f"{base}/adopt/").status_code == 403
    assert client.get(f"{base}/close/").status_code == 405
    assert client.post(f"{base}/close/").status_code == 302
    assert not TaxRate.objects.exists()
