"""Routes of the REST API under /v1; none ends with a slash (R1)."""

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from catalog.api.payment_link_views import PaymentLinkDetailView, PaymentLinkListView
from catalog.api.product_views import ProductDetailView, ProductListView
from catalog.api.selling_plan_group_views import SellingPlanGroupDetailView, SellingPlanGroupListView
from catalog.api.selling_plan_views import CalculatePlanPriceView, SellingPlanDetailView, SellingPlanListView
from checkout.api.invoice_payment_views import InvoicePaymentIntentView
from stores.api.errors import api_not_found_view
from stores.api.openapi import OpenApiDocumentView, api_docs_view
from stores.ids import PublicIdConverter

register_converter(PublicIdConverter, "api_id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/payment_links", PaymentLinkListView.as_view()),
    path("v1/payment_links/<api_id:link_id>", PaymentLinkDetailView.as_view()),
    path("v1/products", ProductListView.as_view()),
    path("v1/products/<api_id:product_id>", ProductDetailView.as_view()),
    path("v1/selling_plan_groups", SellingPlanGroupListView.as_view()),
    path("v1/selling_plan_groups/<api_id:group_id>", SellingPlanGroupDetailView.as_view()),
    path("v1/selling_plans", SellingPlanListView.as_view()),
    path("v1/selling_plans/calculate_price", CalculatePlanPriceView.as_view()),
    path("v1/selling_plans/<api_id:plan_id>", SellingPlanDetailView.as_view()),
    path("v1/openapi.json", OpenApiDocumentView.as_view(), name="openapi"),
    path("v1/docs", api_docs_view, name="api_docs"),
    path("v1/invoices/<api_id:invoice_id>/payment_intent", InvoicePaymentIntentView.as_view()),
    path("v1/", include("orders.api.urls")),
    path("v1/", include("subscriptions.api.urls")),
    # Catches every other path below /v1, even one that contains a line break.
    re_path(r"^v1(?:/(?P<path>(?s:.*)))?\Z", api_not_found_view),
]
