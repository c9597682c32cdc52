"""Limits on how often one IP address may post to one shop: enough for a person, too few for guessing.

Posts are counted per minute in the cache. With a shared cache (CACHE_URL) all processes count together.
"""

import ipaddress
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.translation import gettext as _

from stores.errors import Problem
from stores.http import ShopRequest, client_ip

P = ParamSpec("P")
LimitedView = Callable[Concatenate[ShopRequest, P], HttpResponse]

WINDOW_SECONDS = 60


def limit_posts(kind: str, *, per_store: bool = True) -> Callable[[LimitedView[P]], LimitedView[P]]:
    """Limit an IP address to `settings.POSTS_PER_MINUTE[kind]` POSTs per shop; 0 means no limit.

    Without `per_store`, posts to all hosts count together. Raises Problem (429) beyond the limit.
    """

    def decorate(view: LimitedView[P]) -> LimitedView[P]:
        @wraps(view)
        def limited_view(request: ShopRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            limit = settings.POSTS_PER_MINUTE[kind]
            if request.method == "POST" and limit and count_post(request, kind, per_store=per_store) > limit:
                raise Problem(
                    _("Too many attempts. Please wait a minute, then try again."),
                    code="rate_limit_exceeded",
                    status=429,
                )
            return view(request, *args, **kwargs)

        return limited_view

    return decorate


def is_within_limit(request: ShopRequest, kind: str) -> bool:
    """Count this request and return False if its IP address made too many of this kind in this minute."""
    limit = settings.POSTS_PER_MINUTE[kind]
    return not limit or count_post(request, kind) <= limit


def count_post(request: ShopRequest, kind: str, *, per_store: bool = True) -> int:
    """Count this post and return the number from its IP address in the current minute."""
    scope = request.store.pk if per_store else "everywhere"
    key = f"posts:{kind}:{scope}:{client_network(client_ip(request))}:{int(time.time() // WINDOW_SECONDS)}"
    cache.add(key, 0, WINDOW_SECONDS * 2)
    try:
        return cache.incr(key)
    except ValueError:  # evicted from the cache in between
        return 1


def client_network(address: str | None) -> str:
    """Return the network of one client: an IPv4 address, or the /64 of an IPv6 address."""
    if address is None:
        return "unknown"
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
