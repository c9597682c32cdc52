"""`/v1/selling_plans` (part 3 of the facts)."""

from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.request_serializers import CalculatePriceBody, NewPlanBody, PlanChangeBody, PlanListQuery
from catalog.api.response_types import CalculatedPriceShape, SellingPlanShape
from catalog.api.selling_plan_serializers import calculated, plan_answer
from catalog.models import SellingPlan, Variant
from catalog.selling_plans import PlanDraft, create_plan, delete_plan, find_group, find_plan, update_plan
from stores.api.base_views import ApiView
from stores.api.pagination import cut_page
from stores.api.response_schemas import DeletedShape, ListShape, deleted_shape, described, list_shape
from stores.errors import NotFound, Problem


class PlanView(ApiView):
    def one(self, plan_id: str) -> SellingPlan:
        return find_plan(store=self.store, plan_id=plan_id)

    def shown(self, plan: SellingPlan) -> Response:
        return Response(plan_answer(plan, merchant_id=self.store.slug))


class SellingPlans(PlanView):
    """All plans of the store."""

    @described(
        operation_id="listSellingPlans",
        summary="List selling plans",
        query=PlanListQuery,
        answer=ListShape[SellingPlanShape],
    )
    def get(self, request: Request) -> Response:
        """The most important first."""
        query = self.read_query(PlanListQuery)
        page, size = query["page"], query["page_size"]
        plans = SellingPlan.objects.filter(group__store=self.store)
        for name, column in (("status", "status"), ("selling_plan_group_id", "group")):
            if query.get(name):
                plans = plans.filter(**{column: query[name]})
        shape = partial(plan_answer, merchant_id=self.store.slug)
        found = cut_page(plans, page=page, page_size=size)
        return Response(list_shape(found, shape, offset=page * size, limit=size))

    @described(
        operation_id="createSellingPlan",
        summary="Make a selling plan",
        body=NewPlanBody,
        answer=SellingPlanShape,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """In a group; it is offered wherever the group is."""
        body = self.read_body(NewPlanBody)
        group = find_group(store=self.store, group_id=body.pop("selling_plan_group_id"))
        return self.shown(create_plan(group=group, draft=_draft(body)))


class OneSellingPlan(PlanView):
    """One plan of the store."""

    @described(
        operation_id="getSellingPlan",
        summary="Get a selling plan",
        answer=SellingPlanShape,
        errors=(401, 404),
    )
    def get(self, request: Request, plan_id: str) -> Response:
        """As it is sold now; running subscriptions may have been sold otherwise."""
        return self.shown(self.one(plan_id))

    @described(
        operation_id="updateSellingPlan",
        summary="Change a selling plan",
        body=PlanChangeBody,
        answer=SellingPlanShape,
        errors=(400, 401, 404, 409, 413),
    )
    def post(self, request: Request, plan_id: str) -> Response:
        """As a whole; running subscriptions keep what they were sold at."""
        body = self.read_body(PlanChangeBody)
        version = body.get("version") or None
        plan = self.one(plan_id)
        if body.get("trial_period_days"):
            # Clients of the guide do not know it: left out, it stays as it was.
            body.setdefault("trial_price", plan.trial_price)
        return self.shown(update_plan(plan=plan, draft=_draft(body), version=version))

    @described(
        operation_id="deleteSellingPlan",
        summary="Delete a selling plan",
        answer=DeletedShape,
        errors=(401, 404),
    )
    def delete(self, request: Request, plan_id: str) -> Response:
        """Running subscriptions keep what they were sold at."""
        delete_plan(plan=self.one(plan_id))
        return Response(deleted_shape(plan_id))


class CalculatePrice(PlanView):
    """What a variant costs by a plan."""

    @described(
        operation_id="calculateSellingPlanPrice",
        summary="Calculate a price by a selling plan",
        body=CalculatePriceBody,
        answer=CalculatedPriceShape,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """The first charge, a trial apart, and every tier. It changes nothing."""
        body = self.read_body(CalculatePriceBody)
        plan = self.one(body["plan_id"])
        variant = Variant.objects.filter(product__store=self.store, pk=body["variant_id"])
        found = variant.select_related("product").first()
        if found is None:
            raise NotFound("Variant not found")
        currency = found.product.default_currency
        if body.get("currency", "") not in {"", currency}:
            raise Problem(f"This variant is sold in {currency}.", field="currency")
        base_price = body.get("base_price", found.price)
        return Response(calculated(plan=plan, base_price=base_price, currency=currency))


def _draft(body: dict[str, Any]) -> PlanDraft:
    plain = {name: body[name] for name in PlanDraft.__dataclass_fields__ if name in body}
    return PlanDraft(**plain, **body["billing_policy"])
