"""URLs of the shop pages about orders."""

from django.urls import URLPattern, path

from orders.views import find_orders, order_status

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/find", find_orders.find_orders, name="find"),
    path("orders/<str:token>", order_status.show_order_status, name="status"),
    path("orders/<str:token>/thanks", order_status.show_thank_you, name="thanks"),
]
