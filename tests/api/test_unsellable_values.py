"""Values that nobody could buy are refused where they are set up."""

import pytest

from catalog.models import PlanGroupUse, Product, Variant
from tests.api.product_bodies import SHIRT, create_shirt
from tests.factories import make_plan, make_product, make_store

pytestmark = pytest.mark.django_db


def with_price(amount):
    first, second = SHIRT["variants"]
    return SHIRT | {"variants": [first | {"price": {"amount": amount, "asset_id": "USD"}}, second]}


@pytest.mark.parametrize("amount", ["0", "0.00", "0.01", "0.49"])
def test_price_below_the_least_charge_is_refused(api, amount):
    answer = api.post("/products", with_price(amount))

    assert "Prices must be at least $0.50" in read_message(api, answer)
    assert not Product.objects.exists()


def test_least_charge_is_accepted(api):
    assert api.post("/products", with_price("0.50")).status_code == 200


def test_imported_price_that_cannot_be_charged_does_not_stop_other_changes(api):
    product = create_shirt(api)
    Variant.objects.filter(pk=product["variants"][0]["id"]).update(price=0)
    product["variants"][0]["price"]["amount"] = "0.00"

    changed = api.expect_success(api.post(f"/products/{product['id']}", product | {"name": "Blouse"}))

    assert changed["name"] == "Blouse"


def test_next_variant_id_of_another_product_is_refused(api):
    create_shirt(api)

    answer = api.post("/products", SHIRT | {"name": "Blouse"})

    assert "already has the NEXT Commerce ID 101" in read_message(api, answer)


def test_next_variant_id_of_another_store_is_free(api):
    other = make_product(make_store(host="other.example"))
    Variant.objects.filter(product=other).update(next_variant_id=101)

    assert create_shirt(api)["variants"][0]["next_variant_id"] == 101


def test_one_next_variant_id_twice_in_a_product_is_refused(api):
    variants = [variant | {"next_variant_id": 101} for variant in SHIRT["variants"]]

    answer = api.post("/products", SHIRT | {"variants": variants})

    assert "Two variants have the NEXT Commerce ID 101" in read_message(api, answer)


def test_variants_can_swap_their_next_ids(api):
    variants = [variant | {"next_variant_id": 101 + n} for n, variant in enumerate(SHIRT["variants"])]
    product = create_shirt(api, variants=variants)
    first, second = product["variants"]
    first["next_variant_id"], second["next_variant_id"] = 102, 101

    changed = api.expect_success(api.post(f"/products/{product['id']}", product))

    assert [variant["next_variant_id"] for variant in changed["variants"]] == [102, 101]


@pytest.mark.parametrize(
    "changes",
    [
        {"trial_price": "0.20"},
        {
            "pricing_policy": [
                {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "0.20"}
            ]
        },
    ],
)
def test_plan_price_below_the_least_charge_is_refused(api, changes):
    group = api.expect_success(api.post("/selling_plan_groups", {"name": "Subscribe", "options": []}))

    answer = api.post("/selling_plans", plan_body(group) | changes)

    assert "Prices must be at least $0.50" in read_message(api, answer)


def test_plan_is_refused_for_a_product_that_next_sells_at_other_intervals(api):
    group = api.expect_success(api.post("/selling_plan_groups", {"name": "Subscribe", "options": []}))
    mug = make_product(api.store, name="Mug")
    PlanGroupUse.objects.create(group_id=group["id"], product=mug)
    Product.objects.filter(pk=mug.pk).update(allows_subscriptions=True, subscription_interval="week")

    answer = api.post("/selling_plans", plan_body(group))

    assert "NEXT Commerce doesn't sell “Mug” every 1 month." in read_message(api, answer)
    assert api.post("/selling_plans", plan_body(group) | {"status": "disabled"}).status_code == 200


def test_plans_are_refused_for_a_product_without_subscriptions_in_next(api):
    product = create_shirt(api)
    plan = make_plan(make_product(api.store, name="Mug"))
    Product.objects.filter(pk=product["id"]).update(allows_subscriptions=False)

    answer = api.post(f"/products/{product['id']}", product | {"selling_plan_group_ids": [plan.group_id]})

    assert "NEXT Commerce doesn't sell “Shirt” by subscription." in read_message(api, answer)


def plan_body(group):
    return {
        "name": "Monthly",
        "billing_policy_type": "RECURRING",
        "billing_policy": {"interval": "month", "interval_count": "1"},
        "selling_plan_group_id": group["id"],
        "trial_period_days": "7",
    }


def read_message(api, answer):
    status, _code, message = api.expect_error(answer)
    assert status == 400
    return message
