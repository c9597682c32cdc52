"""POST and DELETE /v1/payment_links/{id}."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import Hold, LinkVariant, PaymentLink
from tests.factories import make_link, make_product


@pytest.fixture
def link(api):
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    return make_link(make_product(api.store), updated_at=long_ago)


def update(api, link, body):
    return api.post(f"/payment_links/{link.pk}", body)


def test_link_is_closed_and_reopened(api, link, client):
    """R95, R96, R98, R99, R100, R101, R135, X38."""
    closed = api.expect_success(update(api, link, {"active": False}))

    assert (closed["id"], closed["active"]) == (link.pk, False)
    assert closed["updated_at"] > link.updated_at.timestamp()
    assert closed["price_range"]["min"]["amount"] == 49.0
    page = client.get(f"/link/{link.pk}")
    assert page.status_code == 410
    assert "Desk lamp" not in page.content.decode()

    opened = api.expect_success(update(api, link, {"active": True}))

    assert opened["active"] is True
    assert opened["primary_variants"] == closed["primary_variants"]


@pytest.mark.parametrize("active", [True, False])
def test_unchanged_active_leaves_updated_at_alone(api, link, active):
    """X39."""
    PaymentLink.objects.update(active=active)

    data = api.expect_success(update(api, link, {"active": active}))

    assert data["active"] is active
    assert data["updated_at"] == int(link.updated_at.timestamp())


@pytest.mark.parametrize(
    "body", [{}, None, {"active": None}, {"active": "perhaps"}, {"active": 1}, {"active": []}]
)
def test_active_is_required(api, link, body):
    """R7, R96, R102."""
    response = update(api, link, body)

    assert api.expect_error(response) == (400, "invalid_request_error", "Invalid parameters")
    assert list(response.json()["errors"]) == ["active"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("product_id", "prod_x"),
        ("default_variant_id", "var_x"),
        ("primary_variant_ids", []),
        ("addon_variants", []),
        ("variant_config", {}),
        ("metadata", {}),
        ("expires_at", 0),
    ],
)
def test_final_fields_are_rejected(api, link, field, value):
    """R32, R97, X37."""
    response = update(api, link, {"active": False, field: value})

    assert api.expect_error(response) == (400, "invalid_request_error", "Invalid parameters")
    assert response.json()["errors"] == {field: ["This field can't be changed."]}
    link.refresh_from_db()
    assert link.active


def test_unknown_keys_and_nulls_are_ignored(api, link):
    """X37, W7."""
    assert (
        api.expect_success(update(api, link, {"active": False, "name": "x", "variant_config": None}))[
            "active"
        ]
        is False
    )


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_unknown_link_is_not_found(api, method):
    """R9, R102, R108, X6."""
    response = api(method, "/payment_links/plink_nothing", {"active": True})

    assert api.expect_error(response) == (404, "resource_not_found", "Payment link not found")


def test_reading_an_unknown_link_has_its_own_error_code(api):
    """R10, X6, W3."""
    response = api.get("/payment_links/plink_nothing")

    assert api.expect_error(response) == (404, "payment_link_not_found", "Payment link not found")


def test_body_of_other_reads_is_ignored(api, link):
    """X3, R92."""
    assert api.expect_success(api.get(f"/payment_links/{link.pk}", {"page_size": "x"}))["id"] == link.pk


def test_link_to_an_inactive_product_can_be_reopened(api, link, client):
    """X41: its page stays closed."""
    link.product.active = False
    link.product.save()
    api.expect_success(update(api, link, {"active": False}))

    assert api.expect_success(update(api, link, {"active": True}))["active"] is True
    assert client.get(f"/link/{link.pk}").status_code == 410


def test_open_link_cannot_be_deleted(api, link):
    """R8, R104."""
    response = api.delete(f"/payment_links/{link.pk}")

    assert api.expect_error(response) == (
        400,
        "invalid_request_error",
        "Cannot delete active payment link. Set active=false first.",
    )
    assert PaymentLink.objects.exists()


def test_closed_link_is_deleted_permanently(api, link, client):
    """R103, R105, R106, W4: the response has a body, and the page is gone."""
    PaymentLink.objects.update(active=False)

    assert api.expect_success(api.delete(f"/payment_links/{link.pk}")) == {"deleted": True, "id": link.pk}

    assert not LinkVariant.objects.exists()
    assert client.get(f"/link/{link.pk}").status_code == 404
    assert api.expect_error(api.delete(f"/payment_links/{link.pk}"))[0] == 404


def test_link_with_holds_can_be_deleted(api, link):
    """R106, R107, X42."""
    PaymentLink.objects.update(active=False, uses_left=3)
    Hold.objects.create(reference="ord_1", link=link, quantity=1, expires_at=timezone.now())

    assert api.expect_success(api.delete(f"/payment_links/{link.pk}"))["deleted"] is True
