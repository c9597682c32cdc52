"""Each address is routed once, so that no app's page hides another's."""

import re
from collections import Counter

from django.urls import URLPattern, get_resolver


def list_routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<[^>]*>", "<>", route)
        else:
            yield from list_routes(pattern.url_patterns, route)


def test_no_address_is_routed_twice():
    routes = Counter(list_routes(get_resolver().url_patterns))

    assert routes["link/<>"] == 1
    assert [route for route, count in routes.items() if count > 1] == []
