"""The signature of the store's webhooks (facts section 4)."""

import hashlib
import hmac
import json


def is_valid_signature(*, secret: str, body: bytes, signature: str) -> bool:
    """Tell whether `X-29Next-Signature` is the store's over `body`.

    The raw bytes are tried first, then the form the vendor's documentation signs (S12). Without a secret
    nothing holds (S11).
    """
    if not secret:
        return False
    given = signature.encode()
    if hmac.compare_digest(_sign_body(secret, body), given):
        return True
    try:
        again = json.dumps(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return False
    return hmac.compare_digest(_sign_body(secret, again), given)


def _sign_body(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
