"""All URLs of the shop, by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from config.media import serve_media

handler404 = "catalog.views.site.show_not_found"

urlpatterns: list[URLPattern | URLResolver] = [
    # First, because URL patterns are tried in order and the payment views are the busiest.
    path("", include("checkout.urls")),
    path("admin/two-factor/passkey/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("config.api_urls")),
    path("", include("orders.urls")),
    path("", include("subscriptions.urls")),
]
if settings.SERVE_MEDIA:
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", serve_media))
# Last: a bare `/plink_…` is a payment link too.
urlpatterns.append(path("", include("catalog.urls")))
