"""All URLs of the shop, by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve

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
    urlpatterns.append(re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}))
# Last: a bare `/plink_…` is a payment link too.
urlpatterns.append(path("", include("catalog.urls")))
