"""Responses and webhooks about what follows an order match the published API description."""

import json
from typing import Any

import pytest

from tests.sandbox.api_description import ApiDescription
from tests.sandbox.conftest import Listener
from tests.sandbox.order_bodies import GERMAN_ADDRESS, VAT, order_body
from tests.sandbox_process import ALL_EVENTS, SandboxStore

MONTHLY = {"interval": "month", "interval_count": 1, "price": "15.00"}
LINE = {"product_id": 11, "quantity": 2, "subscription": MONTHLY}


class StoreHistory:
    """A store whose order 100001 has a subscription, a fulfillment, a refund and a note."""

    def __init__(self, store: SandboxStore) -> None:
        self.store = store
        store.set_taxes(VAT)
        body = order_body(shipping_address=GERMAN_ADDRESS, lines=[LINE])
        store.pay(store.call("POST", "orders/", body).json()["payment_complete_url"])
        store.edit_order("100001", fulfil={"tracking_code": "1Z", "tracking_link": "https://a.example/"})
        store.edit_order("100001", refund={"amount": "1.00"})
        store.call("POST", "orders/100001/notes/", {"message": "Hello"})
        [self.order] = store.orders()
        [self.subscription] = store.subscriptions()
        self.path = f"subscriptions/{self.subscription['id']}/"


@pytest.fixture
def history(sandbox_store: SandboxStore) -> StoreHistory:
    return StoreHistory(sandbox_store)


def test_reads_match_the_description(description: ApiDescription, history: StoreHistory) -> None:
    transaction, user = history.order["transactions"][0]["id"], history.order["user"]["id"]
    webhook = history.store.add_webhook("http://127.0.0.1:9/")["id"]
    for operation, path in {
        "ordersRetrieve": "orders/100001/",
        "ordersNotesList": "orders/100001/notes/",
        "ordersFulfillmentsRetrieve": "orders/100001/fulfillments/",
        "usersList": "users/?email=ada@example.com",
        "usersRetrieve": f"users/{user}/",
        "usersOrdersRetrieve": f"users/{user}/orders/",
        "transactionsList": "transactions/",
        "transactionsRetrieve": f"transactions/{transaction}/",
        "webhooksList": "webhooks/",
        "webhooksRetrieve": f"webhooks/{webhook}/",
        "subscriptionsList": "subscriptions/",
        "subscriptionsRetrieve": history.path,
        "subscriptionsTransactionsList": f"{history.path}transactions/",
    }.items():
        description.check_response(operation, history.store.call("GET", path))


def test_order_actions_match_the_description(description: ApiDescription, history: StoreHistory) -> None:
    line, charge = history.order["lines"][0]["id"], history.order["transactions"][0]["id"]
    refunded = {"line_id": line, "quantity": 1, "restock_type": "return"}
    refund = {"refund_lines": [refunded], "refund_shipping": {"full_refund": True}}
    amounts = {"transactions": [{"id": charge, "amount": "5.00"}]}
    calls: list[tuple[str, str, str, Any]] = [
        ("ordersPartialUpdate", "PATCH", "", {"tags": ["x"]}),
        ("ordersAddLineItemsCreate", "POST", "add-line-items/", {"lines": [LINE]}),
        ("ordersRefundCalculateCreate", "POST", "refund/calculate/", refund),
        ("ordersRefundCreate", "POST", "refund/", {**refund, **amounts}),
        ("ordersNotesCreate", "POST", "notes/", {"message": "Again"}),
    ]
    for operation, method, path, body in calls:
        description.check_request(operation, body)
        response = history.store.call(method, f"orders/100001/{path}", body)
        description.check_response(operation, response)


def test_canceled_order_matches_the_description(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    url = sandbox_store.call("POST", "orders/", order_body()).json()["payment_complete_url"]
    sandbox_store.pay(url)
    body = {"cancel_reason": "no stock", "full_refund": True}
    description.check_request("ordersCancelCreate", body)
    response = sandbox_store.call("POST", "orders/100001/cancel/", body)
    description.check_response("ordersCancelCreate", response)


def test_subscription_actions_match_the_description(
    description: ApiDescription, history: StoreHistory
) -> None:
    line = history.subscription["lines"][0]["id"]
    calls: list[tuple[str, str, str, Any]] = [
        ("subscriptionsPartialUpdate", "PATCH", "", {"interval_count": 2}),
        ("subscriptionsLinesCreate", "POST", "lines/", {"product_id": 12, "quantity": 1}),
        ("subscriptionsLinesUpdate", "PUT", f"lines/{line}/", {"quantity": 3, "price": "9.00"}),
        ("subscriptionsLinesDestroy", "DELETE", f"lines/{line}/", None),
        ("subscriptionsRenewCreate", "POST", "renew/", None),
    ]
    for operation, method, path, body in calls:
        if body is not None:
            description.check_request(operation, body)
        description.check_response(operation, history.store.call(method, history.path + path, body))
    history.store.switches(next_payment=["hard_decline"])
    history.store.advance_clock(days=200)
    body = {"payment_gateway": 7}
    response = history.store.call("POST", f"{history.path}retry/", body)
    description.check_response("subscriptionsRetryCreate", response)
    body = {"cancel_reason": "other", "cancel_reason_other_message": "Moved"}
    description.check_request("subscriptionsCancelCreate", body)
    response = history.store.call("POST", f"{history.path}cancel/", body)
    description.check_response("subscriptionsCancelCreate", response)


def test_webhook_actions_match_the_description(
    description: ApiDescription, sandbox_store: SandboxStore
) -> None:
    body = {"target": "https://shop.example/webhooks/", "events": ["order.created"]}
    description.check_request("webhooksCreate", body)
    created = sandbox_store.call("POST", "webhooks/", body)
    description.check_response("webhooksCreate", created)
    path = f"webhooks/{created.json()['id']}/"
    changed = sandbox_store.call("PATCH", path, {"name": "Listener"})
    description.check_response("webhooksPartialUpdate", changed)
    description.check_response("webhooksDestroy", sandbox_store.call("DELETE", path))


def test_webhook_bodies_match_the_description(
    description: ApiDescription, sandbox_store: SandboxStore, listener: Listener
) -> None:
    sandbox_store.add_webhook(listener.webhook_url)
    history = StoreHistory(sandbox_store)
    history.store.edit_order("100001", delivery_status="delivered")
    history.store.call("PATCH", history.path, {"interval_count": 2})
    cart = {"lines": [{"product_id": 11, "quantity": 1}], "user": {"email": "eve@example.com"}}
    history.store.call("POST", "carts/", cart)
    history.store.advance_clock(seconds=1800)
    history.store.wait_for_deliveries()
    bodies = {}
    for post in listener.posts:
        body = json.loads(post.body)
        bodies[body["event_type"]] = body
    assert set(bodies) == set(ALL_EVENTS)
    for event, body in bodies.items():
        where = ("webhooks", event, "post", "requestBody", "content", "application/json")
        description.check(body, *where, "schema")


def test_null_objects_sends_null_in_place_of_objects(
    sandbox_store: SandboxStore,
) -> None:
    sandbox_store.switches(null_objects=True)
    url = sandbox_store.call("POST", "orders/", order_body()).json()["payment_complete_url"]
    sandbox_store.pay(url)
    [row] = sandbox_store.call("GET", "transactions/").json()["results"]
    assert row["subscription"] is None
    assert row["initiator"] is None
    assert sandbox_store.orders()[0]["attribution"]["agent"] is None
