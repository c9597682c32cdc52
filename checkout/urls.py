from django.urls import URLPattern, path

from checkout.payments.receiver import receive_return
from checkout.payments.webhooks import receive_webhook
from checkout.views import cart, checkout, order_again, payment, token_link, upsell

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("webhooks/<slug:slug>/", receive_webhook, name="webhook"),
    path("pay/return/<str:token>", receive_return, name="return"),
    path("bag", cart.show, name="bag"),
    path("bag/add", cart.add, name="bag_add"),
    path("checkout", checkout.checkout, name="checkout"),
    path("link/<str:link_id>", token_link.open_link, name="open_link"),
    path("link/<str:link_id>/enter", token_link.enter, name="enter"),
    path("orders/<str:token>/offer", upsell.show, name="offer"),
    path("orders/<str:token>/offer/<str:attempt_id>", upsell.outcome, name="offer_outcome"),
    path("orders/<str:token>/offer/<str:attempt_id>/state", upsell.state, name="offer_state"),
    path("orders/<str:token>/offer/<str:attempt_id>/answer", upsell.answer, name="offer_answer"),
    path("orders/<str:token>/again", order_again.order_again, name="again"),
    path("pay/<str:token>", payment.show, name="payment"),
    path("pay/<str:token>/state", payment.state, name="payment_state"),
]
