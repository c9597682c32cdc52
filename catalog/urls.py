"""Storefront URLs of the catalog."""

from django.urls import URLPattern, path, re_path

from catalog.views import payment_link, share_images, shop, site, site_icons

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", shop.home_page, name="home"),
    path("products/<slug:slug>", shop.show_product, name="product"),
    path("link/<str:link_id>", payment_link.show_payment_link, name="payment_link"),
    path("link/<str:link_id>/visit", payment_link.record_link_visit, name="link_visit"),
    path("products/<slug:slug>/preview.jpg", share_images.product_share_image, name="product_share_image"),
    path("link/<str:link_id>/preview.jpg", share_images.link_share_image, name="link_share_image"),
    path("link/<str:link_id>/qr.svg", share_images.link_qr_code, {"kind": "svg"}, name="link_qr_svg"),
    path("link/<str:link_id>/qr.png", share_images.link_qr_code, {"kind": "png"}, name="link_qr_png"),
    path("preview.jpg", share_images.shop_share_image, name="shop_share_image"),
    path("favicon.ico", site_icons.favicon, name="favicon"),
    path("apple-touch-icon.png", site_icons.touch_icon, name="touch_icon"),
    re_path(r"^icon-(?P<size>192|512)\.png$", site_icons.manifest_icon, name="icon"),
    path("site.webmanifest", site_icons.web_manifest, name="manifest"),
    path("robots.txt", site.robots_txt, name="robots"),
    path("accessibility", site.accessibility_page, name="accessibility"),
    path("sitemap.xml", site.sitemap_xml, name="sitemap"),
    re_path(r"^theme/(?P<color>[0-9a-fA-F]{6})\.css$", site.accent_stylesheet, name="theme"),
    path("language/<str:code>", site.set_language, name="language"),
    # Matches at the root, so it comes last.
    re_path(
        r"^(?P<link_id>(?i:plink)_[0-9A-Za-z]{1,34})$", payment_link.redirect_short_link, name="short_link"
    ),
]
