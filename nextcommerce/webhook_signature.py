"""Verification of NEXT's webhook signatures."""

import hashlib
import hmac
import json
import re

_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
# An event with more values than this is not serialized again: a body of nothing but brackets costs a second.
MAX_VALUES_TO_RESERIALIZE = 20_000


def is_valid_signature(*, secret: str, body: bytes, signature: str) -> bool:
    """Return True if `signature` is the HMAC-SHA-256 of `body`, as sent in `X-29Next-Signature`.

    Checks the raw bytes before anything is parsed, then the re-serialized JSON that NEXT's documentation
    signs (S12), unless the body is too elaborate for an event. Without a secret no signature is valid (S11).
    """
    if not secret or not _HEX_DIGEST.fullmatch(signature):
        return False
    received = signature.encode()
    if hmac.compare_digest(sign_body(secret, body).encode(), received):
        return True
    if sum(map(body.count, (b",", b":", b"[", b"{"))) > MAX_VALUES_TO_RESERIALIZE:
        return False
    try:
        reserialized = json.dumps(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return False
    return hmac.compare_digest(sign_body(secret, reserialized).encode(), received)


def sign_body(secret: str, body: bytes) -> str:
    """Return the signature that NEXT sends with these bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
