"""POST /v1/payment_links creates a link."""

import pytest
from django.utils import timezone

from catalog.models import PaymentLink, SellingPlan
from stores.models import Store
from tests.api.conftest import RawApiClient, make_raw_client
from tests.factories import make_plan, make_product, make_store, variant_of


@pytest.fixture
def shirt(api):
    return make_product(
        api.store,
        name="Shirt",
        options={"Size": ["S", "M"], "Color": ["Black", "White"]},
        prices={"S / Black": "29.99", "M / White": "32.99"},
        price="30.00",
    )


@pytest.fixture
def wrapping(api):
    return variant_of(make_product(api.store, name="Gift wrapping", price="4.50"))


def ids(product):
    return [variant.pk for variant in product.variants.all()]


def minimal(product, **changes):
    first = ids(product)[0]
    body = {"product_id": product.pk, "default_variant_id": first, "primary_variant_ids": ids(product)}
    return body | changes


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
    ("fields", "advice"), [(TRIAL, "Give the trial a price"), (FREE_MONTH, "Give its first cycle a price")]
)
def test_plan_with_free_first_charge_is_rejected(api, shirt, fields, advice):
    """R149, X21: NEXT rejects orders of 0.00. The message says what to set."""
    plan = make_plan(shirt, name="Monthly", **fields)

    status, code, message = api.expect_error(api.post("/payment_links", minimal(shirt)))

    assert (status, code) == (400, "invalid_request_error")
    assert "“Monthly”" in message
    assert advice in message
    assert message.endswith("or the store a verification amount.")
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


def rejection(api: RawApiClient, body: dict) -> str:
    """Assert that creating a link fails and saves nothing, and return the message."""
    status, code, msg = api.expect_error(api.post("/payment_links", body))
    assert (status, code) == (400, "invalid_request_error")
    assert not PaymentLink.objects.exists()
    return msg


@pytest.mark.parametrize("field", ["product_id", "default_variant_id", "primary_variant_ids"])
@pytest.mark.parametrize("value", [None, "", [], {}, 7, True, "x" * 1000], ids=repr)
def test_three_fields_are_required(api, shirt, field, value):
    """R6, R18, R19, R20, R26, R29."""
    body = minimal(shirt)
    body[field] = value

    response = api.post("/payment_links", body)

    assert api.expect_error(response)[:2] == (400, "invalid_request_error")
    assert field in "".join(response.json()["errors"])
    del body[field]
    assert api.post("/payment_links", body).json()["errors"] == {field: ["This field is required."]}


def test_unknown_product_is_not_found(api, shirt, other_api):
    """R11, R23, R29."""
    theirs = make_product(other_api.store)

    for product_id in ("prod_nothing", theirs.pk):
        response = api.post("/payment_links", minimal(shirt, product_id=product_id))
        assert api.expect_error(response) == (404, "resource_not_found", "Product not found")


def test_inactive_product_is_rejected(api, shirt):
    """R24."""
    shirt.active = False
    shirt.save()

    assert rejection(api, minimal(shirt)) == "The product is not active."


def test_default_variant_must_be_a_primary_variant(api, shirt):
    """R25."""
    first, second, *_rest = ids(shirt)

    msg = rejection(api, minimal(shirt, default_variant_id=second, primary_variant_ids=[first]))

    assert msg == "The default variant must be one of the primary variants."


def test_primary_variants_must_belong_to_the_product(api, shirt, wrapping, other_api):
    """R27."""
    theirs = variant_of(make_product(other_api.store))

    for foreign in (wrapping.pk, theirs.pk, "var_nothing"):
        body = minimal(shirt, primary_variant_ids=[*ids(shirt), foreign])
        assert rejection(api, body) == f"Variant {foreign} is not one of this product's."


def test_each_variant_can_be_listed_only_once(api, shirt, wrapping):
    """X10."""
    first = ids(shirt)[0]
    twice = [{"variant_id": wrapping.pk}, {"variant_id": wrapping.pk}]

    assert "once" in rejection(api, minimal(shirt, primary_variant_ids=[first, first]))
    assert "once" in rejection(api, minimal(shirt, addon_variants=twice))
    assert "once" in rejection(api, minimal(shirt, addon_variants=[{"variant_id": first}]))


def test_inactive_variant_is_rejected(api, shirt, wrapping):
    """X10."""
    wrapping.active = False
    wrapping.save()
    first = shirt.variants.first()
    first.active = False
    first.save()

    assert "not active" in rejection(api, minimal(shirt))
    body = minimal(shirt, default_variant_id=ids(shirt)[1], primary_variant_ids=ids(shirt)[1:])
    assert "no active variant" in rejection(api, body | {"addon_variants": [{"variant_id": wrapping.pk}]})


def test_add_on_must_have_the_same_store_and_currency(api, shirt, other_api):
    """X10."""
    theirs = variant_of(make_product(other_api.store))
    euros = variant_of(make_product(api.store, name="Euro", default_currency="EUR"))

    assert "no active variant" in rejection(api, minimal(shirt, addon_variants=[{"variant_id": theirs.pk}]))
    assert "another currency" in rejection(api, minimal(shirt, addon_variants=[{"variant_id": euros.pk}]))


@pytest.mark.parametrize(
    "limits",
    [
        {"min_quantity": 3, "max_quantity": 2},
        {"max_quantity": 0},
        {"min_quantity": -1},
        {"max_quantity": -1},
        {"max_quantity": 100_000},
        {"min_quantity": "many"},
        {"min_quantity": 1.5},
        {"min_quantity": True},
    ],
    ids=str,
)
def test_invalid_add_on_limits_are_rejected(api, shirt, wrapping, limits):
    """R21, R29."""
    rejection(api, minimal(shirt, addon_variants=[{"variant_id": wrapping.pk, **limits}]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("addon_variants", "all"),
        ("addon_variants", ["var_1"]),
        ("addon_variants", [{}]),
        ("addon_variants", [None]),
        ("addon_variants", {"variant_id": "x"}),
        ("variant_config", []),
        ("variant_config", "grid"),
        ("metadata", {"a": 1}),
        ("metadata", ["a"]),
        ("metadata", {"a": "x" * 501}),
        ("metadata", {str(n): "x" for n in range(51)}),
        ("expires_at", "tomorrow"),
        ("expires_at", -1),
        ("expires_at", 10**18),
        ("expires_at", True),
        ("expires_at", 1.5),
        ("max_quantity", 0),
        ("uses_left", -1),
        ("uses_left", 10**12),
        ("prefilled_email", "nobody"),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "//example.com"),
        ("return_url", "ftp://example.com"),
        ("closed_message", "x" * 301),
        ("custom_text_label", 5),
    ],
    ids=lambda value: str(value)[:30],
)
def test_invalid_optional_fields_are_rejected(api, shirt, field, value):
    """R29, W16."""
    rejection(api, minimal(shirt, **{field: value}))


def test_link_must_expire_after_it_opens(api, shirt):
    assert "after it opens" in rejection(
        api, minimal(shirt, opens_at=2_000_000_000, expires_at=1_900_000_000)
    )


def test_link_url_has_the_host_of_its_store(db):
    """R17, R39."""
    api = make_raw_client(make_store(host="lamps.example.com"))
    product = make_product(api.store)

    link = api.expect_success(api.post("/payment_links", minimal(product)))

    assert link["url"].startswith("http://lamps.example.com/link/plink_")
