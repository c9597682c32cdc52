from django.urls import path

from . import order_actions, orders, people, settings_views, subscriptions, transactions, webhooks

SUBSCRIPTION = "subscriptions/<int:subscription_id>/"

urlpatterns = [
    path("orders/", orders.Orders.as_view()),
    path("orders/<str:number>/", orders.OrderDetail.as_view()),
    path("orders/<str:number>/add-line-items/", order_actions.AddLineItems.as_view()),
    path("orders/<str:number>/cancel/", order_actions.Cancel.as_view()),
    path("orders/<str:number>/refund/calculate/", order_actions.CalculateRefund.as_view()),
    path("orders/<str:number>/refund/", order_actions.Refund.as_view()),
    path("orders/<str:number>/notes/", order_actions.Notes.as_view()),
    path("orders/<str:number>/fulfillments/", order_actions.Fulfilments.as_view()),
    path("users/", people.Users.as_view()),
    path("users/<int:user_id>/", people.User.as_view()),
    path("users/<int:user_id>/orders/", people.UserOrders.as_view()),
    path("transactions/", transactions.Transactions.as_view()),
    path("transactions/<int:transaction_id>/", transactions.TransactionDetail.as_view()),
    path("webhooks/", webhooks.Webhooks.as_view()),
    path("webhooks/<int:webhook_id>/", webhooks.WebhookDetail.as_view()),
    path("subscriptions/", subscriptions.Subscriptions.as_view()),
    path(SUBSCRIPTION, subscriptions.SubscriptionDetail.as_view()),
    path(f"{SUBSCRIPTION}cancel/", subscriptions.Cancel.as_view()),
    path(f"{SUBSCRIPTION}pause/", subscriptions.Pause.as_view()),
    path(f"{SUBSCRIPTION}resume/", subscriptions.Resume.as_view()),
    path(f"{SUBSCRIPTION}renew/", subscriptions.Renew.as_view()),
    path(f"{SUBSCRIPTION}retry/", subscriptions.Retry.as_view()),
    path(f"{SUBSCRIPTION}lines/", subscriptions.Lines.as_view()),
    path(f"{SUBSCRIPTION}lines/<int:line_id>/", subscriptions.Line.as_view()),
    path(f"{SUBSCRIPTION}transactions/", subscriptions.SubscriptionTransactions.as_view()),
    path("products/", settings_views.Products.as_view()),
    path("products/<int:product_id>/", settings_views.Product.as_view()),
    path("products/<int:product_id>/variants/", settings_views.Variants.as_view()),
    path("shipping-methods/", settings_views.ShippingMethods.as_view()),
    path("gateways/", settings_views.Gateways.as_view()),
    path("gateway-groups/", settings_views.GatewayGroups.as_view()),
    path("store/", settings_views.StoreDetail.as_view()),
]
