"""The shop's icons, and the manifest for phones that put the shop on their home screen."""

from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from catalog import site_icons
from stores.http import ShopRequest
from stores.page_cache import cache_public_page


@cache_public_page()
def favicon(request: ShopRequest) -> HttpResponse:
    """Return the icon for tabs and bookmarks."""
    return HttpResponse(site_icons.get_favicon(request.store), content_type="image/x-icon")


@cache_public_page()
def touch_icon(request: ShopRequest) -> HttpResponse:
    """Return the icon for home screens of iPhones."""
    return _render_png(request, site_icons.TOUCH_ICON_SIZE)


@cache_public_page()
def manifest_icon(request: ShopRequest, size: str) -> HttpResponse:
    """Return an icon of the manifest."""
    return _render_png(request, int(size))


@cache_public_page()
def web_manifest(request: ShopRequest) -> HttpResponse:
    """Return the shop's name, color, and icons for home screens."""
    store = request.store
    manifest = {
        "name": store.name,
        "short_name": store.name,
        "start_url": reverse("catalog:home"),
        "display": "browser",
        "background_color": "#ffffff",
        "theme_color": store.accent,
        "icons": [
            {
                "src": reverse("catalog:icon", args=[size]),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any",
            }
            for size in site_icons.MANIFEST_SIZES
        ],
    }
    return JsonResponse(manifest, content_type="application/manifest+json")


def _render_png(request: ShopRequest, size: int) -> HttpResponse:
    return HttpResponse(site_icons.get_icon_png(request.store, size=size), content_type="image/png")
