"""What a store accepts: currencies, gateways, payment methods, and the scopes of its token."""

import pytest

from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore

GATEWAYS = [
    {"id": 7, "name": "Stripe"},
    {"id": 8, "name": "Adyen", "gateway_type": "adyen"},
    {"id": 9, "name": "Off", "active": False},
    {"id": 10, "name": "Euro", "currencies": ["EUR"]},
]
GROUPS = [{"id": 3, "name": "All"}, {"id": 4, "name": "Cards", "payment_methods": ["bankcard"]}]


@pytest.fixture
def store(sandbox_store: SandboxStore) -> SandboxStore:
    catalog = sandbox_store.settings["catalogue"]
    sandbox_store.configure(catalogue=catalog | {"gateways": GATEWAYS, "gateway_groups": GROUPS})
    return sandbox_store


def order_status(store: SandboxStore, **details: int) -> int:
    body = order_body()
    body["payment_details"] = body["payment_details"] | details
    return store.call("POST", "orders/", body).status_code


@pytest.mark.parametrize(("gateway", "status"), [(7, 201), (8, 400), (9, 400), (10, 400), (77, 400)])
def test_link_needs_an_active_stripe_gateway_with_the_currency(
    store: SandboxStore, gateway: int, status: int
) -> None:
    assert order_status(store, payment_gateway=gateway) == status


@pytest.mark.parametrize(("group", "status"), [(3, 201), (4, 400), (77, 400)])
def test_group_takes_only_its_payment_methods(store: SandboxStore, group: int, status: int) -> None:
    assert order_status(store, payment_gateway_group=group) == status


def test_store_takes_only_the_methods_that_it_lists(store: SandboxStore) -> None:
    store.configure(catalogue=store.settings["catalogue"] | {"payment_methods": ["bankcard"]})

    (row,) = store.call("GET", "store/").json()

    assert [method["code"] for method in row["payments"]["available_payment_methods"]] == ["bankcard"]
    assert order_status(store) == 400


def test_store_lists_the_currencies_that_are_set(store: SandboxStore) -> None:
    store.configure(catalogue=store.settings["catalogue"] | {"currencies": ["EUR", "USD"]})

    (row,) = store.call("GET", "store/").json()

    assert [currency["code"] for currency in row["available_currencies"]] == ["EUR", "USD"]


def test_call_without_its_scope_is_forbidden(store: SandboxStore) -> None:
    store.switches(missing_scopes=["orders:write", "catalogue:read"])

    assert store.call("GET", "products/").status_code == 403
    assert store.call("POST", "orders/", order_body()).status_code == 403
    assert store.call("POST", "orders/0/notes/", {}).status_code == 403
    assert store.call("GET", "orders/").status_code == 200
    assert store.call("GET", "shipping-methods/").status_code == 200
