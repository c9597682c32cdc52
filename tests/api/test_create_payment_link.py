"""POST /v1/payment_links (facts 1B)."""

import pytest
from django.utils import timezone

from catalog.models import PaymentLink, SellingPlan
from stores.models import Store
from tests.api.conftest import RawApiClient
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


def test_three_fields_make_a_link(api, shirt):
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
    ("fields", "words"), [(TRIAL, "Set a trial price"), (FREE_MONTH, "Set a price for the first cycle")]
)
def test_what_begins_free_of_charge_could_not_be_bought(api, shirt, fields, words):
    """R149, X21: the store takes no order of nothing; the sentence says what to set."""
    plan = make_plan(shirt, name="Monthly", **fields)

    status, code, sentence = api.expect_error(api.post("/payment_links", minimal(shirt)))

    assert (status, code) == (400, "invalid_request_error")
    assert "“Monthly”" in sentence
    assert words in sentence
    assert sentence.endswith("or set a verification amount for the store.")
    assert not PaymentLink.objects.exists()
    SellingPlan.objects.filter(pk=plan.pk).update(status="disabled")
    api.expect_success(api.post("/payment_links", minimal(shirt)))


def test_nor_an_add_on_that_begins_free_of_charge(api, shirt, wrapping):
    make_plan(wrapping.product, **TRIAL)
    add_ons = [{"variant_id": wrapping.pk}]

    refused = api.expect_error(api.post("/payment_links", minimal(shirt, addon_variants=add_ons)))

    assert refused[:2] == (400, "invalid_request_error")


def test_a_trial_is_sold_with_a_price_or_a_verification_amount(api, shirt):
    """X20, X21."""
    make_plan(shirt, trial_price="5.00", **TRIAL)
    api.expect_success(api.post("/payment_links", minimal(shirt)))

    make_plan(shirt, **TRIAL)
    Store.objects.update(verification_amount="1.00")
    api.expect_success(api.post("/payment_links", minimal(shirt)))


def test_the_url_is_absolute_and_opens_the_page(api, shirt, client):
    """R39, X1, X2."""
    link = api.expect_success(api.post("/payment_links", minimal(shirt)))

    assert link["url"] == f"http://testserver/link/{link['id']}"
    assert len(link["id"]) >= len("plink_") + 22
    assert client.get(f"/link/{link['id']}").status_code == 200
    assert client.get(f"/{link['id']}").headers["Location"].endswith(f"/link/{link['id']}")


def test_the_display_is_kept_as_it_is(api, shirt):
    """R22, R40."""
    config = {"display_mode": "grid", "show_inventory": True, "deep": {"list": [1, 2.5, None, "ü"]}}

    link = api.expect_success(api.post("/payment_links", minimal(shirt, variant_config=config)))

    assert link["variant_config"] == config
    assert api.expect_success(api.get(f"/payment_links/{link['id']}"))["variant_config"] == config


def test_add_ons_come_back_in_their_order_with_their_limits(api, shirt, wrapping):
    """R21, R42, R43, R45, R128, R129, R130, X10, X11: from another product, too."""
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


def test_a_variant_of_the_same_product_can_be_an_add_on(api, shirt):
    """X10."""
    first, second, *_rest = ids(shirt)
    body = minimal(shirt, primary_variant_ids=[first], addon_variants=[{"variant_id": second}])

    assert api.expect_success(api.post("/payment_links", body))["addon_variants"][0]["variant_id"] == second


def test_primary_variants_are_one_each_and_without_limits(api, shirt):
    """R44, X27."""
    row = api.expect_success(api.post("/payment_links", minimal(shirt)))["primary_variants"][0]

    assert {key: row[key] for key in row if key != "variant"} == {
        "variant_id": ids(shirt)[0],
        "is_primary": True,
        "quantity": 1,
        "min_quantity": None,
        "max_quantity": None,
    }


def test_what_the_go_client_sends_is_taken(api, shirt):
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


def test_what_the_guide_does_not_have_is_optional(api, shirt):
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


def refused(api: RawApiClient, body: dict) -> str:
    """The sentence with which a body is refused; nothing may be made."""
    status, code, msg = api.expect_error(api.post("/payment_links", body))
    assert (status, code) == (400, "invalid_request_error")
    assert not PaymentLink.objects.exists()
    return msg


@pytest.mark.parametrize("field", ["product_id", "default_variant_id", "primary_variant_ids"])
@pytest.mark.parametrize("value", [None, "", [], {}, 7, True, "x" * 1000], ids=repr)
def test_the_three_fields_are_required(api, shirt, field, value):
    """R6, R18, R19, R20, R26, R29."""
    body = minimal(shirt)
    body[field] = value

    answer = api.post("/payment_links", body)

    assert api.expect_error(answer)[:2] == (400, "invalid_request_error")
    assert field in "".join(answer.json()["errors"])
    del body[field]
    assert api.post("/payment_links", body).json()["errors"] == {field: ["This field is required."]}


def test_a_product_that_is_not_there_is_not_found(api, shirt, other_api):
    """R11, R23, R29."""
    theirs = make_product(other_api.store)

    for product_id in ("prod_nothing", theirs.pk):
        answer = api.post("/payment_links", minimal(shirt, product_id=product_id))
        assert api.expect_error(answer) == (404, "resource_not_found", "Product not found")


def test_a_product_must_be_active(api, shirt):
    """R24."""
    shirt.active = False
    shirt.save()

    assert refused(api, minimal(shirt)) == "The product is not active."


def test_the_default_must_be_one_of_the_primaries(api, shirt):
    """R25."""
    first, second, *_rest = ids(shirt)

    msg = refused(api, minimal(shirt, default_variant_id=second, primary_variant_ids=[first]))

    assert msg == "The default variant must be one of the primary variants."


def test_primaries_must_be_the_products_own(api, shirt, wrapping, other_api):
    """R27."""
    theirs = variant_of(make_product(other_api.store))

    for foreign in (wrapping.pk, theirs.pk, "var_nothing"):
        body = minimal(shirt, primary_variant_ids=[*ids(shirt), foreign])
        assert refused(api, body) == f"Variant {foreign} does not belong to this product."


def test_each_variant_is_chosen_once(api, shirt, wrapping):
    """X10."""
    first = ids(shirt)[0]
    twice = [{"variant_id": wrapping.pk}, {"variant_id": wrapping.pk}]

    assert "once" in refused(api, minimal(shirt, primary_variant_ids=[first, first]))
    assert "once" in refused(api, minimal(shirt, addon_variants=twice))
    assert "once" in refused(api, minimal(shirt, addon_variants=[{"variant_id": first}]))


def test_an_inactive_variant_is_not_sold(api, shirt, wrapping):
    """X10."""
    wrapping.active = False
    wrapping.save()
    first = shirt.variants.first()
    first.active = False
    first.save()

    assert "not active" in refused(api, minimal(shirt))
    body = minimal(shirt, default_variant_id=ids(shirt)[1], primary_variant_ids=ids(shirt)[1:])
    assert "does not exist or is not active" in refused(
        api, body | {"addon_variants": [{"variant_id": wrapping.pk}]}
    )


def test_an_add_on_is_of_the_same_merchant_and_currency(api, shirt, other_api):
    """X10."""
    theirs = variant_of(make_product(other_api.store))
    euros = variant_of(make_product(api.store, name="Euro", default_currency="EUR"))

    assert "does not exist or is not active" in refused(
        api, minimal(shirt, addon_variants=[{"variant_id": theirs.pk}])
    )
    assert "different currency" in refused(api, minimal(shirt, addon_variants=[{"variant_id": euros.pk}]))


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
def test_an_add_ons_limits_must_make_sense(api, shirt, wrapping, limits):
    """R21, R29."""
    refused(api, minimal(shirt, addon_variants=[{"variant_id": wrapping.pk, **limits}]))


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
def test_what_is_optional_must_make_sense_too(api, shirt, field, value):
    """R29, W16."""
    refused(api, minimal(shirt, **{field: value}))


def test_a_link_must_expire_after_it_opens(api, shirt):
    assert "after it opens" in refused(api, minimal(shirt, opens_at=2_000_000_000, expires_at=1_900_000_000))


def test_another_stores_host_is_in_its_links(db):
    """R17, R39."""
    from tests.api.conftest import make_raw_client

    api = make_raw_client(make_store(host="lamps.example.com"))
    product = make_product(api.store)

    link = api.expect_success(api.post("/payment_links", minimal(product)))

    assert link["url"].startswith("http://lamps.example.com/link/plink_")
