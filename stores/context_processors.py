"""What every template sees."""

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from stores.errors import Problem
from stores.models import Store


def current_store(request: HttpRequest) -> dict[str, Any]:
    """Return the request's store, still unread until a template uses it; None where no shop is.

    An error page asks for the store too, so that asking must not fail again.
    """

    def found() -> Store | None:
        try:
            # Reading an attribute makes the lazy object look.
            return request.store if request.store.pk else None  # type: ignore[attr-defined]
        except (AttributeError, Problem, DisallowedHost):
            return None

    return {"store": SimpleLazyObject(found)}
