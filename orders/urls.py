"""URLs of the shop pages about orders."""

from django.urls import URLPattern, path

from orders.views import confirm_marketing, find_orders, order_status, withdraw

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/find", find_orders.find_orders, name="find"),
    path("orders/news/<str:token>", confirm_marketing.show_marketing_confirmation, name="confirm_marketing"),
    path("orders/<str:token>", order_status.show_order_status, name="status"),
    path("orders/<str:token>/thanks", order_status.show_thank_you, name="thanks"),
    path("orders/<str:token>/withdraw", withdraw.withdraw, name="withdraw-order"),
    path("withdraw", withdraw.withdraw, name="withdraw"),
    path("withdraw/received/<str:token>", withdraw.show_receipt, name="withdrawal-received"),
]
