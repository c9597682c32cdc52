"""`/v1/selling_plans`: list, create, read, update, delete, and price selling plans."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.request_serializers import (
    CalculatePlanPriceBody,
    CreateSellingPlanBody,
    SellingPlanListQuery,
    UpdateSellingPlanBody,
)
from catalog.api.selling_plan_serializers import (
    CalculatedPriceResponse,
    SellingPlanListResponse,
    SellingPlanResponse,
    build_calculated_price,
)
from catalog.models import SellingPlan, Variant
from catalog.selling_plans import (
    SellingPlanDraft,
    create_selling_plan,
    delete_selling_plan,
    find_selling_plan,
    find_selling_plan_group,
    update_selling_plan,
)
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.pagination import paginate_queryset
from stores.api.serializers import DeletedResponse
from stores.errors import Problem
from stores.lookups import get_or_not_found


class BaseSellingPlanView(StoreApiView):
    """Finds one plan of the store."""

    def get_plan(self, plan_id: str) -> SellingPlan:
        return find_selling_plan(store=self.store, plan_id=plan_id)


class SellingPlanListView(BaseSellingPlanView):
    """List and create selling plans."""

    @declare_endpoint(
        operation_id="listSellingPlans",
        summary="List selling plans",
        query=SellingPlanListQuery,
        response=SellingPlanListResponse,
    )
    def get(self, request: Request) -> Response:
        """Lowest `priority` first."""
        query = self.read_query()
        page, size = query["page"], query["page_size"]
        plans = SellingPlan.objects.filter(group__store=self.store).prefetch_related("pricing_policies")
        for name, column in (("status", "status"), ("selling_plan_group_id", "group")):
            if query.get(name):
                plans = plans.filter(**{column: query[name]})
        result = paginate_queryset(plans, page=page, page_size=size)
        return self.respond(
            {"data": result.rows, "total": result.total, "offset": page * size, "limit": size}
        )

    @declare_endpoint(
        operation_id="createSellingPlan",
        summary="Create a selling plan",
        body=CreateSellingPlanBody,
        response=SellingPlanResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """The plan is offered wherever its group is."""
        body = self.read_body()
        group = find_selling_plan_group(store=self.store, group_id=body.pop("selling_plan_group_id"))
        return self.respond(create_selling_plan(group=group, draft=_build_plan_draft(body)))


class SellingPlanDetailView(BaseSellingPlanView):
    """Read, update, and delete a selling plan."""

    @declare_endpoint(
        operation_id="getSellingPlan",
        summary="Get a selling plan",
        response=SellingPlanResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, plan_id: str) -> Response:
        """The plan's current terms. Existing subscriptions may have earlier ones."""
        return self.respond(self.get_plan(plan_id))

    @declare_endpoint(
        operation_id="updateSellingPlan",
        summary="Update a selling plan",
        body=UpdateSellingPlanBody,
        response=SellingPlanResponse,
        errors=(400, 401, 404, 409, 413),
    )
    def post(self, request: Request, plan_id: str) -> Response:
        """Replaces the whole plan. Existing subscriptions keep their terms."""
        body = self.read_body()
        version = body.get("version") or None
        plan = self.get_plan(plan_id)
        if body.get("trial_period_days"):
            # The official clients do not know this field, so leaving it out keeps the current price.
            body.setdefault("trial_price", plan.trial_price)
        return self.respond(update_selling_plan(plan=plan, draft=_build_plan_draft(body), version=version))

    @declare_endpoint(
        operation_id="deleteSellingPlan",
        summary="Delete a selling plan",
        response=DeletedResponse,
        errors=(401, 404),
    )
    def delete(self, request: Request, plan_id: str) -> Response:
        """Existing subscriptions keep their terms."""
        delete_selling_plan(plan=self.get_plan(plan_id))
        return self.respond(plan_id)


class CalculatePlanPriceView(BaseSellingPlanView):
    """Calculate the price of a variant on a plan."""

    @declare_endpoint(
        operation_id="calculateSellingPlanPrice",
        summary="Calculate the price of a selling plan",
        body=CalculatePlanPriceBody,
        response=CalculatedPriceResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """Returns the first charge, not counting a trial, and every pricing tier. Nothing is saved."""
        body = self.read_body()
        plan = self.get_plan(body["plan_id"])
        variants = Variant.objects.filter(product__store=self.store).select_related("product")
        variant = get_or_not_found(variants, "Variant not found", pk=body["variant_id"])
        currency = variant.product.default_currency
        if body.get("currency", "") not in {"", currency}:
            raise Problem(f"This variant is sold in {currency}.", field="currency")
        base_price = body.get("base_price", variant.price)
        return self.respond(build_calculated_price(plan=plan, base_price=base_price, currency=currency))


def _build_plan_draft(body: dict[str, Any]) -> SellingPlanDraft:
    values = {name: body[name] for name in SellingPlanDraft.__dataclass_fields__ if name in body}
    return SellingPlanDraft(**values, **body["billing_policy"])
