"""`/v1/products`: list, create, read, update, and delete products."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.prefetching import load_product_details
from catalog.api.product_serializers import ProductPageResponse, ProductResponse
from catalog.api.request_serializers import (
    CreateProductBody,
    ProductDetailQuery,
    ProductListQuery,
    UpdateProductBody,
)
from catalog.models import Product
from catalog.product_drafts import ProductDraft, VariantDraft
from catalog.products import (
    create_product,
    delete_product,
    find_product,
    update_product,
)
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.pagination import paginate_queryset
from stores.api.serializers import DeletedResponse
from stores.errors import Problem


class BaseProductView(StoreApiView):
    """Responds with one product of the store."""

    def product_response(self, product: Product, *, with_plans: bool) -> Response:
        # Reload, since prefetched rows may predate the write.
        reloaded = find_product(store=self.store, product_id=product.pk)
        load_product_details([reloaded])
        return self.respond(reloaded, with_plans=with_plans)


class ProductListView(BaseProductView):
    """List and create products."""

    @declare_endpoint(
        operation_id="listProducts",
        summary="List products",
        query=ProductListQuery,
        response=ProductPageResponse,
    )
    def get(self, request: Request) -> Response:
        """Newest first, without selling plans."""
        query = self.read_query()
        products = Product.objects.filter(store=self.store)
        if "active" in query:
            products = products.filter(active=query["active"])
        result = paginate_queryset(products, page=query["page"], page_size=query["page_size"])
        load_product_details(result.rows)
        return self.respond(
            {
                "page": query["page"],
                "page_size": query["page_size"],
                "total": result.total,
                "products": result.rows,
            },
            with_plans=False,
        )

    @declare_endpoint(
        operation_id="createProduct",
        summary="Create a product",
        body=CreateProductBody,
        response=ProductResponse,
        errors=(400, 401, 409, 413),
    )
    def post(self, request: Request) -> Response:
        """Send all variants. Option combinations without a variant are not for sale."""
        draft = _build_product_draft(self.read_body(), currency=self.store.currency)
        return self.product_response(create_product(store=self.store, draft=draft), with_plans=True)


class ProductDetailView(BaseProductView):
    """Read, update, and delete a product."""

    @declare_endpoint(
        operation_id="getProduct",
        summary="Get a product",
        query=ProductDetailQuery,
        response=ProductResponse,
        errors=(400, 401, 404),
    )
    def get(self, request: Request, product_id: str) -> Response:
        """`expand=selling_plans` adds selling plan groups, plans, and the price of each plan."""
        expand = self.read_query().get("expand", "")
        product = find_product(store=self.store, product_id=product_id)
        return self.product_response(product, with_plans="selling_plans" in expand.split(","))

    @declare_endpoint(
        operation_id="updateProduct",
        summary="Update a product",
        body=UpdateProductBody,
        response=ProductResponse,
        errors=(400, 401, 404, 409, 413),
    )
    def post(self, request: Request, product_id: str) -> Response:
        """Replaces the whole product. Send the `version` you last read; an outdated one returns 409."""
        body = self.read_body()
        product = find_product(store=self.store, product_id=product_id)
        draft = _build_product_draft(body, currency=product.default_currency)
        product = update_product(product=product, draft=draft, version=body["version"])
        return self.product_response(product, with_plans=True)

    @declare_endpoint(
        operation_id="deleteProduct",
        summary="Delete a product",
        response=DeletedResponse,
        errors=(400, 401, 404, 409),
    )
    def delete(self, request: Request, product_id: str) -> Response:
        """The product must be inactive and not on a payment link, in an upsell, or being paid for."""
        delete_product(product=find_product(store=self.store, product_id=product_id))
        return self.respond(product_id)


def _build_product_draft(body: dict[str, Any], *, currency: str) -> ProductDraft:
    """Build the draft of a request body. The product's price applies to variants without one."""
    currency = body.get("default_currency") or currency
    variants = body.get("variants") or ([{}] if not body.get("options") else [])
    values = {
        name: body[name]
        for name in ProductDraft.__dataclass_fields__
        if name in body and name not in {"variants", "default_currency"}
    }
    return ProductDraft(
        **values,
        default_currency=currency,
        variants=[_build_variant_draft(variant, body.get("price"), currency) for variant in variants],
    )


def _build_variant_draft(body: dict[str, Any], price: dict[str, Any] | None, currency: str) -> VariantDraft:
    price = body.get("price") or price
    if price is None:
        raise Problem("Every variant needs a price.", field="variants")
    if price["asset_id"] not in {"", currency}:
        raise Problem(f"Prices of this product must be in {currency}.", field="variants")
    values = {
        name: body[name]
        for name in VariantDraft.__dataclass_fields__
        if name in body and name not in {"price", "option_values"}
    }
    return VariantDraft(
        **values,
        option_values=body.get("option_values", {}),
        price=price["amount"],
        is_counted=body.get("inventory_quantity", 0) is not None,
    )
