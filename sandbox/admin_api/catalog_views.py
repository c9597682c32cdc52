"""Products, shipping methods, gateways and the store itself, all read-only."""

from collections.abc import Callable
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import JsonObject
from sandbox.models import Store
from sandbox.serializers.catalog import (
    serialize_category,
    serialize_full_product,
    serialize_product_row,
    serialize_product_variant,
    serialize_shipping_method,
)
from sandbox.serializers.store import serialize_gateway, serialize_gateway_group, serialize_store

from .base_views import AdminApiView
from .pagination import paginate_list


class AdminApiProductListView(AdminApiView):
    operations = {"GET": "productsList"}

    def get(self, request: Request) -> Response:
        title = request.query_params.get("title", "").lower()
        skus = request.query_params.getlist("sku")
        rows = [
            product
            for product in self.store.catalog.get("products", [])
            if title in product["title"].lower()
            and (not skus or any(variant["sku"] in skus for variant in product["variants"]))
        ]
        return paginate_list(
            request=request,
            rows=rows,
            store=self.store,
            serialize=lambda row: serialize_product_row(row, self.store),
        )


class AdminApiProductView(AdminApiView):
    def get_product(self, product_id: int) -> JsonObject:
        product = self.catalog.product(product_id)
        if product is None:
            raise NotFound("No Product matches the given query.")
        return product


class AdminApiProductDetailView(AdminApiProductView):
    operations = {"GET": "productsRetrieve"}

    def get(self, request: Request, product_id: int) -> Response:
        return Response(serialize_full_product(self.get_product(product_id), self.store))


class AdminApiVariantListView(AdminApiProductView):
    """A plain list: the API description has no pagination here."""

    operations = {"GET": "productsVariantList"}

    def get(self, request: Request, product_id: int) -> Response:
        product = self.get_product(product_id)
        return Response(
            [serialize_product_variant(variant, product, self.store) for variant in product["variants"]]
        )


class AdminApiCatalogListView(AdminApiView):
    """One part of the catalog, paginated, each row passed through ``serialize_row``."""

    part: str
    serialize_row: Callable[[JsonObject, Store], JsonObject]

    def get(self, request: Request, **kwargs: Any) -> Response:
        rows = self.store.catalog.get(self.part, [])
        return paginate_list(
            request=request,
            rows=rows,
            store=self.store,
            serialize=lambda row: self.serialize_row(row, self.store),
        )


class AdminApiCategoryListView(AdminApiView):
    operations = {"GET": "categoriesList"}

    def get(self, request: Request) -> Response:
        return paginate_list(
            request=request,
            rows=self.catalog.categories(),
            store=self.store,
            serialize=lambda row: serialize_category(row, self.store),
        )


class AdminApiShippingMethodListView(AdminApiCatalogListView):
    operations = {"GET": "shippingMethodsList"}
    part = "shipping_methods"
    serialize_row = staticmethod(serialize_shipping_method)


class AdminApiGatewayListView(AdminApiCatalogListView):
    operations = {"GET": "gatewaysList"}
    part = "gateways"
    serialize_row = staticmethod(serialize_gateway)


class AdminApiGatewayGroupListView(AdminApiCatalogListView):
    operations = {"GET": "gatewayGroupsList"}
    part = "gateway_groups"
    serialize_row = staticmethod(serialize_gateway_group)


class AdminApiStoreDetailView(AdminApiView):
    """Returns a list of one store, as the API description declares it."""

    operations = {"GET": "storeDetail"}

    def get(self, request: Request) -> Response:
        return Response([serialize_store(self.store)])
