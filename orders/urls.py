from django.urls import URLPattern, path

from orders.views import find, status, subscription, subscription_change

app_name = "orders"
urlpatterns: list[URLPattern] = [
    path("orders/find", find.find, name="find"),
    path("orders/<str:token>", status.show, name="status"),
    path("orders/<str:token>/thanks", status.thanks, name="thanks"),
    path("subscriptions/<str:token>", subscription.show, name="subscription"),
    path("subscriptions/<str:token>/change", subscription_change.show, name="subscription_change"),
    path("subscriptions/<str:token>/act", subscription.act, name="subscription_act"),
]
