from django.urls import URLPattern, path

from checkout.receiver import receive_return
from checkout.views import bag, checkout, payment, token
from checkout.webhooks import receive_webhook

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("bag", bag.show, name="bag"),
    path("bag/add", bag.add, name="bag_add"),
    path("checkout", checkout.checkout, name="checkout"),
    path("link/<str:link_id>", token.open_link, name="open_link"),
    path("link/<str:link_id>/enter", token.enter, name="enter"),
    path("pay/return/<str:token>", receive_return, name="return"),
    path("pay/<str:token>", payment.show, name="payment"),
    path("pay/<str:token>/state", payment.state, name="payment_state"),
    path("webhooks/<slug:slug>/", receive_webhook, name="webhook"),
]
