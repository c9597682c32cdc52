"""The payment link's page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import link_visits, selectors
from catalog.page_cache import public_page
from catalog.payment_links import CARRIED
from catalog.product_page import picker
from catalog.structured_data import about_offer
from stores.http import ShopRequest
from stores.rate_limits import count
from stores.same_origin import same_origin_post


@public_page("variant", *CARRIED)
def payment_link(request: ShopRequest, link_id: str) -> HttpResponse:
    """What a link sells, with everything one can choose; `variant` is chosen at first."""
    offer = selectors.link_offer(store=request.store, link_id=link_id)
    chosen = picker(offer, variant_id=request.GET.get("variant", ""))
    carried = {name: request.GET[name] for name in CARRIED if name in request.GET}
    about = about_offer(chosen, address=request.store.origin + request.path)
    response = render(request, "catalog/offer.html", {"picker": chosen, "carried": carried, "about": about})
    if offer.link and offer.link.expires_at:
        left = offer.link.expires_at - timezone.now()
        response.fresh_seconds = max(int(left.total_seconds()), 0)  # type: ignore[attr-defined]
    return response


@require_safe
def short_address(request: HttpRequest, link_id: str) -> HttpResponse:
    """`/plink_…` leads to `/link/plink_…` (X1), with its query."""
    query = request.META.get("QUERY_STRING", "")
    response = redirect("catalog:payment_link", link_id)
    if query:
        response.headers["Location"] += f"?{query}"
    return response


@same_origin_post
def visit(request: ShopRequest, link_id: str) -> HttpResponse:
    """The page's script says that somebody looks at it. No cookie, nothing about the person, no answer.

    The page itself may come from a CDN and cannot count. Beyond the limit of its address it is not counted.
    """
    most = settings.POSTS_PER_MINUTE["visit"]
    if not most or count(request, "visit") <= most:
        link_visits.add(store=request.store, link_id=link_id)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
