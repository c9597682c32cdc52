"""The payment link's page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import link_visits, selectors
from catalog.page_cache import cache_public_page
from catalog.payment_links import ATTRIBUTION_PARAMETERS
from catalog.product_page import build_product_page
from catalog.structured_data import build_page_metadata
from stores.decorators import require_same_origin_post
from stores.http import ShopRequest
from stores.rate_limits import count_post


@cache_public_page("variant", *ATTRIBUTION_PARAMETERS)
def payment_link_detail(request: ShopRequest, link_id: str) -> HttpResponse:
    """What a link sells, with everything one can choose; `variant` is chosen at first."""
    listing = selectors.find_link_listing(store=request.store, link_id=link_id)
    chosen = build_product_page(listing, variant_id=request.GET.get("variant", ""))
    attribution = {name: request.GET[name] for name in ATTRIBUTION_PARAMETERS if name in request.GET}
    about = build_page_metadata(chosen, address=request.store.origin + request.path)
    response = render(
        request,
        "catalog/product_page.html",
        {"product_page": chosen, "attribution": attribution, "about": about},
    )
    if listing.link and listing.link.expires_at:
        left = listing.link.expires_at - timezone.now()
        response.cache_seconds = max(int(left.total_seconds()), 0)  # type: ignore[attr-defined]
    return response


@require_safe
def redirect_short_link(request: HttpRequest, link_id: str) -> HttpResponse:
    """`/plink_…` leads to `/link/plink_…` (X1), with its query."""
    query = request.META.get("QUERY_STRING", "")
    response = redirect("catalog:payment_link", link_id)
    if query:
        response.headers["Location"] += f"?{query}"
    return response


@require_same_origin_post
def record_link_visit(request: ShopRequest, link_id: str) -> HttpResponse:
    """The page's script says that somebody looks at it. No cookie, nothing about the person, no answer.

    The page itself may come from a CDN and cannot count. Beyond the limit of its address it is not counted.
    """
    most = settings.POSTS_PER_MINUTE["visit"]
    if not most or count_post(request, "visit") <= most:
        link_visits.record_visit(store=request.store, link_id=link_id)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
