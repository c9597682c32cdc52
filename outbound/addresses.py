"""Resolve a host to the IP addresses that a request may go to."""

import ipaddress
import socket

from urllib3.exceptions import HTTPError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# Public IPv6 space, and 6to4, the part of it that embeds arbitrary IPv4 addresses.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


class PrivateNetworkError(HTTPError):
    """The host is in a private, loopback, or link-local network. Nothing was sent."""


def resolve_host(host: str, port: int, *, allow_private: bool = False) -> list[str]:
    """Return the host's IP addresses, in the order of the system's preference.

    Raises PrivateNetworkError unless all of them are public, and OSError if there are none.
    """
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if not all(_may_connect(address, allow_private=allow_private) for address in addresses):
        raise PrivateNetworkError(f"{host} is not on the public internet.")
    return addresses


def is_private_literal(host: str) -> bool:
    """Return True for an IP address or a `localhost` name that isn't public, without a DNS query."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return not is_public_ip(ipaddress.ip_address(name))
    except ValueError:
        return False


def is_public_ip(ip: IPAddress) -> bool:
    if ip.version == 6 and (ip not in _PUBLIC_V6 or ip in _SIX_TO_FOUR):
        return False
    return ip.is_global and not ip.is_multicast


def _may_connect(address: str, *, allow_private: bool) -> bool:
    # A link-local IPv6 address may name its network interface.
    ip = ipaddress.ip_address(address.partition("%")[0])
    if is_public_ip(ip):
        return True
    # Link-local addresses lead to the cloud provider's metadata, so no setting allows them.
    return allow_private and (ip.is_private or ip.is_loopback) and not ip.is_link_local
