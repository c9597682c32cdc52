"""`/v1/selling_plan_groups` (part 3 of the facts)."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.request_serializers import GroupBody, GroupListQuery
from catalog.api.response_types import SellingPlanGroupShape
from catalog.api.selling_plan_serializers import group_answer
from catalog.models import SellingPlanGroup
from catalog.selling_plans import GroupDraft, create_group, delete_group, find_group, update_group
from stores.api.base_views import ApiView
from stores.api.pagination import cut_page
from stores.api.response_schemas import DeletedShape, ListShape, deleted_shape, described, list_shape


class GroupView(ApiView):
    def one(self, group_id: str) -> SellingPlanGroup:
        return find_group(store=self.store, group_id=group_id)

    def shown(self, group: SellingPlanGroup) -> Response:
        return Response(group_answer(group, merchant_id=self.store.slug))


class SellingPlanGroups(GroupView):
    """All groups of the store."""

    @described(
        operation_id="listSellingPlanGroups",
        summary="List selling plan groups",
        query=GroupListQuery,
        answer=ListShape[SellingPlanGroupShape],
    )
    def get(self, request: Request) -> Response:
        """Newest first, with their plans."""
        query = self.read_query(GroupListQuery)
        page, size = query["page"], query["page_size"]
        groups = SellingPlanGroup.objects.filter(store=self.store).prefetch_related("selling_plans")
        if query.get("status"):
            groups = groups.filter(status=query["status"])
        shape = partial(group_answer, merchant_id=self.store.slug)
        found = cut_page(groups, page=page, page_size=size)
        return Response(list_shape(found, shape, offset=page * size, limit=size))

    @described(
        operation_id="createSellingPlanGroup",
        summary="Make a selling plan group",
        body=GroupBody,
        answer=SellingPlanGroupShape,
        errors=(400, 401, 413),
    )
    def post(self, request: Request) -> Response:
        """Plans and products are added to it afterwards."""
        draft = GroupDraft(**self.read_body(GroupBody))
        return self.shown(create_group(store=self.store, draft=draft))


class OneSellingPlanGroup(GroupView):
    """One group of the store."""

    @described(
        operation_id="getSellingPlanGroup",
        summary="Get a selling plan group",
        answer=SellingPlanGroupShape,
        errors=(401, 404),
    )
    def get(self, request: Request, group_id: str) -> Response:
        """With its plans."""
        return self.shown(self.one(group_id))

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
        return self.shown(update_group(group=self.one(group_id), draft=draft))

    @described(
        operation_id="deleteSellingPlanGroup",
        summary="Delete a selling plan group",
        answer=DeletedShape,
        errors=(401, 404, 409),
    )
    def delete(self, request: Request, group_id: str) -> Response:
        """Only one without active plans that no product uses."""
        delete_group(group=self.one(group_id))
        return Response(deleted_shape(group_id))
