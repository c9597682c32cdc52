"""Routes of `/v1/payment_links`, `/v1/products`, and selling plans."""

from django.urls import URLPattern, path

from catalog.api.payment_link_views import PaymentLinkDetailView, PaymentLinkListView
from catalog.api.product_views import ProductDetailView, ProductListView
from catalog.api.selling_plan_group_views import SellingPlanGroupDetailView, SellingPlanGroupListView
from catalog.api.selling_plan_views import CalculatePlanPriceView, SellingPlanDetailView, SellingPlanListView

urlpatterns: list[URLPattern] = [
    path("payment_links", PaymentLinkListView.as_view()),
    path("payment_links/<api_id:link_id>", PaymentLinkDetailView.as_view()),
    path("products", ProductListView.as_view()),
    path("products/<api_id:product_id>", ProductDetailView.as_view()),
    path("selling_plan_groups", SellingPlanGroupListView.as_view()),
    path("selling_plan_groups/<api_id:group_id>", SellingPlanGroupDetailView.as_view()),
    path("selling_plans", SellingPlanListView.as_view()),
    path("selling_plans/calculate_price", CalculatePlanPriceView.as_view()),
    path("selling_plans/<api_id:plan_id>", SellingPlanDetailView.as_view()),
]
