from django.urls import URLPattern, path

from orders.api import customer_views, order_views

urlpatterns: list[URLPattern] = [
    path("orders", order_views.Orders.as_view()),
    path("orders/<str:number>", order_views.SingleOrder.as_view()),
    path("customers", customer_views.Customers.as_view()),
    path("customers/ephemeral_tokens", customer_views.EphemeralTokens.as_view()),
    path("customers/payment_methods", customer_views.PaymentMethods.as_view()),
    path("customers/<api_id:customer_id>", customer_views.SingleCustomer.as_view()),
]
