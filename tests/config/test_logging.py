"""Log lines: one JSON object each, found by request and by intent, with nothing secret in them."""

import json
import logging
import re

import pytest

from config.logging import JsonFormatter, PlainFormatter, redact_secrets
from stores.crypto import make_url_token
from tests.factories import make_store

pytestmark = pytest.mark.any_database

INTENT = "pi_0VbikJ8pRRU61KSlZPaTQqfKxqp6R3XX"[:33]


@pytest.fixture
def lines():
    """The log as a machine would read it."""
    read = []

    class Keep(logging.Handler):
        def emit(self, record):
            read.append(json.loads(JsonFormatter().format(record)))

    handler, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield read
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("key sk_live_0123456789abcdef", "key sk_live_…"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ("Authorization: Basic c2tfdGVzdA==", "Authorization: Basic …"),
        ("hook whsec_abcDEF-123", "hook whsec_…"),
        ("eph_0VbikJ8pRRU61KSlZPaTQqfKxqp6R3 opened", "eph_… opened"),
        ("access_token=abc123&x=1", "access_token=…&x=1"),
        ("{'password': 'hunter2', 'x': 1}", "{'password': '…', 'x': 1}"),
        ("mail to ada.lovelace+shop@example.com", "mail to …@example.com"),
        ("payment intent of order 100001", "payment intent of order 100001"),
    ],
)
def test_secrets_and_mail_addresses_are_washed_off(written, kept):
    assert redact_secrets(written) == kept


def test_the_secret_half_of_an_address_is_washed_off_and_the_id_is_kept():
    path = f"/pay/return/{make_url_token(purpose='payment-return', subject=INTENT)}"

    assert redact_secrets(path) == f"/pay/return/{INTENT}.…"


@pytest.mark.parametrize("form", [JsonFormatter(), PlainFormatter()])
def test_a_traceback_is_washed_too(form):
    try:
        raise ValueError("Bearer abcdef")
    except ValueError as error:
        record = logging.LogRecord(
            "x", 40, "x.py", 1, "failed", None, (type(error), error, error.__traceback__)
        )

    assert "abcdef" not in form.format(record)
    assert "ValueError: Bearer …" in form.format(record).replace("\\n", "\n")


@pytest.mark.django_db
def test_every_line_of_a_request_bears_its_id_and_so_does_the_answer(client, lines):
    make_store()
    answer = client.get("/products/none-such", headers={"X-Request-ID": "balancer-0042"})

    ours = [line for line in lines if line["logger"] == "shop.request"]
    assert answer.headers["X-Request-ID"] == "balancer-0042"
    assert {line["request"] for line in lines} == {"balancer-0042"}
    assert [(line["method"], line["path"], line["status"]) for line in ours] == [
        ("GET", "/products/none-such", 404)
    ]
    assert ours[0]["ms"] >= 0


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "x", 'a"}\n{"forged": 1', "a" * 65])
def test_an_id_that_is_none_is_replaced(client, given):
    make_store()

    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/", headers={"X-Request-ID": given})["X-Request-ID"])


@pytest.mark.django_db
def test_a_line_names_the_intent_it_is_about(client, lines):
    make_store()
    client.get(f"/pay/{INTENT}.{'x' * 24}")
    logging.getLogger("checkout").warning("payment intent %s: to review", INTENT)

    assert {line["intent"] for line in lines} == {INTENT}
    assert "x" * 24 not in json.dumps(lines)
