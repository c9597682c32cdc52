from django.urls import URLPattern, path

from orders.views import find, status

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/find", find.find, name="find"),
    path("orders/<str:token>", status.show, name="status"),
    path("orders/<str:token>/thanks", status.thanks, name="thanks"),
]
