"""Changes of a store's products that a merchant would make in the NEXT dashboard, with their events."""

from http import HTTPStatus

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox.catalog import CatalogSerializer, JsonObject
from sandbox.models import Store, exclusive_transaction
from sandbox.webhook_events import schedule_product_event


class ControlProductView(APIView):
    """PATCH changes the given keys of a product, or adds one. DELETE removes it. Both send events."""

    def patch(self, request: Request, name: str, product_id: int) -> Response:
        with exclusive_transaction():
            store = get_object_or_404(Store.objects.select_for_update(), name=name)
            products = {row["id"]: row for row in store.catalog.get("products", [])}
            is_new = product_id not in products
            changes: JsonObject = dict(request.data)
            changed_at = timezone.now().isoformat()
            products[product_id] = {
                **products.get(product_id, {}),
                "updated_at": changed_at,
                **changes,
                "id": product_id,
            }
            self._save(store, list(products.values()))
            event = "product.created" if is_new else "product.updated"
            schedule_product_event(store=store, event=event, product_id=product_id)
        return Response(store.catalog["products"][list(products).index(product_id)])

    def delete(self, request: Request, name: str, product_id: int) -> Response:
        with exclusive_transaction():
            store = get_object_or_404(Store.objects.select_for_update(), name=name)
            self._save(store, [row for row in store.catalog["products"] if row["id"] != product_id])
            schedule_product_event(store=store, event="product.deleted", product_id=product_id)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _save(self, store: Store, products: list[JsonObject]) -> None:
        serializer = CatalogSerializer(data={**store.catalog, "products": products})
        serializer.is_valid(raise_exception=True)
        store.catalog = dict(serializer.data)
        store.save(update_fields=["catalog"])
