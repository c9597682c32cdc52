"""The payment link page, its short URL, and its visit count."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog import link_visits, selectors
from catalog.page_choices import UPDATE_PARAMETER, PageChoices, read_page_choices
from catalog.payment_links import ATTRIBUTION_PARAMETERS, find_link_spelled_alike
from catalog.product_page import build_product_page
from catalog.structured_data import build_product_page_metadata
from stores.decorators import require_same_origin_post
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.page_cache import cache_public_page
from stores.rate_limits import is_within_local_limit

LinkPage = Callable[[ShopRequest, str], HttpResponse]
_private_link_pages: dict[str, LinkPage] = {}


def register_private_link_page(*, parameter: str, show_page: LinkPage) -> None:
    """Have `show_page` answer a link's address that has `parameter` in its query, for one person.

    The public page is cached and the same for everybody, so a page for one person is a view of its own. An
    app above that has one registers it from its `AppConfig.ready()`.
    """
    _private_link_pages[parameter] = show_page


def show_payment_link(request: ShopRequest, link_id: str) -> HttpResponse:
    """Show the public page of a link, or the private one that a parameter in its address opens."""
    for parameter, show_page in _private_link_pages.items():
        if request.GET.get(parameter):
            return show_page(request, link_id)
    try:
        if UPDATE_PARAMETER in request.GET:
            return show_choices(request, link_id)
        return payment_link_detail(request, link_id)
    except NotFound:
        link = find_link_spelled_alike(store=request.store, link_id=link_id)
        if link is None:
            raise
        response = redirect_with_query(request, link.pk)
        response.headers["Cache-Control"] = "no-store"  # another link may get this address
        return response


@cache_public_page("variant", "code", *ATTRIBUTION_PARAMETERS)
def payment_link_detail(request: ShopRequest, link_id: str) -> HttpResponse:
    """Show the page of a payment link. The query parameter `variant` preselects a variant."""
    return render_link_page(request, link_id, PageChoices(variant_id=request.GET.get("variant", "")))


@never_cache
@require_safe
def show_choices(request: ShopRequest, link_id: str) -> HttpResponse:
    """Show the page with the choices in its query, and what they cost."""
    return render_link_page(request, link_id, read_page_choices(request.GET))


def render_link_page(request: ShopRequest, link_id: str, choices: PageChoices) -> HttpResponse:
    """Render the page of a payment link with these choices. Raises what `find_link_listing` does."""
    listing = selectors.find_link_listing(store=request.store, link_id=link_id)
    product_page = build_product_page(listing, choices)
    carried = {name: request.GET[name] for name in (*ATTRIBUTION_PARAMETERS, "code") if name in request.GET}
    assert listing.link is not None
    about = build_product_page_metadata(product_page, address=listing.link.url)
    response = render(
        request,
        "catalog/product_page.html",
        {"product_page": product_page, "carried": carried, "about": about},
    )
    if listing.link.expires_at:
        remaining = listing.link.expires_at - timezone.now()
        response.cache_seconds = max(int(remaining.total_seconds()), 0)  # type: ignore[attr-defined]
    return response


@require_safe
def redirect_short_link(request: HttpRequest, link_id: str) -> HttpResponse:
    """Redirect `/plink_…` to `/link/plink_…`, keeping the query string."""
    return redirect_with_query(request, link_id)


def redirect_with_query(request: HttpRequest, link_id: str) -> HttpResponse:
    """Redirect to the link's page, keeping the query string."""
    query = request.META.get("QUERY_STRING", "")
    response = redirect("catalog:payment_link", link_id)
    if query:
        response.headers["Location"] += f"?{query}"
    return response


@require_same_origin_post
def record_link_visit(request: ShopRequest, link_id: str) -> HttpResponse:
    """Count a visit that the page's script reports, without a cookie or personal data.

    A script reports it because the page itself may come from a CDN. Visits over the rate limit of the
    client's IP address are ignored.
    """
    if is_within_local_limit(request, "visit"):
        link_visits.record_link_visit_count(store=request.store, link_id=link_id)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
