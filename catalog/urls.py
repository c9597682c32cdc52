from django.urls import URLPattern, path, re_path

from catalog.views import link, pictures, shop, site

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", shop.home, name="home"),
    path("products/<slug:slug>", shop.product, name="product"),
    path("link/<str:link_id>", link.payment_link, name="payment_link"),
    path("link/<str:link_id>/visit", link.visit, name="link_visit"),
    path("products/<slug:slug>/preview.jpg", pictures.product_preview, name="product_preview"),
    path("link/<str:link_id>/preview.jpg", pictures.link_preview, name="link_preview"),
    path("link/<str:link_id>/qr.svg", pictures.link_qr, {"kind": "svg"}, name="link_qr_svg"),
    path("link/<str:link_id>/qr.png", pictures.link_qr, {"kind": "png"}, name="link_qr_png"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", site.sitemap, name="sitemap"),
    re_path(r"^theme/(?P<colour>[0-9a-fA-F]{6})\.css$", site.accent, name="theme"),
    path("language/<str:code>", site.language, name="language"),
    # Last: an id in the root.
    re_path(r"^(?P<link_id>plink_[0-9A-Za-z]{1,34})$", link.short_address, name="short_link"),
]
