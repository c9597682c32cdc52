"""Staff change the prices of several products after a preview, and see what a product still needs."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.staff_log import describe_log_entry
from catalog.models import Product, Variant
from tests.factories import make_plan, make_product, make_store, variant_of

LIST = reverse("admin:catalog_product_changelist")


@pytest.fixture
def shirt(store):
    prices = {"S": "10.00", "M": "19.99"}
    return make_product(store, name="Shirt", options={"Size": ["S", "M"]}, prices=prices)


@pytest.fixture
def mug(store):
    return make_product(store, name="Mug", price="0.60")


def choose(staff, products, **more):
    data = {"action": "change_prices", "_selected_action": [product.pk for product in products]}
    return staff.client.post(LIST, data | more, follow=True)


def confirm(staff, products, **typed):
    shown = choose(staff, products, **typed)
    return choose(staff, products, **typed, confirm="yes", shown=shown.context["digest"])


def prices_of(product):
    return [str(variant.price) for variant in product.variants.all()]


def test_preview_shows_each_price_and_changes_nothing(staff, shirt, mug):
    page = choose(staff, [shirt, mug], value="-20", kind="percent")

    rows = [(str(row.before), str(row.after), row.is_possible) for row in page.context["rows"]]
    assert rows == [("0.60", "0.48", False), ("10.00", "8.00", True), ("19.99", "15.99", True)]
    assert "$0.48 can't be charged" in page.text
    assert "Change 2 prices" in page.text
    assert prices_of(shirt) == ["10.00", "19.99"]


def test_confirmed_change_is_applied_and_logged(staff, shirt, mug):
    page = confirm(staff, [shirt, mug], value="-20", kind="percent")

    assert staff.messages(page) == ["Prices of 1 product changed."]
    assert (prices_of(shirt), prices_of(mug)) == (["8.00", "15.99"], ["0.60"])
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, describe_log_entry(entry)) == (shirt.pk, "Changed prices by -20%.")


def test_amount_is_added_to_every_price(staff, shirt):
    confirm(staff, [shirt], value="2.5", kind="amount")

    assert prices_of(shirt) == ["12.50", "22.49"]


def test_currency_without_cents_gets_whole_prices(staff, db):
    yen = make_store(host="yen.example", currency="JPY")
    lamp = make_product(yen, price="1015.00")

    confirm(staff, [lamp], value="10", kind="percent")

    assert prices_of(lamp) == ["1117.00"]


def test_price_that_changed_after_the_preview_is_shown_again(staff, shirt):
    shown = choose(staff, [shirt], value="10", kind="percent").context["digest"]
    Variant.objects.filter(pk=variant_of(shirt, "S").pk).update(price=Decimal("11.00"))

    page = choose(staff, [shirt], value="10", kind="percent", confirm="yes", shown=shown)

    assert "Prices changed meanwhile." in page.text
    assert prices_of(shirt) == ["11.00", "19.99"]


def test_change_that_a_plan_could_not_be_charged_at_is_undone(staff, shirt):
    half = {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "50"}
    make_plan(shirt, pricing_policy=[half])

    page = confirm(staff, [shirt], value="-91", kind="percent")

    assert "The smallest amount that can be charged is $0.50." in page.text
    assert prices_of(shirt) == ["10.00", "19.99"]


@pytest.mark.parametrize("value", ["0", "", "x", "1e400"])
def test_invalid_value_is_refused(staff, shirt, value):
    page = choose(staff, [shirt], value=value, kind="percent", confirm="yes", shown="")

    assert page.context["form"].errors
    assert prices_of(shirt) == ["10.00", "19.99"]


def test_staff_who_may_only_view_cannot_change_prices(client, django_user_model, shirt):
    viewer = django_user_model.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_product"))
    client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")

    data = {"action": "change_prices", "_selected_action": [shirt.pk], "value": "10", "kind": "percent"}
    client.post(LIST, data)

    assert prices_of(shirt) == ["10.00", "19.99"]


def page_of(product):
    return reverse("admin:catalog_product_change", args=[product.pk])


@pytest.mark.parametrize(
    ("product", "variants", "text"),
    [
        ({"active": False}, {}, "The product is off sale. Tick “active” to sell it."),
        ({}, {"active": False}, "It has no active variant."),
        ({}, {"next_variant_id": None}, "Enter its NEXT Commerce variant ID."),
        ({}, {"inventory_quantity": 0}, "All variants are sold out."),
    ],
)
def test_page_says_what_is_missing_before_it_sells(staff, shirt, product, variants, text):
    Product.objects.filter(pk=shirt.pk).update(version=2, **product)
    shirt.variants.update(version=2, **variants)

    page = staff.open(page_of(shirt)).text

    assert "Missing before it sells" in page
    assert f"<li><strong>{text}</strong></li>" in page


def test_page_of_a_product_that_sells_gives_advice_only(staff, shirt):
    Variant.objects.filter(pk=variant_of(shirt, "S").pk).update(inventory_quantity=0)

    page = staff.open(page_of(shirt)).text

    assert "Shoppers can buy this product." in page
    assert "<li>1 variant is sold out.</li>" in page
    assert "<li>It has no picture.</li>" in page


def test_switching_products_on_and_off_is_logged(staff, shirt):
    staff.client.post(LIST, {"action": "take_off_sale", "_selected_action": [shirt.pk]})

    assert describe_log_entry(LogEntry.objects.get()) == "Taken off sale."
