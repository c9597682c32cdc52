"""Log lines carry the request's and the payment intent's id, and no secrets."""

import json
import logging
import re

import pytest
from django.utils import timezone

from accounts.invitations import make_invitation_token
from accounts.models import Invitation
from config.logging import JsonFormatter, PlainFormatter, redact_secrets
from stores.crypto import make_url_token
from tests.factories import make_store

pytestmark = pytest.mark.any_database

INTENT = "pi_0VbikJ8pRRU61KSlZPaTQqfKxqp6R3XX"[:33]


@pytest.fixture
def lines():
    """The log lines of the test, as parsed JSON."""
    parsed = []

    class CollectingHandler(logging.Handler):
        def emit(self, record):
            parsed.append(json.loads(JsonFormatter().format(record)))

    handler, root = CollectingHandler(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield parsed
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("key sk_live_0123456789abcdef", "key sk_live_…"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ("Authorization: Basic c2tfdGVzdA==", "Authorization: Basic …"),
        ("hook whsec_abcDEF-123", "hook whsec_…"),
        ("eph_0VbikJ8pRRU61KSlZPaTQqfKxqp6R3 opened", "eph_… opened"),
        ("access_token=abc123&x=1", "access_token=…&x=1"),
        ("{'password': 'hunter2', 'x': 1}", "{'password': '…', 'x': 1}"),
        ("email to ada.lovelace+shop@example.com", "email to …@example.com"),
        ("payment intent of order 100001", "payment intent of order 100001"),
    ],
)
def test_secrets_and_email_addresses_are_redacted(text, redacted):
    assert redact_secrets(text) == redacted


def test_secret_part_of_a_url_token_is_redacted_and_its_id_stays():
    path = f"/pay/return/{make_url_token(purpose='payment-return', subject=INTENT)}"

    assert redact_secrets(path) == f"/pay/return/{INTENT}.…"


def test_token_of_an_invitation_is_redacted():
    invitation = Invitation(pk=7, sent_at=timezone.now())
    path = f"/admin/invitation/{make_invitation_token(invitation)}/"

    assert redact_secrets(f"GET {path} 200") == "GET /admin/invitation/…/ 200"


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_tracebacks_are_redacted(formatter):
    try:
        raise ValueError("Bearer abcdef")
    except ValueError as error:
        record = logging.LogRecord(
            "x", 40, "x.py", 1, "failed", None, (type(error), error, error.__traceback__)
        )

    assert "abcdef" not in formatter.format(record)
    assert "ValueError: Bearer …" in formatter.format(record).replace("\\n", "\n")


@pytest.mark.django_db
def test_log_lines_and_response_carry_the_request_id(client, lines):
    make_store()
    response = client.get("/products/none-such", headers={"X-Request-ID": "balancer-0042"})

    requests = [line for line in lines if line["logger"] == "shop.request"]
    assert response.headers["X-Request-ID"] == "balancer-0042"
    assert {line["request"] for line in lines} == {"balancer-0042"}
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("GET", "/products/none-such", 404)
    ]
    assert requests[0]["ms"] >= 0


@pytest.mark.django_db
@pytest.mark.parametrize("received", ["", "x", 'a"}\n{"forged": 1', "a" * 65])
def test_invalid_request_id_is_replaced(client, received):
    make_store()

    response = client.get("/", headers={"X-Request-ID": received})
    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


@pytest.mark.django_db
def test_log_line_names_its_payment_intent(client, lines):
    make_store()
    client.get(f"/pay/{INTENT}.{'x' * 24}")
    logging.getLogger("checkout").warning("payment intent %s: to review", INTENT)

    assert {line["intent"] for line in lines} == {INTENT}
    assert "x" * 24 not in json.dumps(lines)
