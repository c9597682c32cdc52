"""NEXT's signature on webhooks."""

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
def test_signature_over_raw_bytes_is_valid(body):
    """S12."""
    assert is_valid_signature(secret=SECRET, body=body, signature=sign(body))


@pytest.mark.parametrize("body", BODIES[:3])
def test_signature_over_reserialized_json_is_valid(body):
    """S12: the documented form is json.dumps(json.loads(body)), regardless of spacing and escapes."""
    assert is_valid_signature(secret=SECRET, body=body, signature=sign(json.dumps(json.loads(body)).encode()))


def test_signature_with_another_secret_is_invalid():
    """S10."""
    assert not is_valid_signature(secret=SECRET, body=b"{}", signature=sign(b"{}", "whsec_2"))


def test_signature_of_another_body_is_invalid():
    assert not is_valid_signature(secret=SECRET, body=b'{"a":2}', signature=sign(b'{"a":1}'))


@pytest.mark.parametrize("signature", ["", "0" * 64, "ä", "sha256=", "\x00"])
def test_malformed_signature_is_invalid(signature):
    assert not is_valid_signature(secret=SECRET, body=b"{}", signature=signature)


def test_no_signature_is_valid_without_a_secret():
    """S11."""
    assert not is_valid_signature(secret="", body=b"{}", signature=sign(b"{}", ""))
