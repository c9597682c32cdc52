from django.urls import URLPattern, path

from orders.views import status

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/<str:token>", status.show, name="status"),
    path("orders/<str:token>/thanks", status.thanks, name="thanks"),
]
