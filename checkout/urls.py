from django.urls import URLPattern, path

from checkout import receiver

app_name = "checkout"
urlpatterns: list[URLPattern] = [
    path("pay/return/<str:token>", receiver.receive_return, name="return"),
]
