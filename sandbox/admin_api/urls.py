from django.urls import path

from . import (
    customer_views,
    order_action_views,
    order_views,
    store_views,
    subscription_views,
    transaction_views,
    webhook_views,
)

SUBSCRIPTION = "subscriptions/<int:subscription_id>/"

urlpatterns = [
    path("orders/", order_views.Orders.as_view()),
    path("orders/<str:number>/", order_views.OrderDetail.as_view()),
    path("orders/<str:number>/add-line-items/", order_action_views.AddLineItems.as_view()),
    path("orders/<str:number>/cancel/", order_action_views.Cancel.as_view()),
    path("orders/<str:number>/refund/calculate/", order_action_views.CalculateRefund.as_view()),
    path("orders/<str:number>/refund/", order_action_views.Refund.as_view()),
    path("orders/<str:number>/notes/", order_action_views.Notes.as_view()),
    path("orders/<str:number>/fulfillments/", order_action_views.Fulfilments.as_view()),
    path("users/", customer_views.Users.as_view()),
    path("users/<int:user_id>/", customer_views.User.as_view()),
    path("users/<int:user_id>/orders/", customer_views.UserOrders.as_view()),
    path("transactions/", transaction_views.Transactions.as_view()),
    path("transactions/<int:transaction_id>/", transaction_views.TransactionDetail.as_view()),
    path("webhooks/", webhook_views.Webhooks.as_view()),
    path("webhooks/<int:webhook_id>/", webhook_views.WebhookDetail.as_view()),
    path("subscriptions/", subscription_views.Subscriptions.as_view()),
    path(SUBSCRIPTION, subscription_views.SubscriptionDetail.as_view()),
    path(f"{SUBSCRIPTION}cancel/", subscription_views.Cancel.as_view()),
    path(f"{SUBSCRIPTION}pause/", subscription_views.Pause.as_view()),
    path(f"{SUBSCRIPTION}resume/", subscription_views.Resume.as_view()),
    path(f"{SUBSCRIPTION}renew/", subscription_views.Renew.as_view()),
    path(f"{SUBSCRIPTION}retry/", subscription_views.Retry.as_view()),
    path(f"{SUBSCRIPTION}lines/", subscription_views.Lines.as_view()),
    path(f"{SUBSCRIPTION}lines/<int:line_id>/", subscription_views.Line.as_view()),
    path(f"{SUBSCRIPTION}transactions/", subscription_views.SubscriptionTransactions.as_view()),
    path("products/", store_views.Products.as_view()),
    path("products/<int:product_id>/", store_views.Product.as_view()),
    path("products/<int:product_id>/variants/", store_views.Variants.as_view()),
    path("shipping-methods/", store_views.ShippingMethods.as_view()),
    path("gateways/", store_views.Gateways.as_view()),
    path("gateway-groups/", store_views.GatewayGroups.as_view()),
    path("store/", store_views.StoreDetail.as_view()),
]
