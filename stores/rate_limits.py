"""How often one address may post to one shop: enough for any person, too little for a machine that guesses.

Counted in the cache, by the minute; share it between processes (CACHE_URL) to count over all of them.
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

WINDOW = 60  # seconds


def limit_posts(kind: str, *, per_store: bool = True) -> Callable[[LimitedView[P]], LimitedView[P]]:
    """Refuse an address that posts more than `settings.POSTS_PER_MINUTE[kind]` in one shop; 0 is no limit.

    Without `per_store` all hosts count together.

    Errors: Problem 429.
    """

    def limited(view: LimitedView[P]) -> LimitedView[P]:
        @wraps(view)
        def counted(request: ShopRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            most = settings.POSTS_PER_MINUTE[kind]
            if request.method == "POST" and most and count_post(request, kind, per_store=per_store) > most:
                raise Problem(
                    _("That was very often in a short time. Please wait a minute, then try again."),
                    code="rate_limit_exceeded",
                    status=429,
                )
            return view(request, *args, **kwargs)

        return counted

    return limited


def count_post(request: ShopRequest, kind: str, *, per_store: bool = True) -> int:
    """Count this post; return how many there were from its address in this minute."""
    where = request.store.pk if per_store else "everywhere"
    key = f"posts:{kind}:{where}:{client_network(client_ip(request))}:{int(time.time() // WINDOW)}"
    cache.add(key, 0, WINDOW * 2)
    try:
        return cache.incr(key)
    except ValueError:  # thrown out of the cache in between
        return 1


def client_network(address: str | None) -> str:
    """Return what one person has: an IPv4 address, or the /64 of an IPv6 one, in which all are theirs."""
    if address is None:
        return "unknown"
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False).network_address)
