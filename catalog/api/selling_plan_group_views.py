"""`/v1/selling_plan_groups`: list, create, read, update, and delete selling plan groups."""

from django.db.models import prefetch_related_objects
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.prefetching import GROUP_DETAILS
from catalog.api.request_serializers import SellingPlanGroupBody, SellingPlanGroupListQuery
from catalog.api.selling_plan_serializers import SellingPlanGroupListResponse, SellingPlanGroupResponse
from catalog.models import SellingPlanGroup
from catalog.selling_plans import (
    SellingPlanGroupDraft,
    create_selling_plan_group,
    delete_selling_plan_group,
    find_selling_plan_group,
    update_selling_plan_group,
)
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.pagination import paginate_queryset
from stores.api.serializers import DeletedResponse


class BaseSellingPlanGroupView(StoreApiView):
    """Finds one group of the store."""

    def get_group(self, group_id: str) -> SellingPlanGroup:
        return find_selling_plan_group(store=self.store, group_id=group_id)

    def respond_with_group(self, group: SellingPlanGroup) -> Response:
        prefetch_related_objects([group], *GROUP_DETAILS)
        return self.respond(group)


class SellingPlanGroupListView(BaseSellingPlanGroupView):
    """List and create selling plan groups."""

    @declare_endpoint(
        operation_id="listSellingPlanGroups",
        summary="List selling plan groups",
        query=SellingPlanGroupListQuery,
        response=SellingPlanGroupListResponse,
    )
    def get(self, request: Request) -> Response:
        """Newest first, with their plans."""
        query = self.read_query()
        page, size = query["page"], query["page_size"]
        groups = SellingPlanGroup.objects.filter(store=self.store).prefetch_related(*GROUP_DETAILS)
        if query.get("status"):
            groups = groups.filter(status=query["status"])
        result = paginate_queryset(groups, page=page, page_size=size)
        return self.respond(
            {"data": result.rows, "total": result.total, "offset": page * size, "limit": size}
        )

    @declare_endpoint(
        operation_id="createSellingPlanGroup",
        summary="Create a selling plan group",
        body=SellingPlanGroupBody,
        response=SellingPlanGroupResponse,
        errors=(400, 401, 413),
    )
    def post(self, request: Request) -> Response:
        """Add plans and products to the group afterward."""
        draft = SellingPlanGroupDraft(**self.read_body())
        return self.respond_with_group(create_selling_plan_group(store=self.store, draft=draft))


class SellingPlanGroupDetailView(BaseSellingPlanGroupView):
    """Read, update, and delete a selling plan group."""

    @declare_endpoint(
        operation_id="getSellingPlanGroup",
        summary="Get a selling plan group",
        response=SellingPlanGroupResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, group_id: str) -> Response:
        """Includes the group's plans."""
        return self.respond_with_group(self.get_group(group_id))

    @declare_endpoint(
        operation_id="updateSellingPlanGroup",
        summary="Update a selling plan group",
        body=SellingPlanGroupBody,
        response=SellingPlanGroupResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, group_id: str) -> Response:
        """Replaces the whole group. A disabled group takes no new subscribers."""
        draft = SellingPlanGroupDraft(**self.read_body())
        return self.respond_with_group(update_selling_plan_group(group=self.get_group(group_id), draft=draft))

    @declare_endpoint(
        operation_id="deleteSellingPlanGroup",
        summary="Delete a selling plan group",
        response=DeletedResponse,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, group_id: str) -> Response:
        """The group must have no active plans and not be on a product."""
        delete_selling_plan_group(group=self.get_group(group_id))
        return self.respond(group_id)
