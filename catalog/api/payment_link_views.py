"""`/v1/payment_links`: list, create, read, open or close, and delete payment links."""

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.payment_link_serializers import serialize_payment_link
from catalog.api.prefetching import load_link_details
from catalog.api.request_serializers import CreatePaymentLinkBody, PaymentLinkListQuery, UpdatePaymentLinkBody
from catalog.api.response_types import PaymentLinkPageResponse, PaymentLinkResponse
from catalog.models import PaymentLink
from catalog.payment_links import (
    AddOnDraft,
    LinkExtras,
    create_payment_link,
    delete_payment_link,
    find_payment_link,
    set_link_active,
)
from stores.api.base_views import StoreApiView
from stores.api.pagination import paginate_queryset
from stores.api.response_schemas import DeletedResponse, describe_endpoint, serialize_deleted


class PaymentLinkListView(StoreApiView):
    """List and create payment links."""

    @describe_endpoint(
        operation_id="listPaymentLinks",
        summary="List payment links",
        query=PaymentLinkListQuery,
        response=PaymentLinkPageResponse,
    )
    def get(self, request: Request) -> Response:
        """Newest first. Parameters can also be sent as a JSON body; the query string takes precedence."""
        query = self.read_query(PaymentLinkListQuery)
        links = PaymentLink.objects.filter(store=self.store)
        if "active" in query:
            links = links.filter(active=query["active"])
        if product := query.get("product") or query.get("product_id"):
            links = links.filter(product_id=product)
        result = paginate_queryset(links, page=query["page"], page_size=query["page_size"])
        load_link_details(result.rows, store=self.store)
        response: PaymentLinkPageResponse = {
            "page": query["page"],
            "page_size": query["page_size"],
            "total": result.total,
            "payment_links": [serialize_payment_link(link) for link in result.rows],
        }
        return Response(response)

    @describe_endpoint(
        operation_id="createPaymentLink",
        summary="Create a payment link",
        body=CreatePaymentLinkBody,
        response=PaymentLinkResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """The link is open right away. What it sells is final; to change that, create another link."""
        body = self.read_body(CreatePaymentLinkBody)
        link = create_payment_link(
            store=self.store,
            product_id=body["product_id"],
            default_variant_id=body["default_variant_id"],
            primary_variant_ids=body["primary_variant_ids"],
            add_ons=[AddOnDraft(**add_on) for add_on in body.get("addon_variants", [])],
            variant_config=body.get("variant_config"),
            metadata=body.get("metadata"),
            extras=LinkExtras(
                **{name: body[name] for name in LinkExtras.__dataclass_fields__ if name in body}
            ),
        )
        return Response(_load_and_serialize_link(link, self))


class PaymentLinkDetailView(StoreApiView):
    """Read, open or close, and delete a payment link."""

    @describe_endpoint(
        operation_id="getPaymentLink",
        summary="Get a payment link",
        response=PaymentLinkResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, link_id: str) -> Response:
        """For an unknown link, `error_code` is `payment_link_not_found`."""
        link = find_payment_link(store=self.store, link_id=link_id, code="payment_link_not_found")
        return Response(_load_and_serialize_link(link, self))

    @describe_endpoint(
        operation_id="updatePaymentLink",
        summary="Open or close a payment link",
        body=UpdatePaymentLinkBody,
        response=PaymentLinkResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, link_id: str) -> Response:
        """Shoppers can't buy from a closed link. You can open it again."""
        body = self.read_body(UpdatePaymentLinkBody)
        link = set_link_active(
            link=find_payment_link(store=self.store, link_id=link_id), active=body["active"]
        )
        return Response(_load_and_serialize_link(link, self))

    @describe_endpoint(
        operation_id="deletePaymentLink",
        summary="Delete a closed payment link",
        response=DeletedResponse,
        errors=(400, 401, 404),
    )
    def delete(self, request: Request, link_id: str) -> Response:
        """Deletes the link permanently. Orders placed through it remain."""
        delete_payment_link(link=find_payment_link(store=self.store, link_id=link_id))
        return Response(serialize_deleted(link_id))


def _load_and_serialize_link(link: PaymentLink, view: StoreApiView) -> PaymentLinkResponse:
    load_link_details([link], store=view.store)
    return serialize_payment_link(link)
