"""/v1/selling_plan_groups and /v1/selling_plans."""

import pytest
from django.db import IntegrityError

from catalog.models import PlanGroupUse, SellingPlan, SellingPlanGroup
from catalog.pricing import list_available_plans
from tests.factories import make_link, make_plan, make_product, variant_of

FROM_START = {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "20"}
AFTER_FIRST_CYCLE = {
    "policy_type": "RECURRING",
    "adjustment_type": "PERCENTAGE",
    "adjustment_value": "10",
    "after_cycle": "1",
}


@pytest.fixture
def group(api):
    return api.expect_success(
        api.post("/selling_plan_groups", {"name": "Subscribe and save", "options": ["Every"]})
    )


def body(group, **changes):
    return {
        "selling_plan_group_id": group["id"],
        "name": "Monthly",
        "description": "Each month",
        "billing_policy_type": "RECURRING",
        "billing_policy": {"interval": "month", "interval_count": "1"},
        "pricing_policy": [FROM_START, AFTER_FIRST_CYCLE],
        "trial_period_days": "7",
        "priority": "1",
    } | changes


@pytest.fixture
def plan(api, group):
    return api.expect_success(api.post("/selling_plans", body(group)))


def test_group_is_created_read_updated_and_deleted(api, group):
    """R70, R140."""
    path = f"/selling_plan_groups/{group['id']}"
    assert group["id"].startswith("spg_")
    assert (group["name"], group["options"], group["status"]) == ("Subscribe and save", ["Every"], "active")
    assert (group["selling_plans"], group["merchant_id"]) == ([], api.store.slug)
    assert api.expect_success(api.get(path)) == group

    changed = api.expect_success(api.post(path, {"name": "Save", "status": "disabled"}))

    assert (changed["name"], changed["status"], changed["options"]) == ("Save", "disabled", [])
    assert api.expect_success(api.delete(path)) == {"deleted": True, "id": group["id"]}
    assert api.expect_error(api.get(path)) == (404, "resource_not_found", "Selling plan group not found")


def test_plan_is_created_with_every_field(api, plan, group):
    """R71, R141, W16, X22, X25, X26: counts, priority, and trial are strings."""
    assert plan["id"].startswith("sp_")
    assert {
        key: plan[key]
        for key in plan
        if key not in {"id", "created_at", "updated_at", "selling_plan_group_id"}
    } == {
        "merchant_id": api.store.slug,
        "name": "Monthly",
        "description": "Each month",
        "billing_policy_type": "RECURRING",
        "billing_policy": {"interval": "month", "interval_count": "1"},
        "pricing_policy": [FROM_START, AFTER_FIRST_CYCLE],
        "trial_period_days": "7",
        "valid_from": None,
        "valid_until": None,
        "priority": "1",
        "status": "active",
        "version": 1,
    }
    assert api.expect_success(api.get(f"/selling_plans/{plan['id']}")) == plan
    assert api.expect_success(api.get(f"/selling_plan_groups/{group['id']}"))["selling_plans"] == [plan]


def test_trial_can_have_a_price(api, group):
    """X20: an optional addition to the guide. Zero means no price."""
    plan = api.expect_success(api.post("/selling_plans", body(group, trial_price="5.00")))
    assert plan["trial_price"] == "5.00"
    assert api.expect_success(api.get(f"/selling_plans/{plan['id']}")) == plan

    path = f"/selling_plans/{plan['id']}"
    # The official clients do not know this field, so leaving it out keeps the current price.
    assert api.expect_success(api.post(path, body(group, name="Each month")))["trial_price"] == "5.00"
    assert "trial_price" not in api.expect_success(api.post(path, body(group, trial_period_days="0")))
    api.expect_success(api.post(path, body(group, trial_price=5)))
    assert "trial_price" not in api.expect_success(api.post(path, body(group, trial_price=0)))


@pytest.mark.parametrize(
    "changes",
    [{"trial_price": "5.00", "trial_period_days": "0"}, {"trial_price": "-1"}, {"trial_price": "x"}],
)
def test_invalid_trial_price_is_rejected(api, group, changes):
    assert api.expect_error(api.post("/selling_plans", body(group, **changes)))[:2] == (
        400,
        "invalid_request_error",
    )


def test_prepaid_plan_charges_several_cycles_together(api, group):
    billing = {"interval": "month", "interval_count": 1, "min_cycles": "3"}

    plan = api.expect_success(
        api.post("/selling_plans", body(group, billing_policy_type="PREPAID", billing_policy=billing))
    )

    assert plan["billing_policy"] == {"interval": "month", "interval_count": "1", "min_cycles": "3"}


def test_plan_update_checks_the_version_if_sent(api, plan, group):
    path = f"/selling_plans/{plan['id']}"

    changed = api.expect_success(api.post(path, body(group, name="Each month", version=1)))

    assert (changed["name"], changed["version"]) == ("Each month", 2)
    assert api.expect_error(api.post(path, body(group, version=1)))[:2] == (409, "conflict")
    assert (
        api.expect_success(api.post(path, body(group, status="disabled", version=0)))["status"] == "disabled"
    )


def test_plan_is_deleted(api, plan):
    assert api.expect_success(api.delete(f"/selling_plans/{plan['id']}")) == {
        "deleted": True,
        "id": plan["id"],
    }
    assert api.expect_error(api.get(f"/selling_plans/{plan['id']}"))[2] == "Selling plan not found"


def test_group_in_use_cannot_be_deleted(api, plan, group):
    path = f"/selling_plan_groups/{group['id']}"
    product = make_product(api.store)

    assert api.expect_error(api.delete(path))[:2] == (409, "conflict")
    SellingPlan.objects.update(status="disabled")
    product.plan_group_uses.create(group_id=group["id"])
    assert api.expect_error(api.delete(path))[:2] == (409, "conflict")
    product.plan_group_uses.all().delete()
    assert api.expect_success(api.delete(path))["deleted"] is True


def test_lists_state_total_offset_and_a_limit_above_zero(api, group):
    """W11, W13."""
    for number in range(12):
        api.expect_success(api.post("/selling_plans", body(group, name=f"Plan {number}", priority=number)))

    first = api.expect_success(api.get("/selling_plans?page=0&page_size=0"))
    second = api.expect_success(api.get("/selling_plans?page=1&page_size=5"))
    groups = api.expect_success(api.get("/selling_plan_groups?page=0&page_size=50&status=active"))

    assert (first["total"], first["offset"], first["limit"], len(first["data"])) == (12, 0, 10, 10)
    assert (second["offset"], second["limit"]) == (5, 5)
    assert [plan["name"] for plan in second["data"]] == [f"Plan {number}" for number in range(5, 10)]
    assert (groups["total"], groups["data"][0]["id"]) == (1, group["id"])
    assert (
        api.expect_success(api.get(f"/selling_plans?selling_plan_group_id={group['id']}&status=disabled"))[
            "total"
        ]
        == 0
    )
    for path in ("/selling_plans", "/selling_plan_groups"):
        for query in ("?page_size=-1", "?page_size=51", "?page=-1", "?status=odd"):
            assert api.expect_error(api.get(path + query))[:2] == (400, "invalid_request_error")


def test_plans_of_another_store_are_not_found(api, other_api):
    """R17."""
    theirs = make_plan(make_product(other_api.store))
    group = theirs.group_id

    assert api.expect_success(api.get("/selling_plans"))["total"] == 0
    assert api.expect_success(api.get("/selling_plan_groups"))["total"] == 0
    for response in (
        api.get(f"/selling_plans/{theirs.pk}"),
        api.post(f"/selling_plans/{theirs.pk}", body({"id": group})),
        api.delete(f"/selling_plans/{theirs.pk}"),
        api.get(f"/selling_plan_groups/{group}"),
        api.post(f"/selling_plan_groups/{group}", {"name": "x"}),
        api.delete(f"/selling_plan_groups/{group}"),
        api.post("/selling_plans", body({"id": group})),
    ):
        assert api.expect_error(response)[:2] == (404, "resource_not_found")
    assert SellingPlan.objects.count() == SellingPlanGroup.objects.count() == 1


INVALID_PLANS = [
    {"name": ""},
    {"billing_policy": None},
    {"billing_policy": {"interval": "hour"}},
    {"billing_policy": {"interval": "month", "interval_count": 0}},
    {"billing_policy": {"interval": "month", "interval_count": "x"}},
    {"billing_policy_type": "PREPAID"},
    {"billing_policy_type": "NEVER"},
    {"trial_period_days": -1},
    {"trial_period_days": 10_000},
    {"status": "gone"},
    {"priority": "first"},
    {"valid_from": 2_000_000_000, "valid_until": 1_900_000_000},
    {"valid_from": "2026"},
    {"pricing_policy": "cheap"},
    {"pricing_policy": [FROM_START, FROM_START]},
    {"pricing_policy": [AFTER_FIRST_CYCLE, AFTER_FIRST_CYCLE]},
    {"pricing_policy": [FROM_START | {"after_cycle": "1"}]},
    {"pricing_policy": [FROM_START | {"adjustment_value": "101"}]},
    {"pricing_policy": [FROM_START | {"adjustment_value": "-1"}]},
    {"pricing_policy": [FROM_START | {"adjustment_value": None}]},
    {"pricing_policy": [FROM_START | {"adjustment_type": "GIFT"}]},
    {"pricing_policy": [{**AFTER_FIRST_CYCLE, "after_cycle": None}]},
    {"pricing_policy": [{**AFTER_FIRST_CYCLE, "after_cycle": "x"}]},
    {"pricing_policy": [{**AFTER_FIRST_CYCLE, "after_cycle": "-1"}]},
    {"pricing_policy": [FROM_START, {**AFTER_FIRST_CYCLE, "after_cycle": "0"}]},
]


@pytest.mark.parametrize("changes", INVALID_PLANS, ids=lambda changes: str(changes)[:60])
def test_invalid_plan_is_rejected(api, group, plan, changes):
    """R156, R157: FIXED has no `after_cycle`, RECURRING needs one."""
    for path in ("/selling_plans", f"/selling_plans/{plan['id']}"):
        status, code, msg = api.expect_error(api.post(path, body(group, **changes)))
        assert (status, code) == (400, "invalid_request_error")
        assert msg
    assert SellingPlan.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"name": None}, {"status": "odd"}, {"options": "x"}, {"options": [1]}], ids=str
)
def test_invalid_group_is_rejected(api, changes):
    assert api.expect_error(api.post("/selling_plan_groups", {"name": "x"} | changes))[0] == 400


def calculate(api, **fields):
    return api.post("/selling_plans/calculate_price", fields)


def test_price_is_calculated(api, plan):
    """R158."""
    variant = variant_of(make_product(api.store, price="49.99"))

    price = api.expect_success(calculate(api, variant_id=variant.pk, plan_id=plan["id"], currency="USD"))

    tiers = price.pop("pricing_tiers")
    assert price == {
        "base_price": "49.99",
        "total_cycles": 1,
        "subtotal_before_policy": "49.99",
        "selling_plan_discount": "10.00",
        "subtotal_after_policy": "39.99",
        "currency": "USD",
        "billing_cycle": "month",
        "trial_period_days": 7,
    }
    assert [tier["price"] for tier in tiers] == ["39.99", "44.99"]


def test_prepaid_price_covers_all_cycles_of_a_charge(api, group):
    variant = variant_of(make_product(api.store))
    billing = {"interval": "month", "min_cycles": 3}
    plan = api.expect_success(
        api.post("/selling_plans", body(group, billing_policy_type="PREPAID", billing_policy=billing))
    )

    price = api.expect_success(calculate(api, variant_id=variant.pk, plan_id=plan["id"], base_price="49.99"))

    assert (price["total_cycles"], price["subtotal_before_policy"]) == (3, "149.97")
    assert (price["selling_plan_discount"], price["subtotal_after_policy"]) == ("20.00", "129.97")


def test_tiers_of_a_prepaid_plan_are_what_each_charge_costs(api, group):
    """R72, R73: a client that shows a tier beside its billing cycle names the real charge."""
    product = make_product(api.store, price="49.99")
    PlanGroupUse.objects.create(group=SellingPlanGroup.objects.get(pk=group["id"]), product=product)
    tenth_off = {"adjustment_type": "PERCENTAGE", "adjustment_value": "10"}
    changes = {
        "billing_policy_type": "PREPAID",
        "billing_policy": {"interval": "month", "interval_count": 1, "min_cycles": 3},
        "pricing_policy": [
            {**tenth_off, "policy_type": "FIXED"},
            {
                "adjustment_type": "PERCENTAGE",
                "adjustment_value": "0",
                "policy_type": "RECURRING",
                "after_cycle": "4",
            },
        ],
    }
    api.expect_success(api.post("/selling_plans", body(group, **changes)))
    link = api.expect_success(api.get(f"/payment_links/{make_link(product).pk}"))

    (pricing,) = link["primary_variants"][0]["variant"]["selling_plan_pricing"]

    assert pricing["billing_cycle"] == "3 months"
    tiers = pricing["pricing_tiers"]
    assert [(tier["after_cycle"], tier["total_cycles"], tier["cycle_description"]) for tier in tiers] == [
        (1, 1, "First 3 months"),
        (2, 1, "Months 4 to 6"),
        (3, 0, "Month 7 onwards"),
    ]
    assert [tier["price"] for tier in tiers] == ["134.97", "144.97", "149.97"]
    assert [tier["subtotal_after_policy"] for tier in tiers] == ["134.97", "144.97", "149.97"]
    assert [tier["subtotal_before_policy"] for tier in tiers] == ["149.97"] * 3
    assert [tier["selling_plan_discount"] for tier in tiers] == ["15.00", "5.00", "0.00"]


FIFTY_OFF = {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "50"}
FREE_LATER = {
    "policy_type": "RECURRING",
    "adjustment_type": "PERCENTAGE",
    "adjustment_value": "100",
    "after_cycle": "3",
}
ALMOST_FREE = {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "17.60"}


@pytest.mark.parametrize("policy", [FIFTY_OFF, FREE_LATER, ALMOST_FREE], ids=["below zero", "later", "tiny"])
def test_price_step_that_leaves_nothing_to_charge_is_refused(api, group, plan, policy):
    product = make_product(api.store, name="Field notes", price="18.00")
    PlanGroupUse.objects.create(group=SellingPlanGroup.objects.get(pk=group["id"]), product=product)

    for path in ("/selling_plans", f"/selling_plans/{plan['id']}"):
        status, _code, message = api.expect_error(api.post(path, body(group, pricing_policy=[policy])))
        assert status == 400
        assert "for “Field notes”, which costs $18.00" in message
    assert SellingPlan.objects.get().pricing_policies.count() == 2


def test_plan_whose_price_cannot_be_charged_is_neither_attached_nor_offered(api, group, plan):
    api.expect_success(api.post(f"/selling_plans/{plan['id']}", body(group, pricing_policy=[FIFTY_OFF])))
    product = make_product(
        api.store, options={"Size": ["S", "L"]}, prices={"S": "18.00", "L": "90.00"}, name="Print"
    )
    draft = api.expect_success(api.get(f"/products/{product.pk}"))

    answer = api.post(f"/products/{product.pk}", draft | {"selling_plan_group_ids": [group["id"]]})

    status, _code, message = api.expect_error(answer)
    assert status == 400
    assert "“Monthly” would charge $0.00 for “Print – S”, which costs $18.00." in message
    # The price fell later, by a sync.
    PlanGroupUse.objects.create(group=SellingPlanGroup.objects.get(pk=group["id"]), product=product)
    assert list_available_plans(variant=variant_of(product, "S")) == []
    assert [found.name for found in list_available_plans(variant=variant_of(product, "L"))] == ["Monthly"]


def test_invalid_price_calculation_is_rejected(api, plan, other_api):
    variant = variant_of(make_product(api.store))
    theirs = variant_of(make_product(other_api.store))

    assert api.expect_error(calculate(api, variant_id=theirs.pk, plan_id=plan["id"]))[0] == 404
    assert api.expect_error(calculate(api, variant_id=variant.pk, plan_id="sp_nothing"))[0] == 404
    assert (
        api.expect_error(calculate(api, variant_id=variant.pk, plan_id=plan["id"], currency="EUR"))[0] == 400
    )
    assert (
        api.expect_error(calculate(api, variant_id=variant.pk, plan_id=plan["id"], base_price="-1"))[0] == 400
    )
    assert api.expect_error(calculate(api))[0] == 400


def test_database_rejects_a_group_twice_on_a_product(api):
    product = make_product(api.store)
    group = make_plan(product).group

    with pytest.raises(IntegrityError):
        PlanGroupUse.objects.create(group=group, product=product)
