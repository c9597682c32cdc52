"""The shop's own pages: home with search, and the product's page."""

from django.http import HttpResponse
from django.shortcuts import render

from catalog import selectors
from catalog.page_cache import public_page
from catalog.product_page import picker
from catalog.structured_data import about_offer
from stores.http import ShopRequest


@public_page("q", "page")
def home(request: ShopRequest) -> HttpResponse:
    """The shop's products, page by page; `q` searches them."""
    search = request.GET.get("q", "").strip()[:100]
    number = request.GET.get("page", "1")
    cards = selectors.cards(store=request.store, search=search, page=int(number) if number.isdecimal() else 1)
    return render(request, "catalog/home.html", {"cards": cards, "search": search})


@public_page("variant")
def product(request: ShopRequest, slug: str) -> HttpResponse:
    """A product, bought directly or put into the bag; `variant` is chosen at first."""
    offer = selectors.product_offer(store=request.store, slug=slug)
    chosen = picker(offer, variant_id=request.GET.get("variant", ""))
    address = request.store.origin + offer.product.get_absolute_url()
    about = about_offer(chosen, address=address)
    return render(request, "catalog/offer.html", {"picker": chosen, "about": about})
