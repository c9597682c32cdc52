"""The REST API under /v1; no address ends with a slash (R1)."""

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from catalog.api.payment_link_views import OnePaymentLink, PaymentLinks
from catalog.api.product_views import OneProduct, Products
from catalog.api.selling_plan_group_views import OneSellingPlanGroup, SellingPlanGroups
from catalog.api.selling_plan_views import CalculatePrice, OneSellingPlan, SellingPlans
from checkout.api.invoice_payment import InvoicePayment
from stores.api.converters import IdConverter
from stores.api.errors import unknown_address
from stores.api.openapi import OpenApiDocument, docs

register_converter(IdConverter, "api_id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/payment_links", PaymentLinks.as_view()),
    path("v1/payment_links/<api_id:link_id>", OnePaymentLink.as_view()),
    path("v1/products", Products.as_view()),
    path("v1/products/<api_id:product_id>", OneProduct.as_view()),
    path("v1/selling_plan_groups", SellingPlanGroups.as_view()),
    path("v1/selling_plan_groups/<api_id:group_id>", OneSellingPlanGroup.as_view()),
    path("v1/selling_plans", SellingPlans.as_view()),
    path("v1/selling_plans/calculate_price", CalculatePrice.as_view()),
    path("v1/selling_plans/<api_id:plan_id>", OneSellingPlan.as_view()),
    path("v1/openapi.json", OpenApiDocument.as_view(), name="openapi"),
    path("v1/docs", docs, name="api_docs"),
    path("v1/invoices/<api_id:invoice_id>/payment_intent", InvoicePayment.as_view()),
    path("v1/", include("orders.api.urls")),
    path("v1/", include("subscriptions.api.urls")),
    # Last; a line break in an address is no way around it.
    re_path(r"^v1(?:/(?P<path>(?s:.*)))?\Z", unknown_address),
]
