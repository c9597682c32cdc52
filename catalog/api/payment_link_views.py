"""`/v1/payment_links` (1B, 1E, 1F)."""

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.prefetching import load_links
from catalog.api.product_serializers import link_answer
from catalog.api.request_serializers import LinkChangeBody, LinkListQuery, NewLinkBody
from catalog.api.response_types import PaymentLinkPageShape, PaymentLinkShape
from catalog.models import PaymentLink
from catalog.payment_links import AddOn, Extras, create_link, delete_link, find_link, set_active
from stores.api.base_views import ApiView
from stores.api.pagination import cut_page
from stores.api.response_schemas import DeletedShape, deleted_shape, described


class PaymentLinks(ApiView):
    """All links of the store."""

    @described(
        operation_id="listPaymentLinks",
        summary="List payment links",
        query=LinkListQuery,
        answer=PaymentLinkPageShape,
    )
    def get(self, request: Request) -> Response:
        """Newest first. The parameters may also come as a JSON body; the query wins (X3)."""
        query = self.read_query(LinkListQuery)
        links = PaymentLink.objects.filter(store=self.store)
        if "active" in query:
            links = links.filter(active=query["active"])
        if product := query.get("product") or query.get("product_id"):
            links = links.filter(product_id=product)
        found = cut_page(links, page=query["page"], page_size=query["page_size"])
        load_links(found.rows, store=self.store)
        answer: PaymentLinkPageShape = {
            "page": query["page"],
            "page_size": query["page_size"],
            "total": found.total,
            "payment_links": [link_answer(link) for link in found.rows],
        }
        return Response(answer)

    @described(
        operation_id="createPaymentLink",
        summary="Make a payment link",
        body=NewLinkBody,
        answer=PaymentLinkShape,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """The link is open at once. What it sells is final; to change it, make another."""
        body = self.read_body(NewLinkBody)
        link = create_link(
            store=self.store,
            product_id=body["product_id"],
            default_variant_id=body["default_variant_id"],
            primary_variant_ids=body["primary_variant_ids"],
            add_ons=[AddOn(**add_on) for add_on in body.get("addon_variants", [])],
            variant_config=body.get("variant_config"),
            metadata=body.get("metadata"),
            extras=Extras(**{name: body[name] for name in Extras.__dataclass_fields__ if name in body}),
        )
        return Response(_answer(link, self))


class OnePaymentLink(ApiView):
    """One link of the store."""

    @described(
        operation_id="getPaymentLink",
        summary="Get a payment link",
        answer=PaymentLinkShape,
        errors=(401, 404),
    )
    def get(self, request: Request, link_id: str) -> Response:
        """An unknown one is `payment_link_not_found` (X6)."""
        link = find_link(store=self.store, link_id=link_id, code="payment_link_not_found")
        return Response(_answer(link, self))

    @described(
        operation_id="updatePaymentLink",
        summary="Open or close a payment link",
        body=LinkChangeBody,
        answer=PaymentLinkShape,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, link_id: str) -> Response:
        """A closed link cannot be paid; it can be opened again."""
        body = self.read_body(LinkChangeBody)
        link = set_active(link=find_link(store=self.store, link_id=link_id), active=body["active"])
        return Response(_answer(link, self))

    @described(
        operation_id="deletePaymentLink",
        summary="Delete a closed payment link",
        answer=DeletedShape,
        errors=(400, 401, 404),
    )
    def delete(self, request: Request, link_id: str) -> Response:
        """For good. What was bought through it stays."""
        delete_link(link=find_link(store=self.store, link_id=link_id))
        return Response(deleted_shape(link_id))


def _answer(link: PaymentLink, view: ApiView) -> PaymentLinkShape:
    load_links([link], store=view.store)
    return link_answer(link)
