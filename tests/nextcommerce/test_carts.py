"""Carts: what a code takes off, asked within a shopper's patience and without a sign-in link."""

import logging
import socket
import threading
import time
from dataclasses import asdict
from decimal import Decimal

import pytest
import responses

from nextcommerce.carts import deserialize_cart
from nextcommerce.errors import CallOutcome, NextApiError
from stores.next_client import open_next_client
from tests.factories import make_store

pytestmark = pytest.mark.any_database

BASE = "https://shop.29next.test/api/admin/"
SIGN_IN_URL = "https://shop.example.com/accounts/complete-order/s3cret-token/"
CART = {
    "id": 81,
    "status": "Open",
    "abandoned": False,
    "checkout_url": SIGN_IN_URL,
    "currency": "USD",
    "total_excl_tax": "44.10",
    "total_incl_tax": "44.10",
    "total_discount": "4.90",
    "lines": [
        {
            "id": 5,
            "product_id": 9,
            "variant_id": 12,
            "quantity": 2,
            "price_excl_tax": "44.10",
            "price_incl_tax": "44.10",
            "total_discount": "4.90",
        }
    ],
    "voucher_discounts": [
        {"name": "Ten off", "description": "", "amount": "4.90", "voucher": {"code": "SAVE10", "name": "Ten"}}
    ],
}


@pytest.fixture
def store(db):
    return make_store(next_api_url=BASE, access_token="secret")


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_cart_tells_what_its_codes_take_off(store, http):
    http.post(BASE + "carts/", json=CART, status=201)

    cart = open_next_client(store).create_cart({"lines": []})

    assert (cart.id, cart.currency, cart.total_discount) == (81, "USD", Decimal("4.90"))
    assert [(line.variant_id, line.quantity, line.total_discount) for line in cart.lines] == [
        (12, 2, Decimal("4.90"))
    ]
    assert [(row.voucher_code, row.name, row.amount) for row in cart.voucher_discounts] == [
        ("SAVE10", "Ten off", Decimal("4.90"))
    ]


def test_cart_is_read_changed_and_deleted_by_its_id(store, http):
    http.get(BASE + "carts/81/", json=CART)
    http.put(BASE + "carts/81/", json=CART)
    http.delete(BASE + "carts/81/", status=204)
    api = open_next_client(store)

    assert api.retrieve_cart(81).id == api.update_cart(81, {"lines": []}).id == 81
    api.delete_cart(81)

    assert [call.request.method for call in http.calls] == ["GET", "PUT", "DELETE"]


def test_sign_in_link_of_a_cart_is_neither_read_nor_logged(store, http, caplog):
    caplog.set_level(logging.DEBUG)
    http.post(BASE + "carts/", json=CART, status=201)

    cart = open_next_client(store).create_cart({"lines": []})

    assert "s3cret-token" not in repr(asdict(cart))
    assert "s3cret-token" not in caplog.text


@pytest.mark.parametrize("data", [None, [], {}, {"id": 0}, {"id": "81"}, {"id": True}])
def test_answer_without_an_id_is_no_cart(data):
    assert deserialize_cart(data) is None


@pytest.mark.parametrize("nonsense", [None, 7, "x", [None, 7, "x", []], {"voucher": 5}])
def test_nonsense_in_a_cart_takes_nothing_off(nonsense):
    cart = deserialize_cart(
        {"id": 81, "lines": nonsense, "voucher_discounts": nonsense, "total_discount": nonsense}
    )

    assert (cart.voucher_discounts, cart.lines) == ((), ())


def test_negative_discount_takes_nothing_off():
    cart = deserialize_cart({"id": 81, "voucher_discounts": [{"amount": "-4.90", "voucher": {"code": "A"}}]})

    assert cart.voucher_discounts[0].amount == 0


# --- A shopper's patience


class SlowServer:
    """Accepts connections and sends one byte of a response at a time, or nothing."""

    def __init__(self, text: bytes = b"") -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.text = text
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/api/admin/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            for number in range(len(self.text)):
                try:
                    connection.sendall(self.text[number : number + 1])
                except OSError:
                    return
                time.sleep(0.001)
            time.sleep(5)


@pytest.fixture
def silent():
    server = SlowServer()
    yield server
    server.socket.close()


@pytest.mark.parametrize(
    "call", [lambda api: api.create_cart({"lines": []}), lambda api: api.retrieve_cart(81)]
)
def test_silent_store_is_given_up_after_the_seconds_allowed(db, settings, silent, call):
    settings.NEXT_API_ALLOW_HTTP = True
    api = open_next_client(make_store(next_api_url=silent.url), max_seconds=0.6)
    started = time.monotonic()

    with pytest.raises(NextApiError):
        call(api)

    assert time.monotonic() - started < 1.5


def test_response_that_trickles_in_is_given_up(db, settings):
    settings.NEXT_API_ALLOW_HTTP = True
    server = SlowServer(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 20000)
    api = open_next_client(make_store(next_api_url=server.url), max_seconds=0.9)
    started = time.monotonic()

    with pytest.raises(NextApiError, match="timeout"):
        api.retrieve_cart(81)

    server.socket.close()
    assert time.monotonic() - started < 4


def test_read_with_a_limit_of_seconds_is_not_retried(store, http):
    answer = http.get(BASE + "carts/81/", status=503)

    with pytest.raises(NextApiError):
        open_next_client(store, max_seconds=2).retrieve_cart(81)

    assert answer.call_count == 1


def test_busy_token_refuses_a_call_that_cannot_wait(store, http, settings):
    settings.NEXT_API_CALLS_PER_SECOND = 1
    http.post(BASE + "carts/", json=CART, status=201)
    api = open_next_client(store, max_seconds=0.2)
    api.create_cart({"lines": []})

    with pytest.raises(NextApiError) as raised:
        api.create_cart({"lines": []})

    assert raised.value.outcome is CallOutcome.RETRY
    assert len(http.calls) == 1


def test_wait_for_a_turn_counts_against_the_seconds_allowed(store, http, settings):
    settings.NEXT_API_CALLS_PER_SECOND = 1
    timeouts = []

    def answer(request):
        timeouts.append(request.req_kwargs["timeout"])
        return 201, {}, '{"id": 81}'

    http.add_callback(responses.POST, BASE + "carts/", callback=answer)
    open_next_client(store, max_seconds=2).create_cart({"lines": []})
    open_next_client(store, max_seconds=2).create_cart({"lines": []})

    (first, second) = (sum(pair) for pair in timeouts)
    assert first <= 2
    assert second < 1.2
