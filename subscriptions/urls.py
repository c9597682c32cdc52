from django.urls import URLPattern, path

from subscriptions.views import plan_change, subscription

app_name = "subscriptions"
urlpatterns: list[URLPattern] = [
    path("subscriptions/<str:token>", subscription.show, name="subscription"),
    path("subscriptions/<str:token>/change", plan_change.show, name="subscription_change"),
    path("subscriptions/<str:token>/act", subscription.act, name="subscription_act"),
]
