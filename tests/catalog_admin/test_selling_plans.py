"""Staff build selling plans: price steps as rows, and the text that shoppers will read."""

import pytest
from django.urls import reverse

from catalog.api.selling_plan_serializers import SellingPlanResponse
from catalog.models import SellingPlan, SellingPlanGroup
from stores.models import Store
from tests.factories import make_plan, make_product

ADD_GROUP = reverse("admin:catalog_sellingplangroup_add")
ADD = reverse("admin:catalog_sellingplan_add")


def page_of(plan):
    return reverse("admin:catalog_sellingplan_change", args=[plan.pk])


@pytest.fixture
def group(store):
    return SellingPlanGroup.objects.create(store=store, name="Subscribe and save")


def prices(*rows):
    """Form data for rows of the price table: (after_cycle, adjustment_type, value)."""
    data = {"pricing_policies-TOTAL_FORMS": len(rows)}
    for place, (after, kind, value) in enumerate(rows):
        data |= {
            f"pricing_policies-{place}-after_cycle": after,
            f"pricing_policies-{place}-adjustment_type": kind,
            f"pricing_policies-{place}-adjustment_value": value,
        }
    return data


def policies_of(plan):
    """The prices of a plan as the API returns them."""
    return SellingPlanResponse(plan, context={"store": plan.group.store}).data["pricing_policy"]


def test_group_page_links_to_adding_a_plan(staff, store):
    staff.save(ADD_GROUP, store=store.pk, name="Coffee club")

    group = SellingPlanGroup.objects.get()
    page = staff.open(reverse("admin:catalog_sellingplangroup_change", args=[group.pk])).content.decode()
    assert f"{ADD}?group={group.pk}" in page


def test_plan_is_built_from_rows_and_described_as_shoppers_see_it(staff, group):
    """X22, X23: a row after payment 0 is FIXED, a later one RECURRING."""
    staff.save(
        f"{ADD}?group={group.pk}",
        name="Monthly",
        trial_period_days="7",
        **prices(("1", "PERCENTAGE", "10"), ("", "PERCENTAGE", "20")),
    )

    plan = SellingPlan.objects.get()
    assert plan.group == group
    assert policies_of(plan) == [
        {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "20"},
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PERCENTAGE",
            "adjustment_value": "10",
            "after_cycle": "1",
        },
    ]
    page = staff.open(page_of(plan)).content.decode()
    assert "7 days free, then $80.00 for the first month, then $90.00 every month" in page


def test_trial_can_have_a_price(staff, group):
    staff.save(f"{ADD}?group={group.pk}", name="Monthly", trial_period_days="7", trial_price="5")

    plan = SellingPlan.objects.get()
    assert str(plan.trial_price) == "5.00"
    assert "$5.00 for the first 7 days, then $100.00 every month" in staff.open(page_of(plan)).text


@pytest.mark.parametrize(
    "policy",
    [
        [{"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "39.99"}],
        [
            {
                "policy_type": "RECURRING",
                "adjustment_type": "FIXED_AMOUNT",
                "adjustment_value": "95.88",
                "after_cycle": "0",
            }
        ],
    ],
)
def test_resaved_plan_keeps_prices_and_increases_version(staff, store, policy):
    plan = make_plan(make_product(store, price="479.88"), pricing_policy=policy)

    staff.save(page_of(plan), name="Each month")

    plan.refresh_from_db()
    assert (plan.name, policies_of(plan), plan.version) == ("Each month", policy, 2)


def test_price_step_that_leaves_nothing_to_charge_is_refused_on_the_form(staff, store):
    plan = make_plan(make_product(store, name="Field notes", price="18.00"))

    page = staff.save(page_of(plan), name="Halved", **prices(("", "FIXED_AMOUNT", "50"))).text

    assert "“Every month” would charge" not in page
    assert "“Halved” would charge $0.00 for “Field notes”, which costs $18.00." in page
    assert 'value="Halved"' in page
    plan.refresh_from_db()
    assert (plan.name, policies_of(plan), plan.version) == ("Every month", [], 1)


def test_concurrent_edits_do_not_overwrite_each_other(staff, store):
    plan = make_plan(make_product(store))
    data = staff.fields(page_of(plan))
    staff.save(page_of(plan), name="First")

    response = staff.client.post(page_of(plan), data | {"name": "Second"})

    assert "Someone else changed this plan." in response.content.decode()
    plan.refresh_from_db()
    assert plan.name == "First"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (prices(("", "PERCENTAGE", "101")), "Enter 100 percent or less."),
        (prices(("1", "PRICE", "5"), ("1", "PRICE", "6")), "Two rows start after the same payment."),
        (prices(("", "PRICE", "-1")), "greater than or equal to 0"),
        ({"billing_policy_type": "PREPAID"}, "1 to 120 cycles to be paid up front"),
        ({"trial_price": "5"}, "requires a trial of at least one day"),
        ({"interval_count": "0"}, "greater than or equal to 1."),
    ],
)
def test_invalid_plan_is_rejected(staff, group, changes, message):
    page = staff.save(f"{ADD}?group={group.pk}", name="Plan", **changes).content.decode()

    assert message in page
    assert not SellingPlan.objects.exists()


def test_fractional_yen_trial_price_is_rejected(staff, group):
    Store.objects.update(currency="JPY")

    page = staff.save(
        f"{ADD}?group={group.pk}", name="Plan", trial_period_days="7", trial_price="5.50"
    ).content.decode()

    assert "The trial price must be a valid amount" in page


def test_only_disabled_plans_can_be_deleted(staff, store):
    plan = make_plan(make_product(store))
    delete = reverse("admin:catalog_sellingplan_delete", args=[plan.pk])
    assert staff.client.post(delete, {"post": "yes"}).status_code == 403

    SellingPlan.objects.update(status="disabled")
    staff.client.post(delete, {"post": "yes"})
    assert not SellingPlan.objects.exists()
