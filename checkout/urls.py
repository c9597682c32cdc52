from django.urls import URLPattern, path

from checkout.receiver import receive_return
from checkout.views import again, bag, checkout, offer, payment, token
from checkout.webhooks import receive_webhook

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("webhooks/<slug:slug>/", receive_webhook, name="webhook"),
    path("pay/return/<str:token>", receive_return, name="return"),
    path("bag", bag.show, name="bag"),
    path("bag/add", bag.add, name="bag_add"),
    path("checkout", checkout.checkout, name="checkout"),
    path("link/<str:link_id>", token.open_link, name="open_link"),
    path("link/<str:link_id>/enter", token.enter, name="enter"),
    path("orders/<str:token>/offer", offer.show, name="offer"),
    path("orders/<str:token>/offer/<str:attempt_id>", offer.outcome, name="offer_outcome"),
    path("orders/<str:token>/offer/<str:attempt_id>/state", offer.state, name="offer_state"),
    path("orders/<str:token>/offer/<str:attempt_id>/answer", offer.answer, name="offer_answer"),
    path("orders/<str:token>/again", again.order_again, name="again"),
    path("pay/<str:token>", payment.show, name="payment"),
    path("pay/<str:token>/state", payment.state, name="payment_state"),
]
