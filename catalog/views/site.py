"""Site-wide views: accent stylesheet, language choice, robots.txt, and sitemap."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import product_lists, theme
from catalog.category_tree import load_category_tree
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.languages import is_offered_language, redirect_in_language
from stores.page_cache import cache_public_page

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_safe
def accent_stylesheet(request: HttpRequest, color: str) -> HttpResponse:
    """Return the stylesheet of one accent color. The color is in the URL, so it can be cached forever."""
    response = HttpResponse(
        theme.build_accent_css(theme.parse_color(color)), content_type="text/css; charset=utf-8"
    )
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


@require_safe
def set_language(request: HttpRequest, code: str) -> HttpResponse:
    """Store the language in a cookie and redirect to `next`, if it is on this host.

    This is a GET because public pages have no CSRF token, and it changes only the display language.
    """
    if not is_offered_language(code):
        raise Http404
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    # Not `redirect`, which would try to resolve a plain word as a view name.
    return redirect_in_language(HttpResponseRedirect(target), code)


@cache_public_page()
def robots_txt(request: ShopRequest) -> HttpResponse:
    """Tell crawlers which paths are private and where the sitemap is."""
    private = ["/admin/", "/cart", "/checkout", "/discount/", "/language/", "/orders/", "/pay/", "/v1/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    lines.append(f"Sitemap: {request.store.origin}{reverse('catalog:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@cache_public_page()
def accessibility_page(request: ShopRequest) -> HttpResponse:
    """Show the store's statement on accessibility (Directive (EU) 2019/882, Annex V). Raises NotFound."""
    if not request.store.accessibility_statement:
        raise NotFound(_("This shop has no accessibility statement."))
    return render(request, "catalog/accessibility.html")


@cache_public_page()
def sitemap_xml(request: ShopRequest) -> HttpResponse:
    """List every page that search engines may show."""
    pages = product_lists.sitemap_urls(store=request.store)
    categories = load_category_tree(request.store).list_shown()
    return render(
        request,
        "catalog/sitemap.xml",
        {"origin": request.store.origin, "pages": pages, "categories": categories},
        content_type="application/xml",
    )


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that nothing has.

    Django's own view checks the form token, and so fails at a body that can't be read.
    """
    return render(request, "404.html", status=404)
