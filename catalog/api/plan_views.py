"""`/v1/selling_plan_groups` and `/v1/selling_plans` (part 3 of the facts)."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.plan_answers import calculated, group_answer, plan_answer
from catalog.api.requests import (
    CalculatePriceBody,
    GroupBody,
    GroupListQuery,
    NewPlanBody,
    PlanChangeBody,
    PlanListQuery,
)
from catalog.api.shapes import (
    CalculatedPriceShape,
    SellingPlanGroupListShape,
    SellingPlanGroupShape,
    SellingPlanListShape,
    SellingPlanShape,
)
from catalog.models import SellingPlan, SellingPlanGroup, Variant
from catalog.plans import (
    GroupDraft,
    PlanDraft,
    create_group,
    create_plan,
    delete_group,
    delete_plan,
    find_group,
    find_plan,
    update_group,
    update_plan,
)
from stores.api.paging import cut_page
from stores.api.shapes import DeletedShape, described
from stores.api.views import ApiView
from stores.errors import NotFound, Problem


class SellingPlanGroups(ApiView):
    """All groups of the store."""

    @described(
        operation_id="listSellingPlanGroups",
        summary="List selling plan groups",
        query=GroupListQuery,
        answer=SellingPlanGroupListShape,
    )
    def get(self, request: Request) -> Response:
        """Newest first, with their plans."""
        query = self.read_query(GroupListQuery)
        groups = SellingPlanGroup.objects.filter(store=self.store, **_status(query))
        found = cut_page(
            groups.prefetch_related("selling_plans"), page=query["page"], page_size=query["page_size"]
        )
        answer: SellingPlanGroupListShape = {
            "data": [group_answer(group, merchant_id=self.store.slug) for group in found.rows],
            "total": found.total,
            "offset": query["page"] * query["page_size"],
            "limit": query["page_size"],
        }
        return Response(answer)

    @described(
        operation_id="createSellingPlanGroup",
        summary="Make a selling plan group",
        body=GroupBody,
        answer=SellingPlanGroupShape,
        errors=(400, 401, 413),
    )
    def post(self, request: Request) -> Response:
        """Plans and products are added to it afterwards."""
        group = create_group(store=self.store, draft=GroupDraft(**self.read_body(GroupBody)))
        return Response(group_answer(group, merchant_id=self.store.slug))


class OneSellingPlanGroup(ApiView):
    """One group of the store."""

    @described(
        operation_id="getSellingPlanGroup",
        summary="Get a selling plan group",
        answer=SellingPlanGroupShape,
        errors=(401, 404),
    )
    def get(self, request: Request, group_id: str) -> Response:
        """With its plans."""
        group = find_group(store=self.store, group_id=group_id)
        return Response(group_answer(group, merchant_id=self.store.slug))

    @described(
        operation_id="updateSellingPlanGroup",
        summary="Change a selling plan group",
        body=GroupBody,
        answer=SellingPlanGroupShape,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, group_id: str) -> Response:
        """As a whole; a disabled group offers nothing new."""
        draft = GroupDraft(**self.read_body(GroupBody))
        group = update_group(group=find_group(store=self.store, group_id=group_id), draft=draft)
        return Response(group_answer(group, merchant_id=self.store.slug))

    @described(
        operation_id="deleteSellingPlanGroup",
        summary="Delete a selling plan group",
        answer=DeletedShape,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, group_id: str) -> Response:
        """Only one without active plans that no product uses."""
        delete_group(group=find_group(store=self.store, group_id=group_id))
        gone: DeletedShape = {"id": group_id, "deleted": True}
        return Response(gone)


class SellingPlans(ApiView):
    """All plans of the store."""

    @described(
        operation_id="listSellingPlans",
        summary="List selling plans",
        query=PlanListQuery,
        answer=SellingPlanListShape,
    )
    def get(self, request: Request) -> Response:
        """The most important first."""
        query = self.read_query(PlanListQuery)
        plans: QuerySet[SellingPlan] = SellingPlan.objects.filter(group__store=self.store, **_status(query))
        if group := query.get("selling_plan_group_id"):
            plans = plans.filter(group_id=group)
        found = cut_page(plans, page=query["page"], page_size=query["page_size"])
        answer: SellingPlanListShape = {
            "data": [plan_answer(plan, merchant_id=self.store.slug) for plan in found.rows],
            "total": found.total,
            "offset": query["page"] * query["page_size"],
            "limit": query["page_size"],
        }
        return Response(answer)

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
        plan = create_plan(group=group, draft=_draft(body))
        return Response(plan_answer(plan, merchant_id=self.store.slug))


class OneSellingPlan(ApiView):
    """One plan of the store."""

    @described(
        operation_id="getSellingPlan",
        summary="Get a selling plan",
        answer=SellingPlanShape,
        errors=(401, 404),
    )
    def get(self, request: Request, plan_id: str) -> Response:
        """As it is sold now; running subscriptions may have been sold otherwise."""
        plan = find_plan(store=self.store, plan_id=plan_id)
        return Response(plan_answer(plan, merchant_id=self.store.slug))

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
        plan = find_plan(store=self.store, plan_id=plan_id)
        plan = update_plan(plan=plan, draft=_draft(body), version=body.get("version") or None)
        return Response(plan_answer(plan, merchant_id=self.store.slug))

    @described(
        operation_id="deleteSellingPlan",
        summary="Delete a selling plan",
        answer=DeletedShape,
        errors=(401, 404),
    )
    def delete(self, request: Request, plan_id: str) -> Response:
        """Running subscriptions keep what they were sold at."""
        delete_plan(plan=find_plan(store=self.store, plan_id=plan_id))
        gone: DeletedShape = {"id": plan_id, "deleted": True}
        return Response(gone)


class CalculatePrice(ApiView):
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
        plan = find_plan(store=self.store, plan_id=body["plan_id"])
        variant = Variant.objects.filter(product__store=self.store, pk=body["variant_id"])
        found = variant.select_related("product").first()
        if found is None:
            raise NotFound("Variant not found")
        currency = found.product.default_currency
        if body.get("currency", "") not in {"", currency}:
            raise Problem(f"This variant is sold in {currency}.", field="currency")
        base_price = body.get("base_price", found.price)
        return Response(calculated(plan=plan, base_price=base_price, currency=currency))


def _status(query: dict[str, Any]) -> dict[str, str]:
    return {"status": query["status"]} if query.get("status") else {}


def _draft(body: dict[str, Any]) -> PlanDraft:
    plain = {name: body[name] for name in PlanDraft.__dataclass_fields__ if name in body}
    return PlanDraft(**plain, **body["billing_policy"])
