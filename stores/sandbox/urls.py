from django.urls import include, path
from django.views.generic import RedirectView

from . import hosted

urlpatterns = [
    path("", RedirectView.as_view(url="/sandbox/")),
    path("api/admin/", include("stores.sandbox.admin.urls")),
    path("link/<str:token>/", hosted.payment_page, name="payment-page"),
    path("order-status/<str:secret>/", hosted.order_status, name="order-status"),
    path("sandbox/", include("stores.sandbox.control.urls")),
]
