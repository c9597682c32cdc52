"""Paying a request as its recipient does, without a browser."""

from typing import Any

from django.http import QueryDict

from checkout.models import PaymentIntent
from checkout.selection_query import read_selection
from orders.models import PaymentRequest
from stores.models import Store
from tests.payments.helpers import submit_checkout


def ask_again(request: PaymentRequest, shop: Store) -> PaymentRequest:
    """Give the request the store that has a sandbox."""
    request.store = request.link.store = shop
    return request


def start_paying(request: PaymentRequest, *, key: str = "first", **query: Any) -> PaymentIntent:
    """Check out what the request asks for, up to the redirect to Link."""
    fields = QueryDict(mutable=True)
    fields.update({"link": request.link_id} | query)
    intent = submit_checkout(
        request.store, read_selection(store=request.store, query=fields), key=key, form=key
    )
    intent.store = request.store
    return intent
