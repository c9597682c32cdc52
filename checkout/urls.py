"""URLs of carts, checkouts, payments, upsells, and webhooks."""

from django.urls import URLPattern, path

from checkout.payments.payment_return import receive_payment_return
from checkout.payments.webhooks import receive_webhook
from checkout.views import (
    cart,
    change_address,
    checkout,
    checkout_turn,
    discount_link,
    field_check,
    order_again,
    payment,
    restore_cart,
    shipping_costs,
    token_link,
    upsell,
)

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("webhooks/<slug:slug>/", receive_webhook, name="webhook"),
    path("pay/return/<str:token>", receive_payment_return, name="payment_return"),
    path("cart", cart.show_cart, name="cart"),
    path("cart/add", cart.add_to_cart, name="cart_add"),
    path("cart/restore/<str:token>", restore_cart.restore_cart, name="restore_cart"),
    path("shipping", shipping_costs.show_shipping_costs, name="shipping_costs"),
    path("cart/drawer", cart.show_cart_drawer, name="cart_drawer"),
    path("discount/<str:code>/", discount_link.use_discount_link, name="discount_link"),
    path("checkout", checkout.checkout_view, name="checkout"),
    path("checkout/field", field_check.check_field, name="check_field"),
    path("checkout/turn", checkout_turn.show_turn, name="turn"),
    path("checkout/turn/state", checkout_turn.get_turn_state, name="turn_state"),
    path("link/<str:link_id>/enter", token_link.redeem_link_token, name="redeem_token"),
    path("orders/<str:token>/upsell", upsell.show_upsell, name="upsell"),
    path("orders/<str:token>/upsell/<str:attempt_id>", upsell.show_upsell_outcome, name="upsell_outcome"),
    path("orders/<str:token>/upsell/<str:attempt_id>/state", upsell.get_upsell_state, name="upsell_state"),
    path("orders/<str:token>/upsell/<str:attempt_id>/answer", upsell.answer_upsell, name="upsell_answer"),
    path("orders/<str:token>/address", change_address.change_address, name="change_address"),
    path("orders/<str:token>/again", order_again.order_again, name="order_again"),
    path("pay/<str:token>", payment.show_payment, name="payment"),
    path("pay/<str:token>/state", payment.get_payment_state, name="payment_state"),
]
