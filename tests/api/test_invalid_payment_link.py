"""POST /v1/payment_links rejects invalid bodies."""

import pytest

from catalog.models import PaymentLink
from tests.api.conftest import RawApiClient
from tests.api.payment_link_bodies import ids, minimal
from tests.factories import make_product, variant_of


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
        assert rejection(api, body) == f"Variant {foreign} does not belong to this product."


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
    assert "does not exist or is not active" in rejection(
        api, body | {"addon_variants": [{"variant_id": wrapping.pk}]}
    )


def test_add_on_must_have_the_same_store_and_currency(api, shirt, other_api):
    """X10."""
    theirs = variant_of(make_product(other_api.store))
    euros = variant_of(make_product(api.store, name="Euro", default_currency="EUR"))

    assert "does not exist or is not active" in rejection(
        api, minimal(shirt, addon_variants=[{"variant_id": theirs.pk}])
    )
    assert "different currency" in rejection(api, minimal(shirt, addon_variants=[{"variant_id": euros.pk}]))


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
