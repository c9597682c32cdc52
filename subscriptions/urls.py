from django.urls import URLPattern, path

from subscriptions.views import cancel_contract, plan_change, subscription

app_name = "subscriptions"
urlpatterns: list[URLPattern] = [
    path("subscriptions/<str:token>", subscription.show_subscription, name="subscription"),
    path("subscriptions/<str:token>/change", plan_change.show_plan_change, name="subscription_change"),
    path("subscriptions/<str:token>/act", subscription.submit_subscription_action, name="subscription_act"),
    path(
        "subscriptions/<str:token>/cancel-contract",
        cancel_contract.cancel_contract,
        name="cancel_subscription",
    ),
    path("cancel-contract", cancel_contract.cancel_contract, name="cancel_contract"),
    path("cancel-contract/received/<str:token>", cancel_contract.show_receipt, name="cancellation_received"),
]
