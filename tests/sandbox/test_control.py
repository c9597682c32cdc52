"""The control API and the pages for people."""

import subprocess
import sys
from datetime import datetime

import pytest
import requests

from tests.sandbox.order_bodies import card_order_body
from tests.sandbox_process import ROOT, SandboxProcess, SandboxStore


def test_the_health_check_answers(sandbox: SandboxProcess) -> None:
    answer = requests.get(f"{sandbox.url}/sandbox/healthz", timeout=10)
    assert answer.json()["status"] == "ok"


def test_it_refuses_to_listen_to_other_machines() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "--host", "0.0.0.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "--host must be one of" in ended.stderr


def test_setting_a_store_up_again_keeps_its_orders(sandbox_store: SandboxStore) -> None:
    sandbox_store.call("POST", "orders/", card_order_body())
    again = sandbox_store.configure(currency="EUR", name="Mugs & more")
    assert (again["currency"], again["title"]) == ("EUR", "Mugs & more")
    assert len(sandbox_store.orders()) == 1


def test_two_stores_cannot_share_a_token(sandbox: SandboxProcess) -> None:
    store = sandbox.create_store()
    with pytest.raises(AssertionError, match="Another store has this token"):
        sandbox.create_store(token=store.token)


def test_a_deleted_store_is_gone(sandbox: SandboxProcess) -> None:
    store = sandbox.create_store()
    store.call("POST", "orders/", card_order_body())
    store.delete()
    assert requests.get(store.control_url, timeout=10).status_code == 404
    assert store.call("GET", "orders/").status_code == 401


def test_an_unknown_switch_is_refused(sandbox_store: SandboxStore) -> None:
    with pytest.raises(AssertionError, match="No such switch"):
        sandbox_store.switches(warp=9)


def test_people_set_switches_on_a_page(sandbox_store: SandboxStore) -> None:
    address = f"{sandbox_store.control_url}/"
    browser = requests.Session()
    page = browser.get(address, timeout=10)
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
    assert browser.post(address, form, timeout=10).status_code == 200
    switches = sandbox_store.switches()
    assert (switches["return_mode"], switches["return_delay"]) == ("twice", 1.5)
    assert switches["strip_tags"] is True
    assert switches["webhooks"]["enabled"] is False
    assert (switches["webhooks"]["mode"], switches["webhooks"]["delay"]) == ("late", 2.0)
    assert switches["faults"][0]["kind"] == "close"


def test_people_move_the_clock_on_the_page(sandbox_store: SandboxStore) -> None:
    browser = requests.Session()
    browser.get(f"{sandbox_store.control_url}/", timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "step": "week"}
    before = datetime.fromisoformat(sandbox_store.advance_clock())
    assert browser.post(f"{sandbox_store.control_url}/clock/", form, timeout=10).status_code == 200
    assert (datetime.fromisoformat(sandbox_store.advance_clock()) - before).days == 7


def test_the_page_says_what_is_wrong(sandbox_store: SandboxStore) -> None:
    address = f"{sandbox_store.control_url}/"
    browser = requests.Session()
    browser.get(address, timeout=10)
    form = {"csrfmiddlewaretoken": browser.cookies["sandbox_csrftoken"], "faults": "no json"}
    answer = browser.post(address, form, timeout=10)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_the_order_has_a_page_under_a_secret_address(sandbox_store: SandboxStore) -> None:
    made = sandbox_store.call("POST", "orders/", card_order_body()).json()
    page = requests.get(made["order_status_url"], timeout=10)
    assert page.status_code == 200
    assert "Order 100001" in page.text
