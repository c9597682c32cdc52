from django.urls import URLPattern, path

from orders.views import find_orders, order_status

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/find", find_orders.find, name="find"),
    path("orders/<str:token>", order_status.show, name="status"),
    path("orders/<str:token>/thanks", order_status.thanks, name="thanks"),
]
