"""The request as our views see it."""

from django.http import HttpRequest

from stores.models import Store


class ShopRequest(HttpRequest):
    """A request to a shop: `store` is set by `StoreMiddleware`."""

    store: Store
