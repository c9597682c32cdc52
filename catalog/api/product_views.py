"""`/v1/products` (part 3 of the facts)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.prefetching import load_product, whole
from catalog.api.product_serializers import product_answer
from catalog.api.request_serializers import NewProductBody, ProductChangeBody, ProductListQuery, ProductQuery
from catalog.api.response_types import ProductPageShape, ProductShape
from catalog.models import Product
from catalog.products import (
    ProductDraft,
    VariantDraft,
    create_product,
    delete_product,
    find_product,
    update_product,
)
from stores.api.base_views import ApiView
from stores.api.pagination import cut_page
from stores.api.response_schemas import DeletedShape, deleted_shape, described
from stores.errors import Problem


class Products(ApiView):
    """All products of the store."""

    @described(
        operation_id="listProducts", summary="List products", query=ProductListQuery, answer=ProductPageShape
    )
    def get(self, request: Request) -> Response:
        """Newest first, without their selling plans."""
        query = self.read_query(ProductListQuery)
        products = Product.objects.filter(store=self.store)
        if "active" in query:
            products = products.filter(active=query["active"])
        found = cut_page(whole(products), page=query["page"], page_size=query["page_size"])
        answer: ProductPageShape = {
            "page": query["page"],
            "page_size": query["page_size"],
            "total": found.total,
            "products": [product_answer(row, store=self.store, with_plans=False) for row in found.rows],
        }
        return Response(answer)

    @described(
        operation_id="createProduct",
        summary="Make a product",
        body=NewProductBody,
        answer=ProductShape,
        errors=(400, 401, 409, 413),
    )
    def post(self, request: Request) -> Response:
        """With all its variants; a combination of options without a variant is not sold."""
        draft = _draft(self.read_body(NewProductBody), currency=self.store.currency)
        return Response(_answer(create_product(store=self.store, draft=draft), self, with_plans=True))


class OneProduct(ApiView):
    """One product of the store."""

    @described(
        operation_id="getProduct",
        summary="Get a product",
        query=ProductQuery,
        answer=ProductShape,
        errors=(400, 401, 404),
    )
    def get(self, request: Request, product_id: str) -> Response:
        """`expand=selling_plans` adds its groups, plans and prices by plan."""
        expand = self.read_query(ProductQuery).get("expand", "")
        product = find_product(store=self.store, product_id=product_id)
        return Response(_answer(product, self, with_plans="selling_plans" in expand.split(",")))

    @described(
        operation_id="updateProduct",
        summary="Change a product",
        body=ProductChangeBody,
        answer=ProductShape,
        errors=(400, 401, 404, 409, 413),
    )
    def post(self, request: Request, product_id: str) -> Response:
        """The whole product, with the version that was read: an older one is refused with 409."""
        body = self.read_body(ProductChangeBody)
        product = find_product(store=self.store, product_id=product_id)
        draft = _draft(body, currency=product.default_currency)
        product = update_product(product=product, draft=draft, version=body["version"])
        return Response(_answer(product, self, with_plans=True))

    @described(
        operation_id="deleteProduct",
        summary="Delete a product",
        answer=DeletedShape,
        errors=(400, 401, 404, 409),
    )
    def delete(self, request: Request, product_id: str) -> Response:
        """Only one that is inactive and on no payment link."""
        delete_product(product=find_product(store=self.store, product_id=product_id))
        return Response(deleted_shape(product_id))


def _answer(product: Product, view: ApiView, *, with_plans: bool) -> ProductShape:
    # Read anew: what was written is in parts that are loaded already.
    fresh = load_product(find_product(store=view.store, product_id=product.pk))
    return product_answer(fresh, store=view.store, with_plans=with_plans)


def _draft(body: dict[str, Any], *, currency: str) -> ProductDraft:
    """The product in a body; its own price is for variants without one, and for the one without options."""
    currency = body.get("default_currency") or currency
    variants = body.get("variants") or ([{}] if not body.get("options") else [])
    plain = {
        name: body[name]
        for name in ProductDraft.__dataclass_fields__
        if name in body and name not in {"variants", "default_currency"}
    }
    return ProductDraft(
        **plain,
        default_currency=currency,
        variants=[_variant(variant, body.get("price"), currency) for variant in variants],
    )


def _variant(body: dict[str, Any], price: dict[str, Any] | None, currency: str) -> VariantDraft:
    price = body.get("price") or price
    if price is None:
        raise Problem("Every variant needs a price.", field="variants")
    if price["asset_id"] not in {"", currency}:
        raise Problem(f"Prices of this product are in {currency}.", field="variants")
    plain = {
        name: body[name]
        for name in VariantDraft.__dataclass_fields__
        if name in body and name not in {"price", "option_values"}
    }
    return VariantDraft(
        **plain,
        option_values=body.get("option_values", {}),
        price=price["amount"],
        is_counted=body.get("inventory_quantity", 0) is not None,
    )
