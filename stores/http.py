"""The request class for type annotations, and the client's IP address, also behind proxies."""

import functools
import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from stores.models import Store

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED_FOR = "X-Forwarded-For"


class ShopRequest(HttpRequest):
    """A request to a shop; `StoreMiddleware` sets `store`."""

    store: Store


@dataclass(frozen=True)
class TrustedProxies:
    """Whose `X-Forwarded-For` to believe: a number of proxies in a row, or those in some networks."""

    count: int = 0
    networks: tuple[Network, ...] = ()

    def includes(self, peer: str) -> bool:
        """Return True if the peer may say for whom it forwards. A Unix socket has no address."""
        if not self.networks:
            return self.count > 0
        address = parse_address(peer)
        return not peer or (address is not None and any(address in network for network in self.networks))


@functools.cache
def parse_trusted_proxies(items: tuple[str, ...]) -> TrustedProxies:
    """Parse TRUSTED_PROXIES: one number, or networks. Raises ValueError if it is neither."""
    if len(items) == 1 and items[0].isdecimal():
        return TrustedProxies(count=int(items[0]))
    return TrustedProxies(networks=tuple(ipaddress.ip_network(item, strict=False) for item in items))


def get_trusted_proxies() -> TrustedProxies:
    return parse_trusted_proxies(tuple(settings.TRUSTED_PROXIES))


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None if it is unknown.

    Behind trusted proxies it is the nearest address in `X-Forwarded-For` that no trusted proxy has. What lies
    beyond it, the client may have made up.
    """
    proxies, peer = get_trusted_proxies(), request.META.get("REMOTE_ADDR", "")
    forwarded = [hop.strip() for hop in request.headers.get(FORWARDED_FOR, "").split(",") if hop.strip()]
    hops = [*forwarded, peer]
    if not proxies.networks:
        hop = hops[-(proxies.count + 1) :][0]
    else:
        hop = hops.pop()
        while hops and proxies.includes(hop):
            hop = hops.pop()
    address = parse_address(hop)
    return None if address is None else str(address)


def parse_address(text: str) -> Address | None:
    """Parse an address as proxies write it: with a port, in brackets or quotes, or with a zone."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def client_network(address: str | None) -> str:
    """Return the network of one client: an IPv4 address, or the /64 of an IPv6 address."""
    if address is None:
        return "unknown"
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
