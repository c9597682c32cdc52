from django.urls import URLPattern, path

from orders.api import customers, orders

urlpatterns: list[URLPattern] = [
    path("orders", orders.Orders.as_view()),
    path("orders/<str:number>", orders.SingleOrder.as_view()),
    path("customers", customers.Customers.as_view()),
    path("customers/ephemeral_tokens", customers.EphemeralTokens.as_view()),
    path("customers/payment_methods", customers.PaymentMethods.as_view()),
    path("customers/<api_id:customer_id>", customers.SingleCustomer.as_view()),
]
