"""Fixtures: a sandbox in its own process.

``sandbox`` is one process for the whole test run; ``sandbox_store`` is a fresh store in it::

    def test_something(sandbox_store):
        sandbox_store.switches(return_mode="twice")
        sandbox_store.next_api_url, sandbox_store.token  # for the client under test
        sandbox_store.pay(payment_complete_url)
        assert sandbox_store.charges() == []

To change its settings, parametrize it: ``@pytest.mark.parametrize("sandbox_store",
[{"currency": "EUR"}], indirect=True)``, or create one with ``sandbox.create_store(currency="EUR")``.
"""

import copy
import functools
import itertools
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox_settings import DEFAULT_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
API_VERSION = "2024-04-01"
ALL_EVENTS = (
    "cart.abandoned",
    "customer.created",
    "fulfillment.created",
    "fulfillment.updated",
    "order.created",
    "order.updated",
    "subscription.created",
    "subscription.updated",
    "transaction.created",
)
READY_PREFIX = "Sandbox store ready at "


@functools.cache
def get_http_session(_process: int) -> requests.Session:
    """Return a session that reuses connections, one per process: the sandbox starts a thread for each."""
    return requests.Session()


class SandboxStore:
    """One store of a running sandbox."""

    def __init__(self, *, url: str, name: str, settings: dict[str, Any]) -> None:
        self.url = url
        self.name = name
        self.settings = {
            **copy.deepcopy(DEFAULT_SETTINGS),
            "token": secrets.token_urlsafe(24),
            **copy.deepcopy(settings),
        }
        self.token: str = self.settings["token"]
        self.webhook_secret: str = self.settings["webhook_secret"]
        self.control_url = f"{url}/sandbox/stores/{name}"
        self.next_api_url = f"{url}/api/admin/"

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Create the store, or replace its settings. Its orders stay."""
        self.settings.update(copy.deepcopy(changes))
        return self._control("PUT", "", self.settings)

    def set_taxes(self, *rates: dict[str, Any], **settings: Any) -> None:
        """Replace the store's taxes: ``set_taxes({"country": "DE", "percent": "19"}, mode="inclusive")``."""
        self.configure(taxes={**settings, "rates": list(rates)})

    def set_discounts(
        self,
        *,
        coupons: Sequence[dict[str, Any]] = (),
        offers: Sequence[dict[str, Any]] = (),
        **settings: Any,
    ) -> None:
        """Replace the store's discounts:
        ``set_discounts(coupons=[{"code": "WELCOME10", "kind": "percent", "value": "10"}])``.
        """
        self.configure(discounts={**settings, "coupons": list(coupons), "offers": list(offers)})

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        session = get_http_session(os.getpid())
        response = session.request(method, self.control_url + path, json=body, timeout=60)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        """Call the Admin API with the store's token: ``call("GET", "orders/")``."""
        url = path if path.startswith("http") else self.next_api_url + path
        headers = {"Authorization": f"Bearer {self.token}", "X-29next-API-Version": API_VERSION}
        headers.update(kwargs.pop("headers", {}))
        return requests.request(
            method, url, json=body, headers=headers, timeout=kwargs.pop("timeout", 60), **kwargs
        )

    def requests(self) -> list[dict[str, Any]]:
        """Return the log of Admin API calls, oldest first."""
        return self._control("GET", "/requests")  # type: ignore[no-any-return]

    def clear_requests(self) -> None:
        self._control("DELETE", "/requests")

    def switches(self, **changes: Any) -> dict[str, Any]:
        """Apply ``changes`` and return all switches."""
        return self._control("PATCH", "/switches", changes)  # type: ignore[no-any-return]

    def plan_fault(self, kind: str, **details: Any) -> None:
        """Add a planned fault. It strikes once, unless ``times`` says otherwise.

        A 429 asks for no pause, unless ``retry_after`` says otherwise: the shop would really wait.
        """
        if details.get("status") == 429:
            details.setdefault("retry_after", 0)
        faults = self.switches()["faults"]
        self.switches(faults=[*faults, {"kind": kind, "times": 1, **details}])

    def charges(self) -> list[dict[str, Any]]:
        """Return every charge and refund that moved money."""
        return self._control("GET", "/charges")  # type: ignore[no-any-return]

    def orders(self) -> list[dict[str, Any]]:
        """Return every order in its Admin API shape, oldest first."""
        return self._control("GET", "/orders")  # type: ignore[no-any-return]

    def carts(self) -> list[dict[str, Any]]:
        """Return every open cart, anonymous ones included, oldest first."""
        return self._control("GET", "/carts")  # type: ignore[no-any-return]

    def payments(self) -> list[dict[str, Any]]:
        """Return the hosted payments, oldest first."""
        return self._control("GET", "/payments")  # type: ignore[no-any-return]

    def pay(self, token_or_url: str, action: str = "pay", *, post_return: bool = False) -> dict[str, Any]:
        """Act as the shopper on the hosted page: pay, decline or abandon."""
        token = token_or_url.rstrip("/").rsplit("/", 1)[-1]
        body = {"action": action, "post_return": post_return}
        return self._control("POST", f"/payments/{token}", body)  # type: ignore[no-any-return]

    def edit_order(self, number: str, **edits: Any) -> dict[str, Any]:
        """Edit an order as the merchant would, without the shop knowing. Return the order.

        ``refund={"amount": "5.00"}``, ``cancel={"full_refund": True}``,
        ``fulfil={"tracking_code": "1Z"}``, ``add_line={"product_id": 12, "quantity": 1}``,
        ``remove_line={"line_id": 1, "quantity": 1}``, ``status="archived"``,
        ``delivery_status="delivered"``.
        """
        return self._control("POST", f"/orders/{number}/edit", edits)  # type: ignore[no-any-return]

    def advance_clock(self, *, seconds: float = 0, days: float = 0, to: str | None = None) -> str:
        """Advance the store's clock and run what falls due. Return the store's new time."""
        body: dict[str, Any] = {"advance_seconds": seconds, "advance_days": days}
        if to is not None:
            body["to"] = to
        return self._control("POST", "/clock", body)["now"]  # type: ignore[no-any-return]

    def subscriptions(self) -> list[dict[str, Any]]:
        """Return every subscription, oldest first."""
        return self._control("GET", "/subscriptions")  # type: ignore[no-any-return]

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every webhook delivery with its state and response statuses."""
        return self._control("GET", "/deliveries")  # type: ignore[no-any-return]

    def wait_for_deliveries(self, *, timeout: float = 20) -> list[dict[str, Any]]:
        """Wait until no delivery is pending, then return them all."""
        deadline = time.monotonic() + timeout
        while True:
            deliveries = self.deliveries()
            if not {row["state"] for row in deliveries} & {"waiting", "sending"}:
                return deliveries
            assert time.monotonic() < deadline, f"still pending: {deliveries}"
            time.sleep(0.05)

    def add_webhook(self, target: str, *events: str, **settings: Any) -> dict[str, Any]:
        """Register a webhook for ``events``, or for every event the sandbox sends."""
        body = {"target": target, "events": list(events or ALL_EVENTS), **settings}
        response = self.call("POST", "webhooks/", body)
        assert response.status_code == 201, response.text
        return response.json()  # type: ignore[no-any-return]

    def delete(self) -> None:
        self._control("DELETE", "")


class SandboxProcess:
    """A sandbox process with its own temporary database. Call ``start``, then ``stop``."""

    def __init__(self) -> None:
        self.url = ""
        self._names = itertools.count(1)
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")

    def start(self, *, port: int = 0) -> "SandboxProcess":
        """Start the sandbox and wait until it is ready. Port 0 takes any free port."""
        environ = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "--quiet", "--until-stdin-closes"),
                *("--port", str(port)),
                *("--db", str(Path(self._folder.name) / "sandbox.sqlite3")),
            ],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(READY_PREFIX), f"the sandbox did not start: {line!r}"
        self.url = line.removeprefix(READY_PREFIX).strip().rstrip("/")
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                stream.close()
            self._process = None
        self._folder.cleanup()

    def pause(self) -> None:
        """Let the sandbox fall silent: it accepts connections and answers nothing until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def plan_store(self, **settings: Any) -> SandboxStore:
        """Return a store that the sandbox has from its first ``configure()`` on."""
        return SandboxStore(url=self.url, name=f"store-{next(self._names)}", settings=settings)

    def create_store(self, **settings: Any) -> SandboxStore:
        """Create a store with the default catalog, USD and no rate limit, unless ``settings`` differ."""
        store = self.plan_store(**settings)
        store.configure()
        return store


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    """The sandbox process of this test run."""
    process = SandboxProcess()
    try:
        yield process.start()
    finally:
        process.stop()


@pytest.fixture
def sandbox_store(sandbox: SandboxProcess, request: pytest.FixtureRequest) -> Iterator[SandboxStore]:
    """A fresh store. Parametrize it indirectly to change its settings."""
    store = sandbox.create_store(**getattr(request, "param", {}))
    yield store
    store.delete()
