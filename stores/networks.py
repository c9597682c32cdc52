"""The network that a shopper comes from, as a hash that is no personal data without SECRET_KEY."""

import ipaddress

from stores.crypto import make_url_token
from stores.rate_limits import client_network


def hash_network(address: str | None) -> str:
    """Return a hash of the address's network, or "" for an address that many shoppers may share.

    Those are private: a proxy's, whose `X-Forwarded-For` isn't trusted (BEHIND_PROXY), or none at all.
    """
    if address is None or not ipaddress.ip_address(address).is_global:
        return ""
    return make_url_token(purpose="network", subject=client_network(address)).rpartition(".")[2]
