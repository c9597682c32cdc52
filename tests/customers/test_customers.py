"""`/v1/customers`: create, read, update, delete, list."""

from decimal import Decimal

import pytest

from orders.customers import get_or_create_customer
from orders.models import Customer
from tests.api_client import ApiClient, error_summary, success_data
from tests.factories import make_order


@pytest.fixture
def ada(api):
    return success_data(api.post("/v1/customers", {"name": "Ada Lovelace", "email": "Ada@Example.com"}))


def test_customer_is_created_with_all_fields(api):
    """W16, X32: ids begin with `cus_`, as in orders."""
    made = success_data(
        api.post(
            "/v1/customers",
            {
                "name": "Ada Lovelace",
                "email": "ada@example.com",
                "phone": "+1 (202) 555-0140",
                "description": "Likes lamps",
                "metadata": {"level": "gold"},
                "unknown": [1],
            },
        )
    )

    assert made["id"].startswith("cus_")
    assert type(made["created"]) is int
    del made["id"], made["created"]
    assert made == {
        "object": "customer",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+12025550140",
        "merchant_uuid": "",
        "description": "Likes lamps",
        "metadata": {"level": "gold"},
        "currency": "USD",
        "total_expense": 0,
        "total_payment": 0,
        "total_refund": 0,
    }


def test_all_fields_are_optional(api):
    """W9, W10: an empty body, and nulls."""
    assert success_data(api.post("/v1/customers", b""))["email"] == ""
    nulls = dict.fromkeys(["name", "email", "phone", "description", "metadata", "merchant_uuid"])
    assert success_data(api.post("/v1/customers", nulls))["metadata"] == {}


def test_email_is_unique_in_any_case(api, ada):
    assert ada["email"] == "ada@example.com"

    answer = api.post("/v1/customers", {"email": "ADA@example.COM"})

    assert error_summary(answer) == (409, "conflict", "Another customer has this email.")


def test_two_stores_can_have_the_same_email(ada, other_store):
    theirs = success_data(ApiClient(other_store).post("/v1/customers", {"email": "ada@example.com"}))

    assert theirs["id"] != ada["id"]


def test_merchant_uuid_is_unique(api):
    api.post("/v1/customers", {"merchant_uuid": "m-1"})

    answer = api.post("/v1/customers", {"merchant_uuid": "m-1"})

    assert error_summary(answer) == (409, "conflict", "Another customer has this merchant_uuid.")


@pytest.mark.parametrize(
    "body",
    [
        {"email": "not an address"},
        {"email": 5},
        {"phone": "12"},
        {"phone": "2025550140"},
        {"metadata": {"a": 1}},
        {"metadata": []},
        {"name": "x" * 256},
        {"name": ["Ada"]},
    ],
)
def test_invalid_fields_are_rejected(api, body):
    status, code, _msg = error_summary(api.post("/v1/customers", body))

    assert (status, code) == (400, "invalid_request_error")
    assert not Customer.objects.exists()


def test_error_names_the_invalid_field(api):
    assert "phone" in api.post("/v1/customers", {"phone": "12"}).json()["errors"]


def test_customer_is_retrieved(api, ada):
    assert success_data(api.get(f"/v1/customers/{ada['id']}")) == ada


def test_update_changes_only_the_given_fields(api, ada):
    changed = success_data(api.post(f"/v1/customers/{ada['id']}", {"description": "New", "email": None}))

    assert changed == ada | {"description": "New"}


def test_update_to_another_customers_email_is_rejected(api, ada):
    bob = success_data(api.post("/v1/customers", {"email": "bob@example.com"}))

    answer = api.post(f"/v1/customers/{bob['id']}", {"email": "ADA@example.com"})

    assert error_summary(answer)[:2] == (409, "conflict")
    assert success_data(api.get(f"/v1/customers/{bob['id']}"))["email"] == "bob@example.com"


def test_customer_without_orders_is_deleted(api, ada):
    """W4: the response has a body."""
    assert success_data(api.delete(f"/v1/customers/{ada['id']}")) == {"id": ada["id"], "deleted": True}

    assert error_summary(api.get(f"/v1/customers/{ada['id']}")) == (
        404,
        "resource_not_found",
        "Customer not found",
    )


def test_customer_with_orders_cannot_be_deleted(api, store, ada):
    make_order(store, customer_id=ada["id"])

    assert error_summary(api.delete(f"/v1/customers/{ada['id']}"))[:2] == (409, "conflict")
    assert Customer.objects.filter(pk=ada["id"]).exists()


def test_another_stores_customer_is_not_found(ada, other_store):
    """R17: not to read, update or delete."""
    theirs = ApiClient(other_store)

    for answer in (
        theirs.get(f"/v1/customers/{ada['id']}"),
        theirs.post(f"/v1/customers/{ada['id']}", {"name": "Eve"}),
        theirs.delete(f"/v1/customers/{ada['id']}"),
    ):
        assert error_summary(answer)[:2] == (404, "resource_not_found")
    assert success_data(theirs.get("/v1/customers"))["total"] == 0
    assert Customer.objects.get().name == "Ada Lovelace"


def test_totals_are_whole_cents_of_paid_orders(api, store, ada):
    """Unpaid orders do not count."""
    make_order(store, customer_id=ada["id"], total=Decimal("159.97"))
    make_order(store, customer_id=ada["id"], total=Decimal("20.03"), refunded_amount=Decimal("10.01"))
    make_order(store, customer_id=ada["id"], total=Decimal("999"), paid_at=None, status="Pending")
    make_order(store, total=Decimal("5000"))

    shown = success_data(api.get(f"/v1/customers/{ada['id']}"))

    assert (shown["total_payment"], shown["total_refund"], shown["total_expense"]) == (18000, 1001, 16999)
    (listed,) = success_data(api.get("/v1/customers"))["customers"]
    assert listed == shown


def test_list_is_newest_first_and_needs_no_query(api):
    """W5: the Go client sends no query at all; the Java client sends the page."""
    made = [success_data(api.post("/v1/customers", {"name": f"C{place}"}))["id"] for place in range(12)]

    first = success_data(api.get("/v1/customers"))
    second = success_data(api.get("/v1/customers?page=1&page_size=10"))

    assert [customer["id"] for customer in first["customers"]] == made[:1:-1]
    assert [customer["id"] for customer in second["customers"]] == [made[1], made[0]]
    assert (first["total"], first["page"], first["page_size"]) == (12, 0, 10)


def test_page_size_zero_means_the_default(api, ada):
    """W11."""
    assert success_data(api.get("/v1/customers?page=0&page_size=0"))["page_size"] == 10
    assert error_summary(api.get("/v1/customers?page_size=51"))[0] == 400


def test_list_is_filtered_by_email_phone_and_merchant_uuid(api, ada):
    bob = success_data(api.post("/v1/customers", {"phone": "+442071838750", "merchant_uuid": "m-1"}))

    def found(query):
        return [customer["id"] for customer in success_data(api.get(f"/v1/customers?{query}"))["customers"]]

    assert found("email=ADA@EXAMPLE.COM") == [ada["id"]]
    assert found("email=ada") == []
    assert found("phone=207183") == [bob["id"]]
    assert found("phone=%2B44%2020%207183") == [bob["id"]]
    assert found("phone=x") == []
    assert found("merchant_uuid=m-1") == [bob["id"]]
    assert found("merchant_uuid=m-1&email=ada@example.com") == []


def test_list_query_count_is_constant(api, django_assert_max_num_queries):
    for place in range(30):
        api.post("/v1/customers", {"name": f"C{place}"})

    with django_assert_max_num_queries(4):
        assert len(success_data(api.get("/v1/customers?page_size=30"))["customers"]) == 30


def test_payment_methods_are_always_empty(api, ada, other_store):
    path = f"/v1/customers/payment_methods?customer_id={ada['id']}"

    assert success_data(api.get(path)) == {"payment_methods": []}
    assert error_summary(ApiClient(other_store).get(path))[0] == 404
    assert error_summary(api.get("/v1/customers/payment_methods"))[0] == 400


def test_order_finds_its_customer_by_email_in_any_case(api, store, ada):
    found = get_or_create_customer(
        store=store, email="ADA@Example.com", name="Somebody Else", phone="+12025550199"
    )

    assert found.pk == ada["id"]
    assert (found.name, found.phone) == ("Ada Lovelace", "")
