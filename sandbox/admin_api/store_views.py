"""Products, shipping methods, gateways and the store itself: read only."""

from collections.abc import Callable
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import Row
from sandbox.models import Store
from sandbox.serializers.catalog import (
    gateway_group_json,
    gateway_json,
    product_json,
    product_row,
    shipping_method_json,
    store_json,
    variant_json,
)

from .base_views import AdminView
from .pagination import page_of_list


class Products(AdminView):
    operations = {"GET": "productsList"}

    def get(self, request: Request) -> Response:
        title = request.query_params.get("title", "").lower()
        skus = request.query_params.getlist("sku")
        rows = [
            product
            for product in self.store.catalogue.get("products", [])
            if title in product["title"].lower()
            and (not skus or any(variant["sku"] in skus for variant in product["variants"]))
        ]
        return page_of_list(
            request=request,
            rows=rows,
            store=self.store,
            show=lambda row: product_row(row, self.store),
        )


class ProductView(AdminView):
    def product(self, product_id: int) -> Row:
        product = self.catalogue.product(product_id)
        if product is None:
            raise NotFound("No Product matches the given query.")
        return product


class Product(ProductView):
    operations = {"GET": "productsRetrieve"}

    def get(self, request: Request, product_id: int) -> Response:
        return Response(product_json(self.product(product_id), self.store))


class Variants(ProductView):
    """A plain list: the description shows no pages here."""

    operations = {"GET": "productsVariantList"}

    def get(self, request: Request, product_id: int) -> Response:
        product = self.product(product_id)
        return Response([variant_json(variant, product, self.store) for variant in product["variants"]])


class ListOf(AdminView):
    """A page of one part of the catalogue, each row as `as_json` writes it."""

    part: str
    as_json: Callable[[Row, Store], Row]

    def get(self, request: Request, **kwargs: Any) -> Response:
        rows = self.store.catalogue.get(self.part, [])
        return page_of_list(
            request=request, rows=rows, store=self.store, show=lambda row: self.as_json(row, self.store)
        )


class ShippingMethods(ListOf):
    operations = {"GET": "shippingMethodsList"}
    part = "shipping_methods"
    as_json = staticmethod(shipping_method_json)


class Gateways(ListOf):
    operations = {"GET": "gatewaysList"}
    part = "gateways"
    as_json = staticmethod(gateway_json)


class GatewayGroups(ListOf):
    operations = {"GET": "gatewayGroupsList"}
    part = "gateway_groups"
    as_json = staticmethod(gateway_group_json)


class StoreDetail(AdminView):
    """The description types the answer as a list of one."""

    operations = {"GET": "storeDetail"}

    def get(self, request: Request) -> Response:
        return Response([store_json(self.store)])
