"""All URLs: the Admin API, the shopper's pages, and the control API with its pages."""

from django.urls import include, path
from django.views.generic import RedirectView

from . import hosted_page

urlpatterns = [
    path("", RedirectView.as_view(url="/sandbox/")),
    path("api/admin/", include("sandbox.admin_api.urls")),
    path("link/<str:token>/", hosted_page.hosted_payment_page, name="payment-page"),
    path("order-status/<str:secret>/", hosted_page.hosted_order_status, name="order-status"),
    path("sandbox/", include("sandbox.control.urls")),
]
