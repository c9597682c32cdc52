from django.urls import URLPattern, path, re_path

from catalog.views import shop, site

app_name = "catalog"
urlpatterns: list[URLPattern] = [
    path("", shop.home, name="home"),
    re_path(r"^theme/(?P<colour>[0-9a-fA-F]{6})\.css$", site.accent, name="theme"),
    path("language/<str:code>", site.language, name="language"),
]
