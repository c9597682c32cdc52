"""Small addresses that belong to no product: the accent color, the language, what robots read."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_safe

from catalog import selectors, theme
from catalog.page_cache import cache_public_page
from stores.http import ShopRequest

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_safe
def accent_stylesheet(request: HttpRequest, color: str) -> HttpResponse:
    """The stylesheet of one accent color; its address changes with the color, so it is kept for good."""
    response = HttpResponse(
        theme.build_accent_css(theme.parse_color(color)), content_type="text/css; charset=utf-8"
    )
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


@require_safe
def set_language(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the language and go back to where the shopper was.

    A plain link, since public pages hold no form token; it changes nothing but the language shown.
    """
    if code not in dict(settings.LANGUAGES) or not check_for_language(code):
        raise Http404
    goal = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        goal, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        goal = "/"
    # Not `redirect`, which takes a word for the name of a view.
    response = HttpResponseRedirect(goal)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=YEAR_SECONDS,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@cache_public_page()
def robots_txt(request: ShopRequest) -> HttpResponse:
    """What search engines should leave alone, and where the sitemap is."""
    private = ["/admin/", "/cart", "/checkout", "/language/", "/orders/", "/pay/", "/v1/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    lines.append(f"Sitemap: {request.store.origin}{reverse('catalog:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@cache_public_page()
def sitemap_xml(request: ShopRequest) -> HttpResponse:
    """Every page of the shop that a search engine may show."""
    pages = selectors.sitemap_urls(store=request.store)
    return render(
        request,
        "catalog/sitemap.xml",
        {"origin": request.store.origin, "pages": pages},
        content_type="application/xml",
    )
