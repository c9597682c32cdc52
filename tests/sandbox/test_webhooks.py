"""Webhooks: what is sent, how it is signed, and how often."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from tests.sandbox.conftest import Listener
from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore

SECRET = "s3cret"


def register_test_webhook(store: SandboxStore, listener: Listener, *events: str) -> dict[str, Any]:
    return store.add_webhook(listener.webhook_url, *events, secret_key=SECRET)


def test_paid_order_sends_events_signed_over_the_raw_body(
    sandbox_store: SandboxStore, listener: Listener
) -> None:
    register_test_webhook(sandbox_store, listener, "order.created", "transaction.created")
    user = {"email": "zoe@example.com", "first_name": "Zoë"}
    order = sandbox_store.call("POST", "orders/", order_body(user=user)).json()
    sandbox_store.pay(order["payment_complete_url"])
    posts = {json.loads(post.body)["event_type"]: post for post in listener.wait(2)}
    assert set(posts) == {"order.created", "transaction.created"}
    post = posts["order.created"]
    signature = hmac.new(SECRET.encode(), post.body, hashlib.sha256).hexdigest()
    assert post.headers["X-29Next-Signature"] == signature
    event = json.loads(post.body)
    assert event["object"] == "order"
    assert event["data"] == sandbox_store.orders()[0]
    assert event["webhook"]["store"] == sandbox_store.name
    assert "Zoë" in post.body.decode()


def test_signature_can_cover_the_reserialized_body(sandbox_store: SandboxStore, listener: Listener) -> None:
    sandbox_store.switches(webhooks={"signature": "reserialised"})
    register_test_webhook(sandbox_store, listener, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    [post] = listener.wait(1)
    reserialized = json.dumps(json.loads(post.body)).encode()
    assert reserialized != post.body
    signature = hmac.new(SECRET.encode(), reserialized, hashlib.sha256).hexdigest()
    assert post.headers["X-29Next-Signature"] == signature


def test_store_secret_signs_webhooks_without_their_own_key(
    sandbox_store: SandboxStore, listener: Listener
) -> None:
    sandbox_store.add_webhook(listener.webhook_url, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    [post] = listener.wait(1)
    key = sandbox_store.webhook_secret.encode()
    assert post.headers["X-29Next-Signature"] == (hmac.new(key, post.body, hashlib.sha256).hexdigest())


def test_any_status_but_200_is_retried_with_the_same_event(
    sandbox_store: SandboxStore, listener: Listener
) -> None:
    sandbox_store.switches(webhooks={"retry_seconds": [0.05] * 10})
    listener.statuses = [500, 201]
    register_test_webhook(sandbox_store, listener, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    posts = listener.wait(3)
    assert len({json.loads(post.body)["event_id"] for post in posts}) == 1
    assert len({post.body for post in posts}) == 1
    [delivery] = sandbox_store.wait_for_deliveries()
    assert (delivery["state"], delivery["statuses"]) == ("delivered", [500, 201, 200])


def test_410_deactivates_the_webhook(sandbox_store: SandboxStore, listener: Listener) -> None:
    listener.statuses = [410]
    webhook = register_test_webhook(sandbox_store, listener, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    listener.wait(1)
    sandbox_store.wait_for_deliveries()
    response = sandbox_store.call("GET", f"webhooks/{webhook['id']}/")
    assert response.json()["active"] is False


def test_webhook_is_deactivated_after_its_last_retry(sandbox_store: SandboxStore, listener: Listener) -> None:
    sandbox_store.switches(webhooks={"retry_seconds": [0.01, 0.01]})
    listener.statuses = [500] * 3
    webhook = register_test_webhook(sandbox_store, listener, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    listener.wait(3)
    [delivery] = sandbox_store.wait_for_deliveries()
    assert delivery["state"] == "failed"
    current = sandbox_store.call("GET", f"webhooks/{webhook['id']}/").json()
    assert (current["active"], current["warning_count"]) == (False, 1)


@pytest.mark.parametrize(("mode", "count"), [("normal", 1), ("double", 2), ("missing", 0)])
def test_mode_decides_how_often_an_event_arrives(
    sandbox_store: SandboxStore, listener: Listener, mode: str, count: int
) -> None:
    sandbox_store.switches(webhooks={"mode": mode})
    register_test_webhook(sandbox_store, listener, "order.created")
    sandbox_store.call("POST", "orders/", card_order_body())
    sandbox_store.wait_for_deliveries()
    assert len(listener.posts) == count
    assert len({json.loads(post.body)["event_id"] for post in listener.posts}) == min(count, 1)


@pytest.mark.parametrize("mode", ["late", "slow"])
def test_late_and_slow_deliveries_take_their_delay(
    sandbox_store: SandboxStore, listener: Listener, mode: str
) -> None:
    sandbox_store.switches(webhooks={"mode": mode, "delay": 0.5})
    register_test_webhook(sandbox_store, listener, "order.created")
    start = time.monotonic()
    sandbox_store.call("POST", "orders/", card_order_body())
    [row] = sandbox_store.wait_for_deliveries()
    assert row["state"] == "delivered"
    assert time.monotonic() - start >= 0.5


def test_shuffled_events_arrive_out_of_order(sandbox_store: SandboxStore, listener: Listener) -> None:
    sandbox_store.switches(webhooks={"mode": "shuffled", "delay": 1})
    register_test_webhook(sandbox_store, listener, "order.created")
    for _ in range(12):
        sandbox_store.call("POST", "orders/", card_order_body())
    sandbox_store.wait_for_deliveries()
    numbers = [json.loads(post.body)["data"]["number"] for post in listener.posts]
    assert sorted(numbers) == [order["number"] for order in sandbox_store.orders()]
    assert numbers != sorted(numbers)


def test_only_requested_events_are_sent(sandbox_store: SandboxStore, listener: Listener) -> None:
    register_test_webhook(sandbox_store, listener, "fulfillment.created")
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    sandbox_store.edit_order(order["number"], fulfil={"tracking_code": "1Z"})
    [row] = sandbox_store.wait_for_deliveries()
    assert row["event_type"] == "fulfillment.created"


def test_every_order_change_sends_an_event(sandbox_store: SandboxStore, listener: Listener) -> None:
    register_test_webhook(sandbox_store, listener, "order.updated")
    order = sandbox_store.call("POST", "orders/", order_body()).json()
    sandbox_store.pay(order["payment_complete_url"])
    blue = {"lines": [{"product_id": 12, "quantity": 1}]}
    sandbox_store.call("POST", "orders/100001/add-line-items/", blue)
    sandbox_store.edit_order("100001", refund={"amount": "1.00"})
    sandbox_store.edit_order("100001", status="archived")
    assert len(sandbox_store.wait_for_deliveries()) == 3


def test_target_must_be_https_or_local(sandbox_store: SandboxStore) -> None:
    body = {"target": "http://shop.example/webhooks/", "events": ["order.created"]}
    response = sandbox_store.call("POST", "webhooks/", body)
    assert response.status_code == 400
    assert response.json() == {"target": ["Enter a valid https URL."]}


def test_webhooks_are_updated_and_deleted(sandbox_store: SandboxStore, listener: Listener) -> None:
    path = f"webhooks/{register_test_webhook(sandbox_store, listener)['id']}/"
    changed = sandbox_store.call("PATCH", path, {"active": False, "events": ["order.created"]})
    assert (changed.json()["active"], changed.json()["events"]) == (False, ["order.created"])
    assert sandbox_store.call("DELETE", path).status_code == 204
    assert sandbox_store.call("GET", "webhooks/").json()["results"] == []
