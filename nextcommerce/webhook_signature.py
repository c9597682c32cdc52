"""Verification of NEXT's webhook signatures."""

import hashlib
import hmac
import json


def is_valid_signature(*, secret: str, body: bytes, signature: str) -> bool:
    """Return True if `signature` is the HMAC-SHA-256 of `body`, as sent in `X-29Next-Signature`.

    Checks the raw bytes first, then the re-serialized JSON that NEXT's documentation signs (S12). Without a
    secret no signature is valid (S11).
    """
    if not secret:
        return False
    received = signature.encode()
    if hmac.compare_digest(_sign_body(secret, body), received):
        return True
    try:
        reserialized = json.dumps(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return False
    return hmac.compare_digest(_sign_body(secret, reserialized), received)


def _sign_body(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
