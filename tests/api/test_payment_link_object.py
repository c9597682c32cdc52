"""The payment link object, and the product inside it."""

import json

import pytest

from catalog.models import Media, OptionValue, PlanGroupUse, SellingPlan, SellingPlanGroup
from catalog.pictures import set_variant_pictures
from tests.factories import make_link, make_plan, make_product, variant_of


@pytest.fixture
def shirt(api):
    product = make_product(
        api.store,
        name="Shirt",
        description="Soft.",
        options={"Size": ["S", "M"]},
        prices={"S": "29.99", "M": "32.99"},
        stock=7,
        tax_code="txcd_99999999",
        metadata={"brand": "Own"},
    )
    OptionValue.objects.filter(value="S").update(swatch_type="color", swatch_value="#000000")
    back = Media.objects.create(
        product=product, source_url="https://cdn.example.com/back.jpg", alt_text="Back", position=1
    )
    Media.objects.create(
        product=product, file="media/front.png", content_type="image/png", width=10, position=0
    )
    for variant in product.variants.all():
        set_variant_pictures(variant=variant, order=[back.pk])
    return product


@pytest.fixture
def link(api, shirt):
    bulb = variant_of(make_product(api.store, name="Bulb", price="99.00"))
    return make_link(shirt, add_ons=[(bulb, 0, 3)], variant_config={"display_mode": "grid"})


def read(api, link):
    return api.expect_success(api.get(f"/payment_links/{link.pk}"))


def test_link_has_every_key_of_the_guide(api, link):
    """R36, R37, R38, R39, R40, R41, R42, R47, R50, R54, R92, R93, X7, X12."""
    data = read(api, link)

    assert {
        *("id", "active", "created_at", "updated_at", "url", "variant_config", "product"),
        *("primary_variants", "addon_variants", "price_range", "includes"),
        *("product_id", "default_variant_id", "primary_variant_id"),
    } <= set(data)
    assert data["primary_variant_id"] == data["default_variant_id"] == link.default_variant_id


def test_times_are_unix_seconds_and_money_is_a_number(api, link):
    """R13, R14, W8, W16, W17."""
    data = read(api, link)

    for moment in (data["created_at"], data["updated_at"], data["product"]["created_at"]):
        assert type(moment) is int
        assert 1_600_000_000 < moment < 4_000_000_000
    assert data["product"]["price"] == {"amount": 29.99, "asset_id": "USD"}
    text = api.get(f"/payment_links/{link.pk}").content.decode()
    assert '"amount":29.99' in text


def test_price_range_spans_only_primary_variants(api, link):
    """R48, R49, X13: an expensive add-on does not count."""
    assert read(api, link)["price_range"] == {
        "min": {"amount": 29.99, "asset_id": "USD"},
        "max": {"amount": 32.99, "asset_id": "USD"},
    }


def test_nested_variant_is_complete(api, link, shirt):
    """R46, R66, R67, R68, R82, W16."""
    variant = read(api, link)["primary_variants"][0]["variant"]

    small = variant_of(shirt, "S")
    assert variant == {
        "id": small.pk,
        "sku": small.sku,
        "active": True,
        "version": 1,
        "inventory_quantity": 7,
        "option_values": {"Size": "S"},
        "price": {"amount": 29.99, "asset_id": "USD"},
        "media_order": small.media_order,
        "selling_plan_group_ids": [],
        "selling_plan_groups": [],
        "selling_plan_pricing": [],
        "next_variant_id": small.next_variant_id,
    }


def test_product_is_complete(api, link, shirt):
    """R55, R56, R57, R58, R59, R60, R61, R62, R63, R69, R74, R75, R81."""
    product = read(api, link)["product"]

    assert {
        key: product[key]
        for key in product
        if key not in {"created_at", "updated_at", "options", "variants", "includes", "media_order"}
    } == {
        "id": shirt.pk,
        "name": "Shirt",
        "description": "Soft.",
        "active": True,
        "listed": True,
        "slug": "shirt",
        "default_currency": "USD",
        "version": 1,
        "collect_shipping_address": True,
        "collect_tax_address": False,
        "tax_code": "txcd_99999999",
        "requires_selling_plan": False,
        "selling_plan_group_ids": [],
        "selling_plan_groups": [],
        "metadata": {"brand": "Own"},
        "price": {"amount": 29.99, "asset_id": "USD"},
        "next_product_id": shirt.next_product_id,
    }
    assert [variant["option_values"] for variant in product["variants"]] == [{"Size": "S"}, {"Size": "M"}]


def test_option_value_without_swatch_has_no_swatch_key(api, link):
    """R64, R65."""
    assert read(api, link)["product"]["options"] == [
        {
            "name": "Size",
            "sort_order": 0,
            "values": [
                {"value": "S", "sort_order": 0, "swatch": {"type": "color", "value": "#000000"}},
                {"value": "M", "sort_order": 1},
            ],
        }
    ]


def test_media_come_twice_in_product_order_with_absolute_urls(api, link, shirt):
    """R50, R51, R52, R63, R76, R80, R136."""
    data = read(api, link)
    front, back = data["includes"]["media"]

    assert data["includes"] == data["product"]["includes"]
    assert [front["id"], back["id"]] == data["product"]["media_order"] == shirt.media_order
    assert front == {
        "id": shirt.media_order[0],
        "url": "http://testserver/media/media/front.png",
        "content_type": "image/png",
        "alt_text": "",
        "width": 10,
        "height": None,
    }
    assert (back["url"], back["alt_text"]) == ("https://cdn.example.com/back.jpg", "Back")


def test_empty_lists_are_present(api):
    """R53."""
    data = read(api, make_link(make_product(api.store)))

    assert data["addon_variants"] == []
    assert data["includes"]["media"] == []
    for key in ("media_order", "options", "selling_plan_groups", "selling_plan_group_ids"):
        assert data["product"][key] == []
    for key in ("media_order", "selling_plan_groups", "selling_plan_group_ids", "selling_plan_pricing"):
        assert data["primary_variants"][0]["variant"][key] == []


def test_untracked_stock_is_null(api):
    """R82."""
    data = read(api, make_link(make_product(api.store, stock=None)))

    assert data["primary_variants"][0]["variant"]["inventory_quantity"] is None


@pytest.fixture
def plan(shirt):
    plan = make_plan(
        shirt,
        name="Monthly",
        trial_period_days=7,
        pricing_policy=[
            {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "10.00"},
            {
                "policy_type": "RECURRING",
                "adjustment_type": "FIXED_AMOUNT",
                "adjustment_value": "0",
                "after_cycle": "1",
            },
        ],
    )
    make_plan(shirt, name="Gone", status="disabled")
    return plan


def test_product_includes_its_groups_and_plans(api, link, plan, shirt):
    """R34, R60, R70, R71, R140, R142, X25, X26: the trial of a plan is a string."""
    product = read(api, link)["product"]

    group = next(group for group in product["selling_plan_groups"] if group["id"] == plan.group_id)
    assert plan.group_id in product["selling_plan_group_ids"]
    assert (group["name"], group["status"], group["options"]) == ("Subscribe and save", "active", [])
    serialized = group["selling_plans"][0]
    assert {key: serialized[key] for key in serialized if key not in {"created_at", "updated_at"}} == {
        "id": plan.pk,
        "selling_plan_group_id": plan.group_id,
        "merchant_id": api.store.slug,
        "name": "Monthly",
        "description": "",
        "billing_policy_type": "RECURRING",
        "billing_policy": {"interval": "month", "interval_count": "1"},
        "pricing_policy": [
            {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "10.00"},
            {
                "policy_type": "RECURRING",
                "adjustment_type": "FIXED_AMOUNT",
                "adjustment_value": "0",
                "after_cycle": "1",
            },
        ],
        "trial_period_days": "7",
        "valid_from": None,
        "valid_until": None,
        "priority": "0",
        "status": "active",
        "version": 1,
    }


def test_variant_includes_its_price_on_each_plan(api, link, plan):
    """R15, R72, R73, R141, R146, R154, X24, X25: the trial is a number here; a disabled plan is not shown."""
    (pricing,) = read(api, link)["primary_variants"][0]["variant"]["selling_plan_pricing"]

    assert pricing == {
        "selling_plan_id": plan.pk,
        "selling_plan_name": "Monthly",
        "billing_cycle": "month",
        "currency": "USD",
        "trial_period_days": 7,
        "pricing_tiers": [
            {
                "policy_type": "FIXED",
                "after_cycle": 1,
                "cycle_description": "First month",
                "total_cycles": 1,
                "base_price": "29.99",
                "selling_plan_discount": "10.00",
                "subtotal_before_policy": "29.99",
                "subtotal_after_policy": "19.99",
                "price": "19.99",
            },
            {
                "policy_type": "RECURRING",
                "after_cycle": 2,
                "cycle_description": "Month 2 onwards",
                "total_cycles": 0,
                "base_price": "29.99",
                "selling_plan_discount": "0.00",
                "subtotal_before_policy": "29.99",
                "subtotal_after_policy": "29.99",
                "price": "29.99",
            },
        ],
    }


def test_group_of_a_variant_overrides_the_products(api, link, plan, shirt):
    """R143."""
    small = variant_of(shirt, "S")
    group = SellingPlanGroup.objects.create(store=api.store, name="Small ones")
    PlanGroupUse.objects.create(group=group, product=shirt, variant=small)
    SellingPlan.objects.create(group=group, name="Weekly", interval="week")

    first, second = (row["variant"] for row in read(api, link)["primary_variants"])

    assert first["selling_plan_group_ids"] == [group.pk]
    assert [found["name"] for found in first["selling_plan_groups"]] == ["Small ones"]
    assert [priced["selling_plan_name"] for priced in first["selling_plan_pricing"]] == ["Weekly"]
    assert second["selling_plan_group_ids"] == []
    assert [priced["selling_plan_name"] for priced in second["selling_plan_pricing"]] == ["Monthly"]
    assert group.pk not in read(api, link)["product"]["selling_plan_group_ids"]


def test_plans_can_have_different_trials(api, link, plan, shirt):
    """R155."""
    make_plan(shirt, name="Yearly", interval="year", trial_period_days=14, priority=5)

    prices = read(api, link)["primary_variants"][0]["variant"]["selling_plan_pricing"]

    assert [(found["billing_cycle"], found["trial_period_days"]) for found in prices] == [
        ("month", 7),
        ("year", 14),
    ]


def test_link_shows_the_current_product(api, link, shirt):
    """R78, X29."""
    shirt.name = "Better shirt"
    shirt.save()

    assert read(api, link)["product"]["name"] == "Better shirt"


def test_maps_hold_strings_and_counts_are_integers(api, link):
    """W16."""
    data = read(api, link)

    assert all(isinstance(value, str) for value in data["product"]["metadata"].values())
    for row in data["primary_variants"] + data["addon_variants"]:
        assert type(row["quantity"]) is int
        assert all(isinstance(value, str) for value in row["variant"]["option_values"].values())
    json.dumps(data)
