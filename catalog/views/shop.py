"""The shop's home page with search, and the product page."""

from django.http import HttpResponse
from django.shortcuts import render

from catalog import selectors
from catalog.product_page import build_product_page
from catalog.structured_data import build_product_page_metadata
from stores.http import ShopRequest
from stores.page_cache import cache_public_page


@cache_public_page("q", "page")
def home_page(request: ShopRequest) -> HttpResponse:
    """List the shop's products. The query parameter `q` searches, `page` turns pages."""
    search = request.GET.get("q", "").strip()[:100]
    number = request.GET.get("page", "1")
    cards = selectors.list_product_cards(
        store=request.store, search=search, page=int(number) if number.isdecimal() else 1
    )
    return render(request, "catalog/home.html", {"cards": cards, "search": search})


@cache_public_page("variant", "code")
def product_detail(request: ShopRequest, slug: str) -> HttpResponse:
    """Show a product. The query parameter `variant` preselects a variant."""
    listing = selectors.find_product_listing(store=request.store, slug=slug)
    product_page = build_product_page(listing, variant_id=request.GET.get("variant", ""))
    address = request.store.origin + listing.product.get_absolute_url()
    about = build_product_page_metadata(product_page, address=address)
    return render(
        request,
        "catalog/product_page.html",
        {
            "product_page": product_page,
            "about": about,
            "carried": {name: request.GET[name] for name in ("code",) if name in request.GET},
        },
    )
