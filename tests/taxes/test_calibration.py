"""Reading NEXT's tax for a place from a test order."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from accounts.staff_log import describe_log_entry
from checkout.models import WebhookEvent
from checkout.payments.webhook_events import apply_webhook_event
from orders.models import Order
from stores.models import TaxRate, TaxRegion
from tests.taxes.helpers import read

NEW_YORK = {
    "country": "US",
    "states": ["NY"],
    "title": "Sales tax",
    "percent": "8.875",
    "taxes_shipping": True,
}


@pytest.fixture
def staff(shop, client):
    user = get_user_model().objects.create_superuser("staff", "staff@example.com", "a long secret")
    client.force_login(user)
    return client


def page_of(shop):
    return reverse("admin:stores_store_tax", args=[shop.pk])


def create_calls(shop):
    return [call for call in shop.sandbox.requests() if call["operation"] == "ordersCreate"]


def test_tax_of_a_state_is_read_shown_and_saved(shop, staff):
    shop.sandbox.set_taxes(NEW_YORK)
    place = {"country": "US", "state": "new york", "postal_code": "10952"}

    page = staff.post(page_of(shop), place)

    text = read(page)
    assert "This tax is added to prices: Name Percent Taxes shipping Sales tax 8.875% yes" in text
    assert not TaxRate.objects.exists()
    staff.post(page_of(shop), {"reading": page.context["token"]})
    assert [
        (row.country, row.states, row.name, str(row.rate), row.taxes_shipping)
        for row in TaxRate.objects.all()
    ] == [("US", "NY", "Sales tax", "8.8750", True)]


def test_two_taxes_of_one_name_and_rate_are_both_saved(shop, staff):
    shop.sandbox.set_taxes(NEW_YORK, NEW_YORK | {"taxes_shipping": False})

    page = staff.post(page_of(shop), {"country": "US", "state": "NY", "postal_code": "10952"})

    staff.post(page_of(shop), {"reading": page.context["token"]})
    assert sorted((str(row.rate), row.taxes_shipping) for row in TaxRate.objects.all()) == [
        ("8.8750", False),
        ("8.8750", True),
    ]


@pytest.mark.parametrize(
    ("rates", "mode", "words", "saved"),
    [
        (
            [{"country": "DE", "title": "MwSt.", "percent": "19"}],
            "inclusive",
            "Prices include this tax:",
            "included",
        ),
        ([], "exclusive", "NEXT Commerce charges no tax here.", "none"),
    ],
)
def test_mode_of_a_country_is_saved_with_its_rates(shop, staff, rates, mode, words, saved):
    shop.tax_mode = "at_payment"
    shop.save()
    shop.sandbox.set_taxes(*rates, mode=mode)

    page = staff.post(page_of(shop), {"country": "DE"})

    assert words in read(page)
    staff.post(page_of(shop), {"reading": page.context["token"]})
    assert [(row.country, row.mode) for row in TaxRegion.objects.all()] == [("DE", saved)]
    assert [str(row.rate) for row in TaxRate.objects.all()] == ["19.0000"] * len(rates)


def test_test_order_is_marked_charges_nothing_and_is_none_of_ours(shop, staff):
    shop.sandbox.set_taxes(NEW_YORK)

    staff.post(page_of(shop), {"country": "US", "state": "NY"})

    (call,) = create_calls(shop)
    assert call["body"]["payment_method"] == "card_token"
    assert call["body"]["payment_details"] == {"card_token": "test_card"}
    assert call["body"]["tags"] == ["tax-calibration"]
    assert call["body"]["send_receipt"] is False
    assert call["body"]["user"]["email"] == "staff@example.com"
    assert describe_log_entry(LogEntry.objects.get()) == "Test order placed to read the tax of US-NY."


def test_webhook_of_the_test_order_makes_no_order_here(shop, staff):
    page = staff.post(page_of(shop), {"country": "US", "state": "NY"})
    number = page.context["reading"].next_order_number
    order = shop.sandbox.call("GET", f"orders/{number}/").json()
    now = timezone.now()
    event = WebhookEvent.objects.create(
        store=shop, event_id="ev-1", event_type="order.created", data=order, received_at=now, next_try_at=now
    )

    apply_webhook_event(event)

    event.refresh_from_db()
    assert str(event.outcome) == "not an order of this store"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"country": "US", "state": "Bavaria"}, "US has no state Bavaria."),
        ({"country": "US", "state": "NY, CA"}, "Enter a single state."),
        ({"country": ""}, "This field is required."),
        ({"country": "JP"}, "No shipping method goes to this country."),
    ],
)
def test_invalid_place_makes_no_order(shop, staff, place, words):
    page = staff.post(page_of(shop), place)

    assert words in read(page)
    assert not create_calls(shop)


def test_refusal_by_next_is_told(shop, staff):
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=400, when="before")

    page = staff.post(page_of(shop), {"country": "US", "state": "NY"})

    assert "t read the tax from NEXT Commerce" in read(page)
    assert "Save these rates" not in read(page)


def test_forged_or_foreign_reading_is_refused(shop, staff):
    shop.sandbox.set_taxes(NEW_YORK)
    token = staff.post(page_of(shop), {"country": "US", "state": "NY"}).context["token"]

    for reading in ("forged", token + "x"):
        page = staff.post(page_of(shop), {"reading": reading}, follow=True)
        assert "These rates are too old. Read them again." in read(page)
    assert not TaxRate.objects.exists()


def test_staff_without_the_permission_see_and_do_nothing(shop, client):
    user = get_user_model().objects.create_user("viewer", "v@example.com", "a long secret", is_staff=True)
    client.force_login(user)

    assert client.get(page_of(shop)).status_code == 403
    assert client.post(page_of(shop), {"country": "US"}).status_code == 403
    assert not create_calls(shop)
