"""The Admin API client: one method for each operation the shop uses."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from nextcommerce import sentences
from nextcommerce.base_client import BaseClient, FilterValue, RequestBody
from nextcommerce.carts import NextCart, deserialize_cart
from nextcommerce.deserializers import (
    deserialize_order,
    deserialize_refund,
    deserialize_refund_quote,
    deserialize_subscription,
    deserialize_transaction,
)
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.parsing import iter_objects, parse_order_number
from nextcommerce.schemas import (
    NextOrder,
    NextRefund,
    NextRefundQuote,
    NextSubscription,
    NextTransaction,
    PaymentRedirect,
)
from nextcommerce.scopes import SCOPE_PROBES
from nextcommerce.store_deserializers import (
    deserialize_category,
    deserialize_gateway,
    deserialize_gateway_group,
    deserialize_product,
    deserialize_shipping_method,
    deserialize_store,
    deserialize_webhook,
)
from nextcommerce.store_schemas import (
    NextCategory,
    NextGateway,
    NextGatewayGroup,
    NextProduct,
    NextShippingMethod,
    NextStore,
    NextWebhook,
)

_MAX_URL_LENGTH = 2000


class NextClient(BaseClient):
    """The Admin API of one store. Every call may raise NextApiError; none may run inside a transaction."""

    # --- Orders

    def create_order(self, body: RequestBody) -> NextOrder | PaymentRedirect:
        """ordersCreate: return where to send the shopper, or the order if no redirect is needed."""
        result = self._request("POST", "orders/", body=body, parse=_parse_order_or_redirect)
        return cast("NextOrder | PaymentRedirect", result)

    def retrieve_order(self, number: str) -> NextOrder:
        """ordersRetrieve."""
        return self._request("GET", f"orders/{_validate_order_number(number)}/", parse=deserialize_order)

    def list_orders(self, **filters: FilterValue) -> Iterator[NextOrder]:
        """ordersList: yield orders without lines, addresses and transactions."""
        for row in self._iter_rows("orders/", filters):
            if (order := deserialize_order(row)) is not None:
                yield order

    def update_order(self, number: str, body: RequestBody) -> NextOrder:
        """ordersPartialUpdate."""
        url = f"orders/{_validate_order_number(number)}/"
        return self._request("PATCH", url, body=body, parse=deserialize_order)

    def add_line_items(self, number: str, body: RequestBody) -> NextOrder:
        """ordersAddLineItemsCreate: add lines and charge the order's payment method for them."""
        return self._request(
            "POST",
            f"orders/{_validate_order_number(number)}/add-line-items/",
            body=body,
            parse=deserialize_order,
        )

    def cancel_order(self, number: str, body: RequestBody) -> NextOrder:
        """ordersCancelCreate."""
        return self._request(
            "POST", f"orders/{_validate_order_number(number)}/cancel/", body=body, parse=deserialize_order
        )

    def calculate_refund(self, number: str, body: RequestBody) -> NextRefundQuote:
        """ordersRefundCalculateCreate: a POST that changes nothing."""
        return self._request(
            "POST",
            f"orders/{_validate_order_number(number)}/refund/calculate/",
            body=body,
            parse=deserialize_refund_quote,
        )

    def refund_order(self, number: str, body: RequestBody) -> NextRefund:
        """ordersRefundCreate."""
        return self._request(
            "POST", f"orders/{_validate_order_number(number)}/refund/", body=body, parse=deserialize_refund
        )

    def add_note(self, number: str, message: str) -> None:
        """ordersNotesCreate."""
        url = f"orders/{_validate_order_number(number)}/notes/"
        self._request("POST", url, body={"message": message}, parse=_parse_object)

    # --- Carts

    def create_cart(self, body: RequestBody) -> NextCart:
        """cartsCreate. A cart without `user` is anonymous."""
        return self._request("POST", "carts/", body=body, parse=deserialize_cart)

    def retrieve_cart(self, cart_id: int) -> NextCart:
        """cartsRetrieve."""
        return self._request("GET", f"carts/{int(cart_id)}/", parse=deserialize_cart)

    def update_cart(self, cart_id: int, body: RequestBody) -> NextCart:
        """cartsUpdate: replace the cart's lines and codes."""
        return self._request("PUT", f"carts/{int(cart_id)}/", body=body, parse=deserialize_cart)

    def delete_cart(self, cart_id: int) -> None:
        """cartsDestroy."""
        self._request("DELETE", f"carts/{int(cart_id)}/", parse=_parse_object)

    # --- Store, shipping methods and products

    def retrieve_store(self) -> NextStore:
        """storeDetail."""
        return self._request("GET", "store/", parse=deserialize_store)

    def list_gateways(self) -> list[NextGateway]:
        """gatewaysList."""
        rows = self._iter_rows("gateways/")
        return [gateway for row in rows if (gateway := deserialize_gateway(row)) is not None]

    def list_gateway_groups(self) -> list[NextGatewayGroup]:
        """gatewayGroupsList."""
        rows = self._iter_rows("gateway-groups/")
        return [group for row in rows if (group := deserialize_gateway_group(row)) is not None]

    def lacks_scope(self, scope: str) -> bool:
        """Return True if NEXT refuses a call that needs the scope and would change nothing.

        Raises NextApiError if it can't be told.
        """
        method, url = SCOPE_PROBES[scope]
        try:
            self._request(method, url, body={} if method != "GET" else None, parse=lambda data: True)
        except NextApiError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return True
            # NEXT got as far as looking for what doesn't exist.
            if error.status not in {
                HTTPStatus.NOT_FOUND,
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.METHOD_NOT_ALLOWED,
            }:
                raise
        return False

    def list_shipping_methods(self) -> list[NextShippingMethod]:
        """shippingMethodsList."""
        return [deserialize_shipping_method(row) for row in self._iter_rows("shipping-methods/")]

    def list_products_page(self, cursor: str = "") -> tuple[list[NextProduct], str]:
        """productsList: return one page and the cursor of the next, which is empty on the last page."""
        page = self._request(
            "GET", "products/", params={"cursor": cursor} if cursor else {}, parse=self._parse_page
        )
        products = [deserialize_product(row) for row in iter_objects(page["results"])]
        return products, _cursor_from_url(page.get("next"))

    def retrieve_product(self, product_id: int) -> NextProduct:
        """productsRetrieve: the product with its texts, which the list leaves out."""
        return self._request("GET", f"products/{int(product_id)}/", parse=_parse_product)

    def list_categories(self) -> list[NextCategory]:
        """categoriesList."""
        rows = map(deserialize_category, self._iter_rows("categories/"))
        return [category for category in rows if category is not None]

    # --- Webhooks

    def list_webhooks(self) -> Iterator[NextWebhook]:
        """webhooksList."""
        for row in self._iter_rows("webhooks/"):
            if (webhook := deserialize_webhook(row)) is not None:
                yield webhook

    def create_webhook(self, body: RequestBody) -> None:
        """webhooksCreate; the version is sent as `api_version`."""
        self._request("POST", "webhooks/", body=body, parse=_parse_object)

    def update_webhook(self, webhook_id: int, body: RequestBody) -> None:
        """webhooksPartialUpdate."""
        self._request("PATCH", f"webhooks/{int(webhook_id)}/", body=body, parse=_parse_object)

    # --- Subscriptions

    def retrieve_subscription(self, subscription_id: int) -> NextSubscription:
        """subscriptionsRetrieve."""
        return self._request_subscription("GET", subscription_id)

    def update_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """subscriptionsPartialUpdate. Not for pausing; see `pause_subscription`."""
        return self._request_subscription("PATCH", subscription_id, body=body)

    def update_subscription_line(self, subscription_id: int, line_id: int, body: RequestBody) -> None:
        """subscriptionsLinesUpdate: set quantity and price from the next renewal on."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        self._request("PUT", url, body=body, parse=_parse_object)

    def add_subscription_line(self, subscription_id: int, body: RequestBody) -> None:
        """subscriptionsLinesCreate: add a line from the next renewal on; nothing is charged now."""
        url = f"subscriptions/{int(subscription_id)}/lines/"
        self._request("POST", url, body=body, parse=_parse_object)

    def remove_subscription_line(self, subscription_id: int, line_id: int) -> None:
        """subscriptionsLinesDestroy. NEXT refuses to remove the last line."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        self._request("DELETE", url, parse=_parse_object)

    def list_subscription_transactions(self, subscription_id: int) -> list[NextTransaction]:
        """subscriptionsTransactionsList: every attempted charge."""
        rows = self._iter_rows(f"subscriptions/{int(subscription_id)}/transactions/")
        return [deserialize_transaction(row) for row in rows]

    def cancel_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """subscriptionsCancelCreate."""
        return self._request_subscription("POST", subscription_id, "cancel/", body)

    def pause_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """Pause until `pause_until`, or for six months. Not in the published API description."""
        return self._request_subscription("POST", subscription_id, "pause/", body)

    def resume_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """Resume with a future `next_renewal_date`. Not in the published API description."""
        return self._request_subscription("POST", subscription_id, "resume/", body)

    def _request_subscription(
        self, method: str, subscription_id: int, action: str = "", body: RequestBody | None = None
    ) -> NextSubscription:
        url = f"subscriptions/{int(subscription_id)}/{action}"
        return self._request(method, url, body=body, parse=deserialize_subscription)


def _validate_order_number(number: str) -> str:
    """Return the number if it is safe in a URL path. Raises NextApiError (404) without a call if not."""
    if parse_order_number(number) != number or not number:
        raise NextApiError(sentences.UNKNOWN_ORDER_NUMBER.fill(), outcome=CallOutcome.REFUSED, status=404)
    return number


def _is_web_url(url: Any) -> bool:
    if not isinstance(url, str) or len(url) > _MAX_URL_LENGTH:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    allowed = {"https", "http"} if settings.NEXT_API_ALLOW_HTTP else {"https"}
    return parts.scheme in allowed and bool(parts.netloc)


def _parse_order_or_redirect(data: Any) -> NextOrder | PaymentRedirect | None:
    url = data.get("payment_complete_url") if isinstance(data, dict) else None
    if url:
        return PaymentRedirect(payment_complete_url=url) if _is_web_url(url) else None
    return deserialize_order(data)


def _parse_product(data: Any) -> NextProduct | None:
    product = deserialize_product(data)
    return product if product.id is not None else None


def _parse_object(data: Any) -> dict[str, Any] | None:
    return data if isinstance(data, dict) else None


def _cursor_from_url(url: Any) -> str:
    return parse_qs(urlsplit(url).query).get("cursor", [""])[0] if isinstance(url, str) else ""
