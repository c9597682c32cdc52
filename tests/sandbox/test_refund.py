"""Refunds, cancellation, notes, fulfillments and merchant edits."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore


@pytest.fixture
def paid_order(sandbox_store: SandboxStore) -> dict[str, Any]:
    """A paid order of two green mugs with shipping: 43.00."""
    body = order_body(lines=[{"product_id": 11, "quantity": 2}])
    url = sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"]
    sandbox_store.pay(url)
    return sandbox_store.orders()[0]


def request_refund(store: SandboxStore, order: dict[str, Any], amount: str, **details: Any) -> Any:
    transaction = order["transactions"][0]["id"]
    body = {"transactions": [{"id": transaction, "amount": amount}], **details}
    return store.call("POST", f"orders/{order['number']}/refund/", body)


def test_refund_is_calculated_without_refunding(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    body = {
        "refund_lines": [{"line_id": paid_order["lines"][0]["id"], "quantity": 1}],
        "refund_shipping": {"full_refund": True},
    }
    response = sandbox_store.call("POST", f"orders/{paid_order['number']}/refund/calculate/", body)
    assert response.status_code == 200
    calculation = response.json()
    assert calculation["amount_incl_tax"] == "24.00"
    assert calculation["refund_shipping"]["refundable_amount"] == "5.00"
    assert calculation["transactions"][0]["refundable_amount"] == "43.00"
    assert calculation["transactions"][0]["amount"] == "24.00"
    assert sandbox_store.orders()[0]["refunds"] == []


def test_partial_refund_then_the_rest(sandbox_store: SandboxStore, paid_order: dict[str, Any]) -> None:
    line = {"line_id": paid_order["lines"][0]["id"], "quantity": 1, "restock_type": "cancel"}
    first = request_refund(sandbox_store, paid_order, "19.00", refund_lines=[line], note="Broken")
    assert first.status_code == 200
    assert first.json()["total_refund_amount"] == "19.00"
    assert first.json()["adjustments"] == []
    [order] = sandbox_store.orders()
    assert order["payment_status"] == "partially_refunded"
    assert order["lines"][0]["current_quantity"] == 1
    assert order["total_incl_tax"] == "43.00"
    assert order["updated_at"] > paid_order["updated_at"]
    assert request_refund(sandbox_store, paid_order, "24.00").json()["adjustments"][0]["type"] == (
        "refund_discrepancy"
    )
    assert sandbox_store.orders()[0]["payment_status"] == "refunded"
    assert [(row["kind"], row["amount"]) for row in sandbox_store.charges()] == [
        ("charge", "43.00"),
        ("refund", "19.00"),
        ("refund", "24.00"),
    ]


@pytest.mark.parametrize("amount", ["43.01", "0.00", "-1.00"])
def test_invalid_refund_amount_is_refused(
    sandbox_store: SandboxStore, paid_order: dict[str, Any], amount: str
) -> None:
    assert request_refund(sandbox_store, paid_order, amount).status_code == 400
    assert sandbox_store.orders()[0]["refunds"] == []
    assert len(sandbox_store.charges()) == 1


def test_ten_simultaneous_refunds_never_exceed_the_charge(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(10) as pool:
        responses = list(pool.map(lambda _: request_refund(sandbox_store, paid_order, "10.00"), range(10)))
    assert sorted(response.status_code for response in responses) == [200] * 4 + [400] * 6


def test_unfulfilled_items_cannot_be_returned(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    line = {"line_id": paid_order["lines"][0]["id"], "quantity": 1, "restock_type": "return"}
    assert request_refund(sandbox_store, paid_order, "19.00", refund_lines=[line]).status_code == 400


def test_external_refund_moves_no_money(sandbox_store: SandboxStore, paid_order: dict[str, Any]) -> None:
    order = sandbox_store.edit_order(paid_order["number"], refund={"amount": "5.00", "is_external": True})
    assert order["payment_status"] == "partially_refunded"
    assert order["transactions"][1]["is_external"] is True
    assert len(sandbox_store.charges()) == 1


def test_canceling_with_a_full_refund_refunds_everything(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    body = {"cancel_reason": "changed my mind", "full_refund": True}
    response = sandbox_store.call("POST", f"orders/{paid_order['number']}/cancel/", body)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["payment_status"]) == ("canceled", "refunded")
    assert sandbox_store.charges()[-1]["amount"] == "43.00"
    assert sandbox_store.call("POST", f"orders/{paid_order['number']}/cancel/", body).status_code == 400


def test_canceling_without_refund_keeps_the_charge(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    body = {"cancel_reason": "fraud"}
    response = sandbox_store.call("POST", f"orders/{paid_order['number']}/cancel/", body)
    assert (response.json()["status"], response.json()["payment_status"]) == ("canceled", "paid")


def test_canceling_voids_the_authorization(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(payment_status="authorized")
    url = sandbox_store.call("POST", "orders/", order_body()).json()["payment_complete_url"]
    sandbox_store.pay(url)
    order = sandbox_store.edit_order("100001", cancel={})
    assert order["payment_status"] == "voided"
    assert [row["type"] for row in order["transactions"]] == ["authorize", "void"]


def test_test_order_is_refunded_without_transactions(sandbox_store: SandboxStore) -> None:
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    response = sandbox_store.call("POST", f"orders/{order['number']}/refund/", {"transactions": []})
    assert response.status_code == 200
    assert sandbox_store.orders()[0]["payment_status"] == "refunded"
    assert sandbox_store.charges() == []


def test_notes_are_saved(sandbox_store: SandboxStore, paid_order: dict[str, Any]) -> None:
    path = f"orders/{paid_order['number']}/notes/"
    assert sandbox_store.call("POST", path, {"message": "Call first"}).status_code == 200
    [note] = sandbox_store.call("GET", path).json()["results"]
    assert note["message"] == "Call first"


def test_fulfillment_appears_in_the_order(sandbox_store: SandboxStore, paid_order: dict[str, Any]) -> None:
    order = sandbox_store.edit_order(
        paid_order["number"],
        fulfil={"tracking_code": "1Z", "tracking_link": "https://carrier.example/1Z"},
    )
    assert order["fulfillment_status"] == "fulfilled"
    assert order["fulfillments"][0]["tracking_code"] == "1Z"
    assert order["lines"][0]["fulfillable_quantity"] == 0
    order = sandbox_store.edit_order(paid_order["number"], delivery_status="delivered")
    assert order["fulfillments"][0]["delivery_status"] == "delivered"


def test_fulfilling_the_rest_skips_refunded_units(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    green = paid_order["lines"][0]["id"]
    sandbox_store.edit_order(paid_order["number"], fulfil={"lines": [{"line_id": green, "quantity": 2}]})
    returned = {"line_id": green, "quantity": 1, "restock_type": "return"}
    assert request_refund(sandbox_store, paid_order, "19.00", refund_lines=[returned]).status_code == 200
    order = sandbox_store.edit_order(paid_order["number"], add_line={"product_id": 12, "quantity": 1})
    blue = order["lines"][1]["id"]
    order = sandbox_store.edit_order(paid_order["number"], fulfil={})
    rows = order["fulfillments"][1]["line_items"]
    assert [(row["order_line_id"], row["quantity"]) for row in rows] == [(blue, 1)]


def test_merchant_edits_lines_without_a_charge(
    sandbox_store: SandboxStore, paid_order: dict[str, Any]
) -> None:
    order = sandbox_store.edit_order(paid_order["number"], add_line={"product_id": 12, "quantity": 1})
    assert (order["payment_status"], order["total_outstanding"]) == ("partially_paid", "21.50")
    line = paid_order["lines"][0]["id"]
    order = sandbox_store.edit_order(paid_order["number"], remove_line={"line_id": line, "quantity": 1})
    assert order["total_incl_tax"] == "45.50"
    assert order["lines"][0]["current_quantity"] == 1
    assert len(sandbox_store.charges()) == 1


def test_patch_changes_an_order(sandbox_store: SandboxStore, paid_order: dict[str, Any]) -> None:
    changes = {"tags": ["a", "b"], "metadata": {"k": 1}, "status": "archived"}
    response = sandbox_store.call("PATCH", f"orders/{paid_order['number']}/", changes)
    assert response.status_code == 200
    assert {key: response.json()[key] for key in changes} == changes
