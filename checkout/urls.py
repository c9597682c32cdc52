from django.urls import URLPattern, path

from checkout.receiver import receive_return
from checkout.views import bag, checkout, payment
from checkout.webhooks import receive_webhook

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("bag", bag.show, name="bag"),
    path("bag/add", bag.add, name="bag_add"),
    path("checkout", checkout.checkout, name="checkout"),
    path("pay/return/<str:token>", receive_return, name="return"),
    path("pay/<str:token>", payment.show, name="payment"),
    path("pay/<str:token>/state", payment.state, name="payment_state"),
    path("webhooks/<slug:slug>/", receive_webhook, name="webhook"),
]
