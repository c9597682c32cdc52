"""Refunds, cancelling, notes and edits (3.5)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore


@pytest.fixture
def paid(sandbox_store: SandboxStore) -> dict[str, Any]:
    """Two green mugs and shipping: 43.00."""
    body = order_body(lines=[{"product_id": 11, "quantity": 2}])
    url = sandbox_store.call("POST", "orders/", body).json()["payment_complete_url"]
    sandbox_store.pay(url)
    return sandbox_store.orders()[0]


def request_refund(store: SandboxStore, made: dict[str, Any], amount: str, **more: Any) -> Any:
    transaction = made["transactions"][0]["id"]
    body = {"transactions": [{"id": transaction, "amount": amount}], **more}
    return store.call("POST", f"orders/{made['number']}/refund/", body)


def test_a_refund_is_calculated(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    body = {
        "refund_lines": [{"line_id": paid["lines"][0]["id"], "quantity": 1}],
        "refund_shipping": {"full_refund": True},
    }
    answer = sandbox_store.call("POST", f"orders/{paid['number']}/refund/calculate/", body)
    assert answer.status_code == 200
    found = answer.json()
    assert found["amount_incl_tax"] == "24.00"
    assert found["refund_shipping"]["refundable_amount"] == "5.00"
    assert found["transactions"][0]["refundable_amount"] == "43.00"
    assert found["transactions"][0]["amount"] == "24.00"
    assert sandbox_store.orders()[0]["refunds"] == []


def test_a_part_and_then_the_rest_are_refunded(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    line = {"line_id": paid["lines"][0]["id"], "quantity": 1, "restock_type": "cancel"}
    first = request_refund(sandbox_store, paid, "19.00", refund_lines=[line], note="Broken")
    assert first.status_code == 200
    assert first.json()["total_refund_amount"] == "19.00"
    assert first.json()["adjustments"] == []
    [made] = sandbox_store.orders()
    assert made["payment_status"] == "partially_refunded"
    assert made["lines"][0]["current_quantity"] == 1
    assert made["total_incl_tax"] == "43.00"
    assert made["updated_at"] > paid["updated_at"]
    assert request_refund(sandbox_store, paid, "24.00").json()["adjustments"][0]["type"] == (
        "refund_discrepancy"
    )
    assert sandbox_store.orders()[0]["payment_status"] == "refunded"
    assert [(row["kind"], row["amount"]) for row in sandbox_store.charges()] == [
        ("charge", "43.00"),
        ("refund", "19.00"),
        ("refund", "24.00"),
    ]


@pytest.mark.parametrize("amount", ["43.01", "0.00", "-1.00"])
def test_no_more_than_was_paid_is_refunded(
    sandbox_store: SandboxStore, paid: dict[str, Any], amount: str
) -> None:
    assert request_refund(sandbox_store, paid, amount).status_code == 400
    assert sandbox_store.orders()[0]["refunds"] == []
    assert len(sandbox_store.charges()) == 1


def test_ten_refunds_at_once_never_exceed_what_was_paid(
    sandbox_store: SandboxStore, paid: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: request_refund(sandbox_store, paid, "10.00"), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [400] * 6


def test_unfulfilled_goods_cannot_be_returned(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    line = {"line_id": paid["lines"][0]["id"], "quantity": 1, "restock_type": "return"}
    assert request_refund(sandbox_store, paid, "19.00", refund_lines=[line]).status_code == 400


def test_an_external_refund_moves_no_money(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    made = sandbox_store.edit_order(paid["number"], refund={"amount": "5.00", "is_external": True})
    assert made["payment_status"] == "partially_refunded"
    assert made["transactions"][1]["is_external"] is True
    assert len(sandbox_store.charges()) == 1


def test_canceling_with_a_full_refund_refunds_everything(
    sandbox_store: SandboxStore, paid: dict[str, Any]
) -> None:
    body = {"cancel_reason": "changed my mind", "full_refund": True}
    answer = sandbox_store.call("POST", f"orders/{paid['number']}/cancel/", body)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["payment_status"]) == ("canceled", "refunded")
    assert sandbox_store.charges()[-1]["amount"] == "43.00"
    assert sandbox_store.call("POST", f"orders/{paid['number']}/cancel/", body).status_code == 400


def test_canceling_alone_refunds_nothing(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    body = {"cancel_reason": "fraud"}
    answer = sandbox_store.call("POST", f"orders/{paid['number']}/cancel/", body)
    assert (answer.json()["status"], answer.json()["payment_status"]) == ("canceled", "paid")


def test_canceling_voids_the_authorization(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(payment_status="authorized")
    url = sandbox_store.call("POST", "orders/", order_body()).json()["payment_complete_url"]
    sandbox_store.pay(url)
    made = sandbox_store.edit_order("100001", cancel={})
    assert made["payment_status"] == "voided"
    assert [row["type"] for row in made["transactions"]] == ["authorize", "void"]


def test_a_test_order_is_refunded_without_transactions(sandbox_store: SandboxStore) -> None:
    made = sandbox_store.call("POST", "orders/", card_order_body()).json()
    answer = sandbox_store.call("POST", f"orders/{made['number']}/refund/", {"transactions": []})
    assert answer.status_code == 200
    assert sandbox_store.orders()[0]["payment_status"] == "refunded"
    assert sandbox_store.charges() == []


def test_notes_are_kept(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    path = f"orders/{paid['number']}/notes/"
    assert sandbox_store.call("POST", path, {"message": "Call first"}).status_code == 200
    [note] = sandbox_store.call("GET", path).json()["results"]
    assert note["message"] == "Call first"


def test_a_fulfillment_shows_in_the_order(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    made = sandbox_store.edit_order(
        paid["number"],
        fulfil={"tracking_code": "1Z", "tracking_link": "https://carrier.example/1Z"},
    )
    assert made["fulfillment_status"] == "fulfilled"
    assert made["fulfillments"][0]["tracking_code"] == "1Z"
    assert made["lines"][0]["fulfillable_quantity"] == 0
    made = sandbox_store.edit_order(paid["number"], delivery_status="delivered")
    assert made["fulfillments"][0]["delivery_status"] == "delivered"


def test_lines_are_edited_without_a_charge(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    made = sandbox_store.edit_order(paid["number"], add_line={"product_id": 12, "quantity": 1})
    assert (made["payment_status"], made["total_outstanding"]) == ("partially_paid", "21.50")
    line = paid["lines"][0]["id"]
    made = sandbox_store.edit_order(paid["number"], remove_line={"line_id": line, "quantity": 1})
    assert made["total_incl_tax"] == "45.50"
    assert made["lines"][0]["current_quantity"] == 1
    assert len(sandbox_store.charges()) == 1


def test_an_order_is_changed_by_patch(sandbox_store: SandboxStore, paid: dict[str, Any]) -> None:
    changes = {"tags": ["a", "b"], "metadata": {"k": 1}, "status": "archived"}
    answer = sandbox_store.call("PATCH", f"orders/{paid['number']}/", changes)
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in changes} == changes
