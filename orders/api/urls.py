"""URLs of the orders and customers API."""

from django.urls import URLPattern, path

from orders.api import customer_views, order_views

urlpatterns: list[URLPattern] = [
    path("orders", order_views.OrderListView.as_view()),
    path("orders/<str:number>", order_views.OrderDetailView.as_view()),
    path("customers", customer_views.CustomerListView.as_view()),
    path("customers/ephemeral_tokens", customer_views.CreateEphemeralTokenView.as_view()),
    path("customers/payment_methods", customer_views.PaymentMethodListView.as_view()),
    path("customers/<api_id:customer_id>", customer_views.CustomerDetailView.as_view()),
]
