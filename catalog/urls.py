from django.urls import URLPattern, path, re_path

from catalog.views import link, shop, site

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", shop.home, name="home"),
    path("products/<slug:slug>", shop.product, name="product"),
    path("link/<str:link_id>", link.payment_link, name="payment_link"),
    re_path(r"^theme/(?P<colour>[0-9a-fA-F]{6})\.css$", site.accent, name="theme"),
    path("language/<str:code>", site.language, name="language"),
    # Last: an id in the root.
    re_path(r"^(?P<link_id>plink_[0-9A-Za-z]{1,34})$", link.short_address, name="short_link"),
]
