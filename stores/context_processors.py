"""Context processors: the current store, available in every template."""

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from stores.errors import Problem
from stores.models import Store


def current_store(request: HttpRequest) -> dict[str, Any]:
    """Provide the request's store lazily; None if the host has no shop.

    Never raises, because error pages use the store too.
    """

    def load_store() -> Store | None:
        try:
            # Reading an attribute makes the lazy `request.store` run its query.
            return request.store if request.store.pk else None  # type: ignore[attr-defined]
        except (AttributeError, Problem, DisallowedHost):
            return None

    return {"store": SimpleLazyObject(load_store)}
