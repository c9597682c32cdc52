"""`/v1/selling_plan_groups` (part 3 of the facts)."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.request_serializers import SellingPlanGroupBody, SellingPlanGroupListQuery
from catalog.api.response_types import SellingPlanGroupResponse
from catalog.api.selling_plan_serializers import serialize_selling_plan_group
from catalog.models import SellingPlanGroup
from catalog.selling_plans import (
    SellingPlanGroupDraft,
    create_selling_plan_group,
    delete_selling_plan_group,
    find_selling_plan_group,
    update_selling_plan_group,
)
from stores.api.base_views import StoreApiView
from stores.api.pagination import paginate_queryset
from stores.api.response_schemas import (
    DeletedResponse,
    ListResponse,
    describe_endpoint,
    serialize_deleted,
    serialize_list,
)


class BaseSellingPlanGroupView(StoreApiView):
    def get_group(self, group_id: str) -> SellingPlanGroup:
        return find_selling_plan_group(store=self.store, group_id=group_id)

    def group_response(self, group: SellingPlanGroup) -> Response:
        return Response(serialize_selling_plan_group(group, merchant_id=self.store.slug))


class SellingPlanGroupListView(BaseSellingPlanGroupView):
    """All groups of the store."""

    @describe_endpoint(
        operation_id="listSellingPlanGroups",
        summary="List selling plan groups",
        query=SellingPlanGroupListQuery,
        response=ListResponse[SellingPlanGroupResponse],
    )
    def get(self, request: Request) -> Response:
        """Newest first, with their plans."""
        query = self.read_query(SellingPlanGroupListQuery)
        page, size = query["page"], query["page_size"]
        groups = SellingPlanGroup.objects.filter(store=self.store).prefetch_related("selling_plans")
        if query.get("status"):
            groups = groups.filter(status=query["status"])
        serialize = partial(serialize_selling_plan_group, merchant_id=self.store.slug)
        found = paginate_queryset(groups, page=page, page_size=size)
        return Response(serialize_list(found, serialize, offset=page * size, limit=size))

    @describe_endpoint(
        operation_id="createSellingPlanGroup",
        summary="Make a selling plan group",
        body=SellingPlanGroupBody,
        response=SellingPlanGroupResponse,
        errors=(400, 401, 413),
    )
    def post(self, request: Request) -> Response:
        """Plans and products are added to it afterwards."""
        draft = SellingPlanGroupDraft(**self.read_body(SellingPlanGroupBody))
        return self.group_response(create_selling_plan_group(store=self.store, draft=draft))


class SellingPlanGroupDetailView(BaseSellingPlanGroupView):
    """One group of the store."""

    @describe_endpoint(
        operation_id="getSellingPlanGroup",
        summary="Get a selling plan group",
        response=SellingPlanGroupResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, group_id: str) -> Response:
        """With its plans."""
        return self.group_response(self.get_group(group_id))

    @describe_endpoint(
        operation_id="updateSellingPlanGroup",
        summary="Change a selling plan group",
        body=SellingPlanGroupBody,
        response=SellingPlanGroupResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, group_id: str) -> Response:
        """As a whole; a disabled group offers nothing new."""
        draft = SellingPlanGroupDraft(**self.read_body(SellingPlanGroupBody))
        return self.group_response(update_selling_plan_group(group=self.get_group(group_id), draft=draft))

    @describe_endpoint(
        operation_id="deleteSellingPlanGroup",
        summary="Delete a selling plan group",
        response=DeletedResponse,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, group_id: str) -> Response:
        """Only one without active plans that no product uses."""
        delete_selling_plan_group(group=self.get_group(group_id))
        return Response(serialize_deleted(group_id))
