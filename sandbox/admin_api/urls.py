"""URLs of the Admin API."""

from django.urls import path

from . import (
    cart_views,
    catalog_views,
    customer_views,
    order_action_views,
    order_views,
    subscription_views,
    transaction_views,
    webhook_views,
)

SUBSCRIPTION_PATH = "subscriptions/<int:subscription_id>/"

urlpatterns = [
    path("orders/", order_views.AdminApiOrderListView.as_view()),
    path("orders/<str:number>/", order_views.AdminApiOrderDetailView.as_view()),
    path("orders/<str:number>/add-line-items/", order_action_views.AdminApiAddLineItemsView.as_view()),
    path("orders/<str:number>/cancel/", order_action_views.AdminApiCancelOrderView.as_view()),
    path("orders/<str:number>/refund/calculate/", order_action_views.AdminApiCalculateRefundView.as_view()),
    path("orders/<str:number>/refund/", order_action_views.AdminApiRefundOrderView.as_view()),
    path("orders/<str:number>/notes/", order_action_views.AdminApiOrderNoteListView.as_view()),
    path("orders/<str:number>/fulfillments/", order_action_views.AdminApiFulfillmentListView.as_view()),
    path("carts/", cart_views.AdminApiCartListView.as_view()),
    path("carts/<int:cart_id>/", cart_views.AdminApiCartDetailView.as_view()),
    path("users/", customer_views.AdminApiUserListView.as_view()),
    path("users/<int:user_id>/", customer_views.AdminApiUserDetailView.as_view()),
    path("users/<int:user_id>/orders/", customer_views.AdminApiUserOrderListView.as_view()),
    path("transactions/", transaction_views.AdminApiTransactionListView.as_view()),
    path("transactions/<int:transaction_id>/", transaction_views.AdminApiTransactionDetailView.as_view()),
    path("webhooks/", webhook_views.AdminApiWebhookListView.as_view()),
    path("webhooks/<int:webhook_id>/", webhook_views.AdminApiWebhookDetailView.as_view()),
    path("subscriptions/", subscription_views.AdminApiSubscriptionListView.as_view()),
    path(SUBSCRIPTION_PATH, subscription_views.AdminApiSubscriptionDetailView.as_view()),
    path(f"{SUBSCRIPTION_PATH}cancel/", subscription_views.AdminApiCancelSubscriptionView.as_view()),
    path(f"{SUBSCRIPTION_PATH}pause/", subscription_views.AdminApiPauseSubscriptionView.as_view()),
    path(f"{SUBSCRIPTION_PATH}resume/", subscription_views.AdminApiResumeSubscriptionView.as_view()),
    path(f"{SUBSCRIPTION_PATH}renew/", subscription_views.AdminApiRenewSubscriptionView.as_view()),
    path(f"{SUBSCRIPTION_PATH}retry/", subscription_views.AdminApiRetrySubscriptionView.as_view()),
    path(f"{SUBSCRIPTION_PATH}lines/", subscription_views.AdminApiSubscriptionLineListView.as_view()),
    path(
        f"{SUBSCRIPTION_PATH}lines/<int:line_id>/",
        subscription_views.AdminApiSubscriptionLineDetailView.as_view(),
    ),
    path(
        f"{SUBSCRIPTION_PATH}transactions/",
        subscription_views.AdminApiSubscriptionTransactionListView.as_view(),
    ),
    path("products/", catalog_views.AdminApiProductListView.as_view()),
    path("products/<int:product_id>/", catalog_views.AdminApiProductDetailView.as_view()),
    path("products/<int:product_id>/variants/", catalog_views.AdminApiVariantListView.as_view()),
    path("categories/", catalog_views.AdminApiCategoryListView.as_view()),
    path("shipping-methods/", catalog_views.AdminApiShippingMethodListView.as_view()),
    path("gateways/", catalog_views.AdminApiGatewayListView.as_view()),
    path("gateway-groups/", catalog_views.AdminApiGatewayGroupListView.as_view()),
    path("store/", catalog_views.AdminApiStoreDetailView.as_view()),
]
