"""The control API and its pages."""

import subprocess
import sys
from datetime import datetime

import pytest
import requests

from tests.sandbox.order_bodies import card_order_body
from tests.sandbox_process import ROOT, SandboxProcess, SandboxStore


def test_health_check_responds(sandbox: SandboxProcess) -> None:
    response = requests.get(f"{sandbox.url}/sandbox/healthz", timeout=10)
    assert response.json()["status"] == "ok"


def test_only_loopback_hosts_are_accepted() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "sandbox", "--host", "0.0.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 2
    assert "--host must be one of" in finished.stderr


def test_replacing_settings_keeps_the_orders(sandbox_store: SandboxStore) -> None:
    sandbox_store.call("POST", "orders/", card_order_body())
    replaced = sandbox_store.configure(currency="EUR", name="Mugs & more")
    assert (replaced["currency"], replaced["title"]) == ("EUR", "Mugs & more")
    assert len(sandbox_store.orders()) == 1


def test_two_stores_cannot_share_a_token(sandbox: SandboxProcess) -> None:
    store = sandbox.create_store()
    with pytest.raises(AssertionError, match="Another store has this token"):
        sandbox.create_store(token=store.token)


def test_deleting_a_store_removes_everything(sandbox: SandboxProcess) -> None:
    store = sandbox.create_store()
    store.call("POST", "orders/", card_order_body())
    store.delete()
    assert requests.get(store.control_url, timeout=10).status_code == 404
    assert store.call("GET", "orders/").status_code == 401


def test_unknown_switch_is_refused(sandbox_store: SandboxStore) -> None:
    with pytest.raises(AssertionError, match="No such switch"):
        sandbox_store.switches(warp=9)


def test_store_page_saves_switches(sandbox_store: SandboxStore) -> None:
    url = f"{sandbox_store.control_url}/"
    browser = requests.Session()
    page = browser.get(url, timeout=10)
    assert "<h1>Sandbox store: " in page.text
    form = {
        "csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"],
        "return_mode": "twice",
        "return_delay": "1.5",
        "strip_tags": "on",
        "webhooks.mode": "late",
        "webhooks.delay": "2",
        "faults": '[{"kind": "close", "operation": "ordersCreate", "times": 1}]',
    }
    assert browser.post(url, form, timeout=10).status_code == 200
    switches = sandbox_store.switches()
    assert (switches["return_mode"], switches["return_delay"]) == ("twice", 1.5)
    assert switches["strip_tags"] is True
    assert switches["webhooks"]["enabled"] is False
    assert (switches["webhooks"]["mode"], switches["webhooks"]["delay"]) == ("late", 2.0)
    assert switches["faults"][0]["kind"] == "close"


def test_store_page_advances_the_clock(sandbox_store: SandboxStore) -> None:
    browser = requests.Session()
    browser.get(f"{sandbox_store.control_url}/", timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "step": "week"}
    before = datetime.fromisoformat(sandbox_store.advance_clock())
    assert browser.post(f"{sandbox_store.control_url}/clock/", form, timeout=10).status_code == 200
    assert (datetime.fromisoformat(sandbox_store.advance_clock()) - before).days == 7


def test_store_page_shows_invalid_input(sandbox_store: SandboxStore) -> None:
    url = f"{sandbox_store.control_url}/"
    browser = requests.Session()
    browser.get(url, timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "faults": "no json"}
    response = browser.post(url, form, timeout=10)
    assert response.status_code == 400
    assert 'role="alert"' in response.text


def test_store_page_sets_taxes_and_discounts(sandbox_store: SandboxStore) -> None:
    browser = requests.Session()
    browser.get(f"{sandbox_store.control_url}/", timeout=10)
    form = {
        "csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"],
        "taxes": '{"rates": [{"country": "US", "percent": "10"}]}',
        "discounts": '{"coupons": [{"code": "WELCOME10", "kind": "percent", "value": "10"}]}',
    }
    page = browser.post(f"{sandbox_store.control_url}/settings/", form, timeout=10)
    assert page.status_code == 200
    assert "WELCOME10" in page.text
    order = sandbox_store.call("POST", "orders/", card_order_body(vouchers=["WELCOME10"])).json()
    assert order["total_incl_tax"] == "23.81"


@pytest.mark.parametrize("taxes", ["no json", '{"mode": "none"}', "[]"])
def test_store_page_refuses_invalid_taxes(sandbox_store: SandboxStore, taxes: str) -> None:
    browser = requests.Session()
    browser.get(f"{sandbox_store.control_url}/", timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "taxes": taxes}
    response = browser.post(f"{sandbox_store.control_url}/settings/", form, timeout=10)
    assert response.status_code == 400
    assert 'role="alert"' in response.text


def test_order_status_page_opens_by_its_secret_url(sandbox_store: SandboxStore) -> None:
    order = sandbox_store.call("POST", "orders/", card_order_body()).json()
    page = requests.get(order["order_status_url"], timeout=10)
    assert page.status_code == 200
    assert "Order 100001" in page.text
