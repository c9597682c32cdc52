"""The store's signature on its webhooks."""

import hashlib
import hmac
import json

import pytest

from nextcommerce.webhook_signature import is_valid_signature

pytestmark = pytest.mark.any_database

SECRET = "whsec_1"


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


BODIES = [
    b'{"a":1}',
    '{"name":"Zoë Müller","x":[1, 2.50]}'.encode(),
    b'{ "b" : 1 , "a" : "\\u00e4" }',
    b"not json",
    b"",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_signature_over_the_raw_bytes_holds(body):
    """S12."""
    assert is_valid_signature(secret=SECRET, body=body, signature=sign(body))


@pytest.mark.parametrize("body", BODIES[:3])
def test_the_documented_form_holds_too(body):
    """S12: json.dumps(json.loads(body)), whatever the spaces, the key order or the letters."""
    assert is_valid_signature(secret=SECRET, body=body, signature=sign(json.dumps(json.loads(body)).encode()))


def test_another_secrets_signature_does_not_hold():
    """S10."""
    assert not is_valid_signature(secret=SECRET, body=b"{}", signature=sign(b"{}", "whsec_2"))


def test_a_changed_body_does_not_hold():
    assert not is_valid_signature(secret=SECRET, body=b'{"a":2}', signature=sign(b'{"a":1}'))


@pytest.mark.parametrize("signature", ["", "0" * 64, "ä", "sha256=", "\x00"])
def test_what_is_no_signature_does_not_hold(signature):
    assert not is_valid_signature(secret=SECRET, body=b"{}", signature=signature)


def test_without_a_secret_the_door_is_closed():
    """S11."""
    assert not is_valid_signature(secret="", body=b"{}", signature=sign(b"{}", ""))
