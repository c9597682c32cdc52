"""`/v1/payment_links`: list, create, read, open or close, and delete payment links."""

from decimal import Decimal
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.payment_link_serializers import PaymentLinkPageResponse, PaymentLinkResponse
from catalog.api.prefetching import load_link_details
from catalog.api.request_serializers import CreatePaymentLinkBody, PaymentLinkListQuery, UpdatePaymentLinkBody
from catalog.link_validation import EXTRA_NAMES, AddOnDraft, LinkExtras
from catalog.models import PaymentLink, Product
from catalog.payment_links import (
    LinkTerms,
    create_payment_link,
    delete_payment_link,
    find_payment_link,
    list_shared_links,
    set_link_active,
)
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.pagination import paginate_queryset
from stores.api.serializers import DeletedResponse
from stores.errors import Problem


class BasePaymentLinkView(StoreApiView):
    """Responds with one link of the store."""

    def link_response(self, link: PaymentLink) -> Response:
        load_link_details([link], store=self.store)
        return self.respond(link, with_plans=True)


class PaymentLinkListView(BasePaymentLinkView):
    """List and create payment links."""

    @declare_endpoint(
        operation_id="listPaymentLinks",
        summary="List payment links",
        query=PaymentLinkListQuery,
        response=PaymentLinkPageResponse,
    )
    def get(self, request: Request) -> Response:
        """Newest first. Parameters can also be sent as a JSON body; the query string takes precedence."""
        query = self.read_query()
        links = list_shared_links(self.store)
        if "active" in query:
            links = links.filter(active=query["active"])
        if product := query.get("product") or query.get("product_id"):
            links = links.filter(product_id=product)
        result = paginate_queryset(links, page=query["page"], page_size=query["page_size"])
        load_link_details(result.rows, store=self.store)
        return self.respond(
            {
                "page": query["page"],
                "page_size": query["page_size"],
                "total": result.total,
                "payment_links": result.rows,
            },
            with_plans=True,
        )

    @declare_endpoint(
        operation_id="createPaymentLink",
        summary="Create a payment link",
        body=CreatePaymentLinkBody,
        response=PaymentLinkResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request) -> Response:
        """The link is open right away. What it sells is final; to change that, create another link."""
        body = self.read_body()
        link = create_payment_link(
            store=self.store,
            product_id=body["product_id"],
            default_variant_id=body["default_variant_id"],
            primary_variant_ids=body["primary_variant_ids"],
            add_ons=[self.build_add_on(add_on, body) for add_on in body.get("addon_variants", [])],
            variant_config=body.get("variant_config"),
            metadata=body.get("metadata"),
            extras=LinkExtras(**{name: body[name] for name in EXTRA_NAMES if name in body}),
            terms=LinkTerms(
                fixed_quantity=body.get("fixed_quantity"),
                prices=dict.fromkeys(body["primary_variant_ids"], self.read_link_price(body, body)),
            ),
        )
        return self.link_response(link)

    def build_add_on(self, add_on: dict[str, Any], body: dict[str, Any]) -> AddOnDraft:
        values = {name: value for name, value in add_on.items() if name != "link_price"}
        return AddOnDraft(**values, price=self.read_link_price(add_on, body))

    def read_link_price(self, priced: dict[str, Any], body: dict[str, Any]) -> Decimal | None:
        """Return the link's own price for a part of it. Raises Problem for one in another currency."""
        price = priced.get("link_price")
        if price is None:
            return None
        product = Product.objects.filter(store=self.store, pk=body["product_id"]).first()
        if product is not None and price["asset_id"] not in {"", product.default_currency}:
            raise Problem(
                f"Prices of this product must be in {product.default_currency}.", field="link_price"
            )
        amount: Decimal = price["amount"]
        return amount


class PaymentLinkDetailView(BasePaymentLinkView):
    """Read, open or close, and delete a payment link."""

    @declare_endpoint(
        operation_id="getPaymentLink",
        summary="Get a payment link",
        response=PaymentLinkResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, link_id: str) -> Response:
        """For an unknown link, `error_code` is `payment_link_not_found`."""
        link = find_payment_link(store=self.store, link_id=link_id, code="payment_link_not_found")
        return self.link_response(link)

    @declare_endpoint(
        operation_id="updatePaymentLink",
        summary="Open or close a payment link",
        body=UpdatePaymentLinkBody,
        response=PaymentLinkResponse,
        errors=(400, 401, 404, 413),
    )
    def post(self, request: Request, link_id: str) -> Response:
        """Shoppers can't buy from a closed link. You can open it again."""
        body = self.read_body()
        link = set_link_active(
            link=find_payment_link(store=self.store, link_id=link_id), active=body["active"]
        )
        return self.link_response(link)

    @declare_endpoint(
        operation_id="deletePaymentLink",
        summary="Delete a closed payment link",
        response=DeletedResponse,
        errors=(400, 401, 404),
    )
    def delete(self, request: Request, link_id: str) -> Response:
        """Deletes the link permanently. Orders placed through it remain."""
        delete_payment_link(link=find_payment_link(store=self.store, link_id=link_id))
        return self.respond(link_id)
