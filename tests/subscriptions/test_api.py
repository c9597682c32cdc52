"""`/v1/subscriptions` and `/v1/invoices`, as the official clients call them."""

import pytest

from subscriptions.models import Subscription
from tests.api_client import ApiClient, error_summary, success_data
from tests.factories import make_store, variant_of
from tests.subscriptions.helpers import (
    TWO_TIERS,
    make_coffee_plan,
    make_lamp_plan,
    renew_subscription,
    start_subscription,
)


@pytest.fixture
def caller(shop):
    return ApiClient(shop)


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


def test_get_returns_subscription_with_prices(caller, subscription):
    """R148, R153, R158."""
    shown = success_data(caller.get(f"/v1/subscriptions/{subscription.pk}"))

    line = subscription.main_line
    assert shown["status"] == "active"
    assert (shown["selling_plan_id"], shown["variant_id"], shown["quantity"]) == (
        line.terms["selling_plan_id"],
        line.variant_id,
        1,
    )
    assert (shown["current_cycle_number"], shown["next_charge_amount"]) == (1, "44.99")
    assert shown["current_pricing_tier"] == {
        "cycle_number": 1,
        "base_price": "49.99",
        "selling_plan_discount": "10.00",
        "final_price": "39.99",
        "currency": "USD",
        "policy_type": "FIXED",
        "billing_cycle": "month",
        "billing_cycle_interval": 1,
    }
    assert shown["upcoming_pricing_tier"]["final_price"] == "44.99"
    assert shown["current_period_end"] == int(subscription.next_renewal_at.timestamp())
    assert shown["customer_email"] == "ada@example.com"


def test_list_is_filtered_and_paginated(shop, caller, subscription):
    """Lists are `{data, total, offset, limit}`."""
    other = start_subscription(shop, make_coffee_plan(shop), key="second")

    whole = success_data(caller.get("/v1/subscriptions?limit=1"))
    assert (whole["total"], whole["offset"], whole["limit"]) == (2, 0, 1)
    assert [row["id"] for row in whole["data"]] == [other.pk]
    assert success_data(caller.get("/v1/subscriptions?status=paused"))["total"] == 0
    number = subscription.next_subscription_id
    found = success_data(
        caller.get(f"/v1/subscriptions?external_id={number}&customer_id={subscription.customer_id}")
    )
    assert [row["id"] for row in found["data"]] == [subscription.pk]
    assert success_data(caller.get("/v1/subscriptions?external_id=x"))["total"] == 0


def test_the_list_costs_the_same_for_one_and_for_many(
    shop, caller, subscription, django_assert_max_num_queries
):
    for key in ("b", "c"):
        start_subscription(shop, make_coffee_plan(shop), key=key)

    with django_assert_max_num_queries(6):
        assert success_data(caller.get("/v1/subscriptions"))["total"] == 3


def test_pause_resume_cancel_and_revoke(caller, subscription):
    """R152, R153."""
    path = f"/v1/subscriptions/{subscription.pk}"

    assert success_data(caller.post(f"{path}/pause"))["status"] == "paused"
    assert success_data(caller.post(f"{path}/resume"))["status"] == "active"
    pending = success_data(caller.post(f"{path}/cancel", {"cancel_reason": "Too much"}))
    assert (pending["status"], pending["cancel_at_period_end"], pending["cancel_reason"]) == (
        "active",
        True,
        "Too much",
    )
    assert pending["next_charge_amount"] is None
    noted = success_data(caller.post(path, {"metadata": {"won back": "perhaps"}}))
    assert (noted["metadata"], noted["cancel_at_period_end"]) == ({"won back": "perhaps"}, True)
    too_much = {str(number): "" for number in range(50)}
    assert error_summary(caller.post(path, {"metadata": too_much}))[0] == 400
    assert error_summary(caller.post(path, {"primary_variant": {"quantity": 2}}))[0] == 409
    kept = success_data(caller.post(f"{path}/revoke-cancel"))
    assert (kept["status"], kept["cancel_at_period_end"]) == ("active", False)
    over = success_data(caller.post(f"{path}/cancel", {"cancel_at_period_end": False}))
    assert over["status"] == "canceled"
    assert over["canceled_at"] is not None
    assert error_summary(caller.post(f"{path}/resume"))[:2] == (409, "conflict")


def test_change_is_previewed_then_applied(caller, subscription):
    path = f"/v1/subscriptions/{subscription.pk}"
    body = {"primary_variant": {"selling_plan_id": "", "quantity": 3}, "metadata": {"asked": "by phone"}}

    shown = success_data(caller.post(f"{path}/preview", body))
    assert (shown["next_charge_amount"], shown["charge_today"]) == ("134.97", "0.00")
    assert (shown["applied"], shown["is_upgrade"]) == (False, True)
    assert shown["effective_date"] == int(subscription.next_renewal_at.timestamp())
    before = success_data(caller.get(path))
    assert (before["quantity"], before["metadata"]) == (1, {})
    after = success_data(caller.post(path, body))
    assert (after["quantity"], after["applied"]) == (3, True)
    assert after["metadata"] == {"asked": "by phone"}


def test_variant_change_is_charged_from_the_next_cycle(shop, caller):
    lamp = shop.products.get(name="Desk lamp")
    subscription = start_subscription(shop, make_lamp_plan(shop), variant=variant_of(lamp))
    body = {"primary_variant": {"variant_id": variant_of(lamp, "White").pk}}

    shown = success_data(caller.post(f"/v1/subscriptions/{subscription.pk}", body))

    assert (shown["variant_id"], shown["variant_title"]) == (variant_of(lamp, "White").pk, "White")
    assert shown["next_charge_amount"] == "64.00"  # 59.00, and 5.00 for shipping
    other = variant_of(shop.products.get(name="Light bulb")).pk
    answer = caller.post(f"/v1/subscriptions/{subscription.pk}", {"primary_variant": {"variant_id": other}})
    assert error_summary(answer)[:2] == (404, "resource_not_found")


def test_only_changes_from_the_next_charge_are_accepted(caller, subscription):
    """Upgrades use `create_prorations`, downgrades `none`; NEXT Commerce charges nothing in between."""
    asked = {
        (2, "create_prorations", "unchanged"): 200,
        (2, "", "unchanged"): 200,
        (2, "none", "unchanged"): 400,
        (2, "always_invoice", "now"): 400,
        (2, "create_prorations", "now"): 400,
        (1, "none", "unchanged"): 200,
        (1, "create_prorations", "unchanged"): 400,
        (1, "none", "now"): 400,
    }
    for (quantity, behavior, anchor), status in asked.items():
        body = {
            "primary_variant": {"quantity": quantity},
            "proration_behavior": behavior,
            "billing_cycle_anchor": anchor,
        }
        answer = caller.post(f"/v1/subscriptions/{subscription.pk}/preview", body)
        assert answer.status_code == status, body
        if status == 400:
            assert error_summary(answer)[1] == "invalid_proration_config"
    assert success_data(caller.get(f"/v1/subscriptions/{subscription.pk}"))["quantity"] == 1


def test_each_cycle_has_an_invoice(shop, caller, subscription):
    """R150."""
    subscription = renew_subscription(shop, subscription)

    found = success_data(caller.get(f"/v1/invoices?subscription_id={subscription.pk}&status=paid"))

    assert [(row["amount"], row["billing_reason"], row["status"]) for row in found["data"]] == [
        ("44.99", "subscription_cycle", "paid"),
        ("39.99", "subscription_create", "paid"),
    ]
    one = found["data"][0]
    assert success_data(caller.get(f"/v1/invoices/{one['id']}")) == one
    assert one["order_number"].endswith("-00002")


@pytest.mark.parametrize("path", ["subscriptions/sub_x", "invoices/in_x", "subscriptions/sub_x/pause"])
def test_unknown_id_is_not_found(caller, path):
    answer = caller.post(f"/v1/{path}") if path.endswith("pause") else caller.get(f"/v1/{path}")

    assert error_summary(answer)[:2] == (404, "resource_not_found")


def test_subscription_of_another_store_is_not_found(shop, subscription):
    foreign = ApiClient(make_store(host="other.example"))

    for path in ("", "/pause", "/cancel", "/resume", "/preview"):
        address = f"/v1/subscriptions/{subscription.pk}{path}"
        body = {"primary_variant": {"quantity": 2}}
        answer = foreign.post(address, body) if path else foreign.get(address)
        assert error_summary(answer)[0] == 404
    assert Subscription.objects.get().status == "active"
    invoice = subscription.invoices.get()
    assert error_summary(foreign.get(f"/v1/invoices/{invoice.pk}"))[0] == 404
