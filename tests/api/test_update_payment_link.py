"""POST and DELETE /v1/payment_links/{id} (facts 1F)."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import Hold, LinkVariant, PaymentLink
from tests.factories import make_link, make_product


@pytest.fixture
def link(api):
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    return make_link(make_product(api.store), updated_at=long_ago)


def change(api, link, body):
    return api.post(f"/payment_links/{link.pk}", body)


def test_a_link_is_closed_and_opened_again(api, link, client):
    """R95, R96, R98, R99, R100, R101, R135, X38."""
    closed = api.expect_success(change(api, link, {"active": False}))

    assert (closed["id"], closed["active"]) == (link.pk, False)
    assert closed["updated_at"] > link.updated_at.timestamp()
    assert closed["price_range"]["min"]["amount"] == 49.0
    page = client.get(f"/link/{link.pk}")
    assert page.status_code == 410
    assert "Desk lamp" not in page.content.decode()

    opened = api.expect_success(change(api, link, {"active": True}))

    assert opened["active"] is True
    assert opened["primary_variants"] == closed["primary_variants"]


@pytest.mark.parametrize("active", [True, False])
def test_setting_what_is_set_changes_nothing(api, link, active):
    """X39."""
    PaymentLink.objects.update(active=active)

    data = api.expect_success(change(api, link, {"active": active}))

    assert data["active"] is active
    assert data["updated_at"] == int(link.updated_at.timestamp())


@pytest.mark.parametrize(
    "body", [{}, None, {"active": None}, {"active": "perhaps"}, {"active": 1}, {"active": []}]
)
def test_active_is_required(api, link, body):
    """R7, R96, R102."""
    answer = change(api, link, body)

    assert api.expect_error(answer) == (400, "invalid_request_error", "Invalid parameters")
    assert list(answer.json()["errors"]) == ["active"]


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
def test_what_is_final_is_refused(api, link, field, value):
    """R32, R97, X37."""
    answer = change(api, link, {"active": False, field: value})

    assert api.expect_error(answer) == (400, "invalid_request_error", "Invalid parameters")
    assert answer.json()["errors"] == {field: ["This field can't be changed."]}
    link.refresh_from_db()
    assert link.active


def test_unknown_keys_and_nulls_are_ignored(api, link):
    """X37, W7."""
    assert (
        api.expect_success(change(api, link, {"active": False, "name": "x", "variant_config": None}))[
            "active"
        ]
        is False
    )


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_unknown_link_is_not_found(api, method):
    """R9, R102, R108, X6."""
    answer = api(method, "/payment_links/plink_nothing", {"active": True})

    assert api.expect_error(answer) == (404, "resource_not_found", "Payment link not found")


def test_reading_an_unknown_link_has_a_code_of_its_own(api):
    """R10, X6, W3."""
    answer = api.get("/payment_links/plink_nothing")

    assert api.expect_error(answer) == (404, "payment_link_not_found", "Payment link not found")


def test_a_body_on_other_reads_is_ignored(api, link):
    """X3, R92."""
    assert api.expect_success(api.get(f"/payment_links/{link.pk}", {"page_size": "x"}))["id"] == link.pk


def test_reactivating_is_allowed_when_the_product_is_not_sold(api, link, client):
    """X41: the page refuses it then."""
    link.product.active = False
    link.product.save()
    api.expect_success(change(api, link, {"active": False}))

    assert api.expect_success(change(api, link, {"active": True}))["active"] is True
    assert client.get(f"/link/{link.pk}").status_code == 410


def test_an_open_link_is_not_deleted(api, link):
    """R8, R104."""
    answer = api.delete(f"/payment_links/{link.pk}")

    assert api.expect_error(answer) == (
        400,
        "invalid_request_error",
        "Cannot delete active payment link. Set active=false first.",
    )
    assert PaymentLink.objects.exists()


def test_a_closed_link_is_deleted_for_good(api, link, client):
    """R103, R105, R106, W4: an answer with a body; the page is gone."""
    PaymentLink.objects.update(active=False)

    assert api.expect_success(api.delete(f"/payment_links/{link.pk}")) == {"deleted": True, "id": link.pk}

    assert not LinkVariant.objects.exists()
    assert client.get(f"/link/{link.pk}").status_code == 404
    assert api.expect_error(api.delete(f"/payment_links/{link.pk}"))[0] == 404


def test_a_link_in_use_can_be_deleted_and_its_holds_do_not_stop_it(api, link):
    """R106, R107, X42."""
    PaymentLink.objects.update(active=False, uses_left=3)
    Hold.objects.create(reference="ord_1", link=link, quantity=1, expires_at=timezone.now())

    assert api.expect_success(api.delete(f"/payment_links/{link.pk}"))["deleted"] is True
