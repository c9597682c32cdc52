"""The hosted payment page and the return to the shop."""

import json
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
import requests

from tests.sandbox.conftest import Listener
from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore


class ReturnForm(HTMLParser):
    """The forms of a page: their action and their fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": given.get("action", "")})
        if tag == "input":
            self.forms[-1][given["name"]] = given["value"]


def create_payment_url(store: SandboxStore, return_url: str = "http://127.0.0.1:9/return/") -> str:
    body = order_body(payment_details={"payment_return_url": return_url})
    return store.call("POST", "orders/", body).json()["payment_complete_url"]  # type: ignore[no-any-return]


def test_page_shows_the_order_to_pay(sandbox_store: SandboxStore) -> None:
    page = requests.get(create_payment_url(sandbox_store), timeout=10).text
    assert "Sandbox store" in page
    assert "no real money" in page
    assert "1 × Enamel mug" in page
    assert "24.00 USD" in page
    assert [word for word in ("Pay", "Decline", "Leave without paying") if word not in page] == []


def test_paying_charges_once_and_returns_the_order(sandbox_store: SandboxStore) -> None:
    url = create_payment_url(sandbox_store)
    page = requests.post(url, {"action": "pay"}, timeout=10).text
    [form] = ReturnForm(page).forms
    assert form["action"] == "http://127.0.0.1:9/return/"
    assert json.loads(form["response"])["number"] == "100001"
    assert [(row["kind"], row["amount"]) for row in sandbox_store.charges()] == [("charge", "24.00")]


def test_declining_returns_an_empty_object(sandbox_store: SandboxStore) -> None:
    page = requests.post(create_payment_url(sandbox_store), {"action": "decline"}, timeout=10).text
    [form] = ReturnForm(page).forms
    assert form["response"] == "{}"
    assert sandbox_store.orders() == []
    assert sandbox_store.payments()[0]["status"] == "declined"


def test_abandoning_changes_nothing(sandbox_store: SandboxStore) -> None:
    result = sandbox_store.pay(create_payment_url(sandbox_store), "abandon", post_return=True)
    assert result["response"] is None
    assert sandbox_store.payments()[0]["status"] == "open"


def test_ten_simultaneous_payments_charge_once(sandbox_store: SandboxStore) -> None:
    url = create_payment_url(sandbox_store)
    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(lambda _: sandbox_store.pay(url), range(10)))
    assert {result["order_number"] for result in results} == {"100001"}
    assert len(sandbox_store.charges()) == 1
    assert len(sandbox_store.orders()) == 1


def test_declining_after_paying_changes_nothing(sandbox_store: SandboxStore) -> None:
    url = create_payment_url(sandbox_store)
    sandbox_store.pay(url)
    assert sandbox_store.pay(url, "decline")["order_number"] == "100001"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("normal", ['{"created_at"']),
        ("late", ['{"created_at"']),
        ("empty_though_charged", ["{}"]),
        ("twice", ['{"created_at"', '{"created_at"']),
        ("never", []),
    ],
)
def test_return_mode_decides_what_is_posted(
    sandbox_store: SandboxStore, listener: Listener, mode: str, expected: list[str]
) -> None:
    sandbox_store.switches(return_mode=mode, return_delay=0.2)
    sandbox_store.pay(create_payment_url(sandbox_store, listener.return_url), post_return=True)
    assert [post.form["response"][0][:13] for post in listener.posts] == expected
    assert len(sandbox_store.charges()) == 1


def test_malformed_return_is_not_json(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(return_mode="malformed")
    result = sandbox_store.pay(create_payment_url(sandbox_store))
    with pytest.raises(json.JSONDecodeError):
        json.loads(result["response"])
    assert result["order_number"] == "100001"


def test_page_has_two_forms_when_returning_twice(sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(return_mode="twice")
    page = requests.post(create_payment_url(sandbox_store), {"action": "pay"}, timeout=10).text
    assert len(ReturnForm(page).forms) == 2


@pytest.mark.parametrize(("status", "charges"), [("authorized", 0), ("pending", 0), ("paid", 1)])
def test_only_a_debit_moves_money(sandbox_store: SandboxStore, status: str, charges: int) -> None:
    sandbox_store.switches(payment_status=status)
    sandbox_store.pay(create_payment_url(sandbox_store))
    assert sandbox_store.orders()[0]["payment_status"] == status
    assert len(sandbox_store.charges()) == charges


def test_twenty_simultaneous_shoppers_get_twenty_orders(sandbox_store: SandboxStore) -> None:
    with ThreadPoolExecutor(20) as pool:
        urls = list(pool.map(lambda _: create_payment_url(sandbox_store), range(20)))
        list(pool.map(sandbox_store.pay, urls))
    numbers = [order["number"] for order in sandbox_store.orders()]
    assert numbers == [str(100001 + offset) for offset in range(20)]
    assert len(sandbox_store.charges()) == 20
