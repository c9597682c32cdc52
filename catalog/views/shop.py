"""The shop's own pages: home and product."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from stores.http import ShopRequest


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    """The shop's first page."""
    return render(request, "catalog/home.html", {"store": request.store, "name": request.store.name})
