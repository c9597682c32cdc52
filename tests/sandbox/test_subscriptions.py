"""Subscriptions and the clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.order_bodies import card_order_body, order_body
from tests.sandbox_process import SandboxStore

MONTHLY = {"interval": "month", "interval_count": 1, "price": "15.00"}
LINE = {"product_id": 11, "quantity": 1, "price": "10.00", "subscription": MONTHLY}
START = "2030-01-31T10:00:00Z"


def buy_subscription(store: SandboxStore, **changes: Any) -> dict[str, Any]:
    """Buy on 2030-01-31 at 10:00 for 10.00 + 5.00 shipping, then 15.00 + 5.00 each month."""
    store.advance_clock(to=START)
    body = order_body(lines=[LINE], **changes)
    store.pay(store.call("POST", "orders/", body).json()["payment_complete_url"])
    return store.subscriptions()[0]


def charged_amounts(store: SandboxStore) -> list[str]:
    return [row["amount"] for row in store.charges()]


def test_paid_order_creates_its_subscription(sandbox_store: SandboxStore) -> None:
    subscription = buy_subscription(sandbox_store)
    assert (subscription["status"], subscription["frequency"], subscription["total"]) == (
        "active",
        "Every month",
        "20.00",
    )
    assert subscription["next_renewal_date"].startswith("2030-02-28T10:00:0")
    assert subscription["orders"] == [{"order_number": "100001", "billing_cycle": 0}]
    [order] = sandbox_store.orders()
    assert order["subscriptions"] == [{"id": subscription["id"], "billing_cycle": 0}]
    assert order["subscription_lifecycle"] == "recurring"
    assert charged_amounts(sandbox_store) == ["15.00"]


def test_pending_order_creates_no_subscription(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(payment_status="pending")
    url = sandbox_store.call("POST", "orders/", order_body(lines=[LINE])).json()
    sandbox_store.pay(url["payment_complete_url"])
    assert sandbox_store.subscriptions() == []


def test_each_interval_creates_its_own_subscription(sandbox_store: SandboxStore) -> None:
    weekly = {**LINE, "subscription": {"interval": "week", "interval_count": 2}}
    sandbox_store.call("POST", "orders/", card_order_body(lines=[LINE, weekly, LINE]))
    assert [(row["frequency"], row["num_lines"]) for row in sandbox_store.subscriptions()] == [
        ("Every month", 2),
        ("Every 2 weeks", 1),
    ]


def test_advancing_the_clock_runs_renewals(sandbox_store: SandboxStore) -> None:
    buy_subscription(sandbox_store)
    sandbox_store.advance_clock(to="2030-02-28T09:59:00Z")
    assert charged_amounts(sandbox_store) == ["15.00"]
    sandbox_store.advance_clock(to="2030-05-01T00:00:00Z")
    assert charged_amounts(sandbox_store) == ["15.00", "20.00", "20.00", "20.00"]
    renewal = sandbox_store.orders()[1]
    assert renewal["source"] == "subscription"
    assert renewal["date_placed"].startswith("2030-02-28T10:00:0")
    assert renewal["lines"][0]["price_excl_tax"] == "15.00"
    assert renewal["attribution"]["metadata"] == {"intent": "pi_1"}
    [subscription] = sandbox_store.subscriptions()
    assert [row["billing_cycle"] for row in subscription["orders"]] == [0, 1, 2, 3]
    response = sandbox_store.call("GET", f"subscriptions/{subscription['id']}/transactions/")
    assert [row["subscription"]["billing_cycle"] for row in response.json()["results"]] == [
        3, 2, 1, 0,
    ]  # fmt: skip


def test_soft_decline_is_retried_on_the_published_days(sandbox_store: SandboxStore) -> None:
    buy_subscription(sandbox_store)
    sandbox_store.switches(next_payment="soft_decline")
    schedule = []
    for _ in range(4):
        [subscription] = sandbox_store.subscriptions()
        sandbox_store.advance_clock(to=subscription["next_renewal_date"])
        [subscription] = sandbox_store.subscriptions()
        schedule.append((subscription["status"], (subscription["next_renewal_date"] or "")[:10]))
    # 2030-02-28 is a Thursday. Three days later is 03-03, then the 16th, then a Friday.
    assert schedule == [
        ("retrying", "2030-03-03"),
        ("retrying", "2030-03-16"),
        ("retrying", "2030-03-22"),
        ("past_due", ""),
    ]
    assert charged_amounts(sandbox_store) == ["15.00"]
    failed = sandbox_store.call("GET", "transactions/?status=failed").json()["results"]
    assert [row["response_code"] for row in failed] == [2000, 2000, 2000, 2000]


def test_successful_retry_keeps_the_billing_date(sandbox_store: SandboxStore) -> None:
    buy_subscription(sandbox_store)
    sandbox_store.switches(next_payment=["soft_decline", "approve"])
    sandbox_store.advance_clock(to="2030-03-10T00:00:00Z")
    [subscription] = sandbox_store.subscriptions()
    assert subscription["status"] == "active"
    assert subscription["next_renewal_date"].startswith("2030-03-28T10:00:0")
    assert charged_amounts(sandbox_store) == ["15.00", "20.00"]


def test_hard_decline_is_past_due_and_can_be_retried(
    sandbox_store: SandboxStore,
) -> None:
    subscription = buy_subscription(sandbox_store)
    sandbox_store.switches(next_payment=["hard_decline"])
    sandbox_store.advance_clock(to="2030-04-10T00:00:00Z")
    assert sandbox_store.subscriptions()[0]["status"] == "past_due"
    assert charged_amounts(sandbox_store) == ["15.00"]
    response = sandbox_store.call("POST", f"subscriptions/{subscription['id']}/retry/", {})
    assert response.json()["status"] == "active"
    assert charged_amounts(sandbox_store) == ["15.00", "20.00"]


def test_paused_subscription_is_not_charged_until_resumed(sandbox_store: SandboxStore) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    paused = sandbox_store.call("POST", f"{path}pause/", {}).json()
    assert (paused["status"], paused["next_renewal_date"]) == ("paused", None)
    sandbox_store.advance_clock(to="2030-04-10T00:00:00Z")
    assert charged_amounts(sandbox_store) == ["15.00"]
    past = sandbox_store.call("POST", f"{path}resume/", {"next_renewal_date": START})
    assert past.status_code == 400
    future = {"next_renewal_date": "2030-04-20T10:00:00Z"}
    resumed = sandbox_store.call("POST", f"{path}resume/", future).json()
    assert (resumed["status"], resumed["paused_at"]) == ("active", None)
    sandbox_store.advance_clock(to="2030-04-21T00:00:00Z")
    assert charged_amounts(sandbox_store) == ["15.00", "20.00"]


def test_pause_ends_on_its_end_date(sandbox_store: SandboxStore) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    sandbox_store.call("POST", f"{path}pause/", {"pause_until": "2030-04-10"})
    sandbox_store.advance_clock(to="2030-04-09T00:00:00Z")
    assert sandbox_store.subscriptions()[0]["status"] == "paused"
    sandbox_store.advance_clock(to="2030-04-11T00:00:00Z")
    assert sandbox_store.subscriptions()[0]["status"] == "active"
    assert charged_amounts(sandbox_store) == ["15.00", "20.00"]


def test_open_ended_pause_is_canceled_after_six_months(
    sandbox_store: SandboxStore,
) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    sandbox_store.call("POST", f"{path}pause/", {})
    sandbox_store.advance_clock(to="2030-07-30T00:00:00Z")
    assert sandbox_store.subscriptions()[0]["status"] == "paused"
    sandbox_store.advance_clock(to="2030-08-01T00:00:00Z")
    assert sandbox_store.subscriptions()[0]["status"] == "canceled"


def test_canceled_subscription_is_never_charged_again(sandbox_store: SandboxStore) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    wrong = sandbox_store.call("POST", f"{path}cancel/", {"cancel_reason": "bored"})
    assert wrong.status_code == 400
    body = {"cancel_reason": "product_too_expensive"}
    canceled = sandbox_store.call("POST", f"{path}cancel/", body).json()
    assert (canceled["status"], canceled["cancel_reason"]) == ("canceled", body["cancel_reason"])
    sandbox_store.advance_clock(days=90)
    assert charged_amounts(sandbox_store) == ["15.00"]
    assert sandbox_store.call("POST", f"{path}cancel/", body).status_code == 400


def test_line_changes_apply_to_the_next_renewal(sandbox_store: SandboxStore) -> None:
    subscription = buy_subscription(sandbox_store)
    path = f"subscriptions/{subscription['id']}/lines/"
    line = subscription["lines"][0]["id"]
    response = sandbox_store.call("PUT", f"{path}{line}/", {"quantity": 2, "price": "12.25"})
    assert response.json()["price"] == "12.25"
    added = sandbox_store.call("POST", path, {"product_id": 12, "quantity": 1})
    assert (added.status_code, added.json()["price"]) == (201, "21.50")
    sandbox_store.advance_clock(to="2030-03-01T00:00:00Z")
    assert charged_amounts(sandbox_store) == ["15.00", "51.00"]
    assert sandbox_store.call("DELETE", f"{path}{line}/").status_code == 204
    last = sandbox_store.call("DELETE", f"{path}{added.json()['id']}/")
    assert last.status_code == 400


def test_renewal_date_and_interval_can_be_changed(sandbox_store: SandboxStore) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    changes = {
        "next_renewal_date": "2030-02-10T10:00:00Z",
        "interval": "week",
        "shipping_price": "0.00",
    }
    response = sandbox_store.call("PATCH", path, changes)
    assert response.json()["next_renewal_date"].startswith("2030-02-10T10:00:00")
    sandbox_store.advance_clock(to="2030-02-20T00:00:00Z")
    assert charged_amounts(sandbox_store) == ["15.00", "15.00", "15.00"]
    assert sandbox_store.call("PATCH", path, {"status": "paused"}).status_code == 400


def test_renewal_can_be_requested_early(sandbox_store: SandboxStore) -> None:
    path = f"subscriptions/{buy_subscription(sandbox_store)['id']}/"
    response = sandbox_store.call("POST", f"{path}renew/", {})
    assert response.json()["num_orders"] == 2
    assert charged_amounts(sandbox_store) == ["15.00", "20.00"]
    assert response.json()["next_renewal_date"].startswith("2030-03-28")


def test_upsell_can_create_a_subscription(sandbox_store: SandboxStore) -> None:
    subscription = sandbox_store.call("POST", "orders/", order_body()).json()
    sandbox_store.pay(subscription["payment_complete_url"])
    sandbox_store.call("POST", "orders/100001/add-line-items/", {"lines": [LINE]})
    [row] = sandbox_store.subscriptions()
    assert row["orders"] == [{"order_number": "100001", "billing_cycle": 0}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active", 1),
        ("status=canceled", 0),
        ("customer_email=ada@example.com", 1),
        ("customer_email=eve@example.com", 0),
        ("order_number=100001", 1),
        ("next_renewal_date_from=2030-03-01", 0),
        ("next_renewal_date_to=2030-03-01", 1),
    ],
)
def test_filters_find_subscriptions(sandbox_store: SandboxStore, query: str, found: int) -> None:
    buy_subscription(sandbox_store)
    response = sandbox_store.call("GET", f"subscriptions/?{query}").json()
    assert len(response["results"]) == found


@pytest.mark.parametrize("sandbox_store", [{"timezone": "America/New_York"}], indirect=True)
def test_renewal_dates_follow_the_stores_time_zone(sandbox_store: SandboxStore) -> None:
    subscription = buy_subscription(sandbox_store)
    # 10:00 UTC is 05:00 in New York. Daylight saving time starts on 2030-03-10; the local hour stays.
    assert subscription["next_renewal_date"].startswith("2030-02-28T05:00:0")
    sandbox_store.advance_clock(to="2030-03-15T00:00:00Z")
    [subscription] = sandbox_store.subscriptions()
    assert subscription["next_renewal_date"].startswith("2030-03-28T05:00:0")
    assert subscription["next_renewal_date"].endswith("-04:00")


def test_clock_only_moves_forward(sandbox_store: SandboxStore) -> None:
    with pytest.raises(AssertionError, match="only moves forward"):
        sandbox_store.advance_clock(to="2001-01-01T00:00:00Z")
    before = datetime.now(tz=UTC)
    after = datetime.fromisoformat(sandbox_store.advance_clock(days=2))
    assert 172800 <= (after - before).total_seconds() < 172830


def test_renewal_sends_its_events(sandbox_store: SandboxStore) -> None:
    buy_subscription(sandbox_store)
    sandbox_store.add_webhook(
        "http://127.0.0.1:9/", "order.created", "transaction.created", "subscription.updated"
    )
    sandbox_store.switches(webhooks={"retry_seconds": []})
    sandbox_store.advance_clock(to="2030-03-01T00:00:00Z")
    rows = sandbox_store.wait_for_deliveries()
    assert sorted(row["event_type"] for row in rows) == [
        "order.created",
        "subscription.updated",
        "transaction.created",
    ]
