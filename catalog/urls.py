from django.urls import URLPattern, path, re_path

from catalog.views import payment_link, share_images, shop, site

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", shop.home, name="home"),
    path("products/<slug:slug>", shop.product, name="product"),
    path("link/<str:link_id>", payment_link.payment_link, name="payment_link"),
    path("link/<str:link_id>/visit", payment_link.visit, name="link_visit"),
    path("products/<slug:slug>/preview.jpg", share_images.product_preview, name="product_preview"),
    path("link/<str:link_id>/preview.jpg", share_images.link_preview, name="link_preview"),
    path("link/<str:link_id>/qr.svg", share_images.link_qr, {"kind": "svg"}, name="link_qr_svg"),
    path("link/<str:link_id>/qr.png", share_images.link_qr, {"kind": "png"}, name="link_qr_png"),
    path("robots.txt", site.robots, name="robots"),
    path("sitemap.xml", site.sitemap, name="sitemap"),
    re_path(r"^theme/(?P<colour>[0-9a-fA-F]{6})\.css$", site.accent, name="theme"),
    path("language/<str:code>", site.language, name="language"),
    # Last: an id in the root.
    re_path(r"^(?P<link_id>plink_[0-9A-Za-z]{1,34})$", payment_link.short_address, name="short_link"),
]
