"""POST /v1/payment_links creates a link."""

import pytest
from django.utils import timezone

from catalog.models import PaymentLink, SellingPlan
from stores.models import Store
from tests.api.conftest import make_raw_client
from tests.api.payment_link_bodies import ids, minimal
from tests.factories import make_plan, make_product, make_store, variant_of


def test_link_needs_only_three_fields(api, shirt):
    """R18, R19, R20, R28, R30, R31, R33, R34, R35."""
    link = api.expect_success(api.post("/payment_links", minimal(shirt)))

    assert link["id"].startswith("plink_")
    assert link["active"] is True
    assert link["created_at"] == link["updated_at"]
    assert abs(link["created_at"] - timezone.now().timestamp()) < 5
    assert link["variant_config"] == {}
    assert link["addon_variants"] == []
    assert [row["variant_id"] for row in link["primary_variants"]] == ids(shirt)
    assert link["product"]["id"] == shirt.pk
    again = api.expect_success(api.post("/payment_links", minimal(shirt)))
    assert again["id"] != link["id"]
    assert again["url"] != link["url"]


TRIAL = {"trial_period_days": 7}
FREE_MONTH = {
    "pricing_policy": [
        {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "100"},
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PERCENTAGE",
            "adjustment_value": "0",
            "after_cycle": "1",
        },
    ]
}


@pytest.mark.parametrize(
    ("fields", "advice"), [(TRIAL, "Set a trial price"), (FREE_MONTH, "Set a price for the first cycle")]
)
def test_plan_with_free_first_charge_is_rejected(api, shirt, fields, advice):
    """R149, X21: NEXT rejects orders of 0.00. The message says what to set."""
    plan = make_plan(shirt, name="Monthly", **fields)

    status, code, message = api.expect_error(api.post("/payment_links", minimal(shirt)))

    assert (status, code) == (400, "invalid_request_error")
    assert "“Monthly”" in message
    assert advice in message
    assert message.endswith("or set a verification amount for the store.")
    assert not PaymentLink.objects.exists()
    SellingPlan.objects.filter(pk=plan.pk).update(status="disabled")
    api.expect_success(api.post("/payment_links", minimal(shirt)))


def test_add_on_with_free_first_charge_is_rejected(api, shirt, wrapping):
    make_plan(wrapping.product, **TRIAL)
    add_ons = [{"variant_id": wrapping.pk}]

    error = api.expect_error(api.post("/payment_links", minimal(shirt, addon_variants=add_ons)))

    assert error[:2] == (400, "invalid_request_error")


def test_trial_needs_a_price_or_a_verification_amount(api, shirt):
    """X20, X21."""
    make_plan(shirt, trial_price="5.00", **TRIAL)
    api.expect_success(api.post("/payment_links", minimal(shirt)))

    make_plan(shirt, **TRIAL)
    Store.objects.update(verification_amount="1.00")
    api.expect_success(api.post("/payment_links", minimal(shirt)))


def test_url_is_absolute_and_opens_the_page(api, shirt, client):
    """R39, X1, X2."""
    link = api.expect_success(api.post("/payment_links", minimal(shirt)))

    assert link["url"] == f"http://testserver/link/{link['id']}"
    assert len(link["id"]) >= len("plink_") + 22
    assert client.get(f"/link/{link['id']}").status_code == 200
    assert client.get(f"/{link['id']}").headers["Location"].endswith(f"/link/{link['id']}")


def test_variant_config_is_returned_unchanged(api, shirt):
    """R22, R40."""
    config = {"display_mode": "grid", "show_inventory": True, "deep": {"list": [1, 2.5, None, "ü"]}}

    link = api.expect_success(api.post("/payment_links", minimal(shirt, variant_config=config)))

    assert link["variant_config"] == config
    assert api.expect_success(api.get(f"/payment_links/{link['id']}"))["variant_config"] == config


def test_add_ons_keep_their_order_and_limits(api, shirt, wrapping):
    """R21, R42, R43, R45, R128, R129, R130, X10, X11: also of another product."""
    bag = variant_of(make_product(api.store, name="Tote", price="19.99"))
    add_ons = [
        {"variant_id": wrapping.pk, "min_quantity": 0, "max_quantity": 3},
        {"variant_id": bag.pk, "min_quantity": 2, "max_quantity": None},
    ]

    link = api.expect_success(api.post("/payment_links", minimal(shirt, addon_variants=add_ons)))

    first, second = link["addon_variants"]
    assert (first["variant_id"], first["is_primary"], first["quantity"]) == (wrapping.pk, False, 0)
    assert (first["min_quantity"], first["max_quantity"]) == (0, 3)
    assert (second["variant_id"], second["quantity"], second["min_quantity"]) == (bag.pk, 2, 2)
    assert second["max_quantity"] is None
    assert second["variant"]["price"] == {"amount": 19.99, "asset_id": "USD"}


def test_add_on_can_be_of_the_same_product(api, shirt):
    """X10."""
    first, second, *_rest = ids(shirt)
    body = minimal(shirt, primary_variant_ids=[first], addon_variants=[{"variant_id": second}])

    assert api.expect_success(api.post("/payment_links", body))["addon_variants"][0]["variant_id"] == second


def test_primary_variants_have_quantity_one_and_no_limits(api, shirt):
    """R44, X27."""
    row = api.expect_success(api.post("/payment_links", minimal(shirt)))["primary_variants"][0]

    assert {key: row[key] for key in row if key != "variant"} == {
        "variant_id": ids(shirt)[0],
        "is_primary": True,
        "quantity": 1,
        "min_quantity": None,
        "max_quantity": None,
    }


def test_null_from_the_go_client_means_missing(api, shirt):
    """W7."""
    body = minimal(shirt, addon_variants=None, variant_config=None)

    link = api.expect_success(api.post("/payment_links", body))

    assert (link["addon_variants"], link["variant_config"]) == ([], {})


def test_unknown_keys_are_ignored(api, shirt):
    """R31, W15."""
    body = minimal(shirt, name="Spring", redirect="https://evil.example", id="plink_mine", active=False)

    link = api.expect_success(api.post("/payment_links", body))

    assert link["id"] != "plink_mine"
    assert link["active"] is True


def test_additions_to_the_guide_are_optional(api, shirt):
    """X28."""
    extras = {
        "metadata": {"campaign": "spring"},
        "opens_at": 1_900_000_000,
        "expires_at": 1_900_086_400,
        "closed_message": "Over, see you next year.",
        "max_quantity": 3,
        "uses_left": 100,
        "prefilled_email": "ada@example.com",
        "return_url": "https://example.com/back?x=1",
        "custom_text_label": "Engraving",
    }

    link = api.expect_success(api.post("/payment_links", minimal(shirt, **extras)))
    plain = api.expect_success(api.post("/payment_links", minimal(shirt)))

    assert {name: link[name] for name in extras} == extras
    assert {name: plain[name] for name in extras} == {
        "metadata": {},
        "opens_at": None,
        "expires_at": None,
        "closed_message": "",
        "max_quantity": None,
        "uses_left": None,
        "prefilled_email": "",
        "return_url": "",
        "custom_text_label": "",
    }


def test_link_url_has_the_host_of_its_store(db):
    """R17, R39."""
    api = make_raw_client(make_store(host="lamps.example.com"))
    product = make_product(api.store)

    link = api.expect_success(api.post("/payment_links", minimal(product)))

    assert link["url"].startswith("http://lamps.example.com/link/plink_")
