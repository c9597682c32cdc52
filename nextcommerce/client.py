"""The client of the admin API."""

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from nextcommerce.base_client import BaseClient, FilterValue, RequestBody
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.order_schemas import NextOrder, NextRefund, NextTransaction
from nextcommerce.schemas import NextShippingMethod, NextSubscription, PaymentRedirect, iter_objects

_ORDER_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_URL_LENGTH = 2000


class NextClient(BaseClient):
    """The admin API of one store. Every call may raise AdminApiError, and none runs inside a transaction."""

    # --- Orders

    def create_order(self, body: RequestBody) -> NextOrder | PaymentRedirect:
        """ordersCreate: where to send the shopper, or the order where none was needed (section 2)."""
        answer = self._request("POST", "orders/", body=body, read=_parse_order_or_redirect)
        return cast("NextOrder | PaymentRedirect", answer)

    def retrieve_order(self, number: str) -> NextOrder:
        """ordersRetrieve."""
        return self._request("GET", f"orders/{_validate_order_number(number)}/", read=_parse_order)

    def list_orders(self, **filters: FilterValue) -> Iterator[NextOrder]:
        """ordersList: slim rows without lines, addresses and transactions (3.3)."""
        for row in self._iter_rows("orders/", filters):
            if (order := NextOrder.parse(row)) is not None:
                yield order

    def add_line_items(self, number: str, body: RequestBody) -> NextOrder:
        """ordersAddLineItemsCreate: charges the order's payment method for more lines (3.4)."""
        return self._request(
            "POST", f"orders/{_validate_order_number(number)}/add-line-items/", body=body, read=_parse_order
        )

    def cancel_order(self, number: str, body: RequestBody) -> NextOrder:
        """ordersCancelCreate (3.5)."""
        return self._request(
            "POST", f"orders/{_validate_order_number(number)}/cancel/", body=body, read=_parse_order
        )

    def calculate_refund(self, number: str, body: RequestBody) -> dict[str, Any]:
        """ordersRefundCalculateCreate (3.5): changes nothing, but is a POST."""
        return self._request(
            "POST",
            f"orders/{_validate_order_number(number)}/refund/calculate/",
            body=body,
            read=_parse_object,
        )

    def refund_order(self, number: str, body: RequestBody) -> NextRefund:
        """ordersRefundCreate (3.5)."""

        def read(data: Any) -> NextRefund | None:
            return NextRefund.parse(data) if isinstance(data, dict) and "id" in data else None

        return self._request("POST", f"orders/{_validate_order_number(number)}/refund/", body=body, read=read)

    def add_note(self, number: str, message: str) -> dict[str, Any]:
        """ordersNotesCreate."""
        return self._request(
            "POST",
            f"orders/{_validate_order_number(number)}/notes/",
            body={"message": message},
            read=_parse_object,
        )

    # --- The store and what it sells

    def retrieve_store(self) -> dict[str, Any]:
        """storeDetail; described as a list, so both shapes are read."""

        def read(data: Any) -> dict[str, Any] | None:
            return _parse_object(data[0] if isinstance(data, list) and data else data)

        return self._request("GET", "store/", read=read)

    def list_shipping_methods(self) -> list[NextShippingMethod]:
        """shippingMethodsList."""
        return [NextShippingMethod.parse(row) for row in self._iter_rows("shipping-methods/")]

    def list_products_page(self, cursor: str = "") -> tuple[list[dict[str, Any]], str]:
        """One page of productsList and the cursor of the next, empty at the end: a sync can resume by it."""
        page = self._request(
            "GET", "products/", params={"cursor": cursor} if cursor else {}, read=self._parse_page
        )
        return [dict(row) for row in iter_objects(page["results"])], _cursor_from_url(page.get("next"))

    # --- Webhooks

    def list_webhooks(self) -> Iterator[dict[str, Any]]:
        """webhooksList."""
        yield from self._iter_rows("webhooks/")

    def create_webhook(self, body: RequestBody) -> dict[str, Any]:
        """webhooksCreate; the version's key is `api_version` (3.8)."""
        return self._request("POST", "webhooks/", body=body, read=_parse_object)

    def update_webhook(self, webhook_id: int, body: RequestBody) -> dict[str, Any]:
        """webhooksPartialUpdate."""
        return self._request("PATCH", f"webhooks/{int(webhook_id)}/", body=body, read=_parse_object)

    # --- Subscriptions

    def retrieve_subscription(self, subscription_id: int) -> NextSubscription:
        """subscriptionsRetrieve."""
        return self._request_subscription("GET", subscription_id)

    def update_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """subscriptionsPartialUpdate; never to pause (3.7)."""
        return self._request_subscription("PATCH", subscription_id, body=body)

    def update_subscription_line(
        self, subscription_id: int, line_id: int, body: RequestBody
    ) -> dict[str, Any]:
        """subscriptionsLinesUpdate: its quantity and price from the next renewal on."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        return self._request("PUT", url, body=body, read=_parse_object)

    def add_subscription_line(self, subscription_id: int, body: RequestBody) -> dict[str, Any]:
        """subscriptionsLinesCreate: something more from the next renewal on; charges nothing now."""
        return self._request(
            "POST", f"subscriptions/{int(subscription_id)}/lines/", body=body, read=_parse_object
        )

    def remove_subscription_line(self, subscription_id: int, line_id: int) -> None:
        """subscriptionsLinesDestroy; the store keeps at least one line."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        self._request("DELETE", url, read=_parse_object)

    def list_subscription_transactions(self, subscription_id: int) -> list[NextTransaction]:
        """subscriptionsTransactionsList: every charge that was tried."""
        rows = self._iter_rows(f"subscriptions/{int(subscription_id)}/transactions/")
        return [NextTransaction.parse(row) for row in rows]

    def cancel_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """subscriptionsCancelCreate."""
        return self._request_subscription("POST", subscription_id, "cancel/", body)

    def pause_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """Newer than the published description (3.9): `{pause_until}`, none for six months."""
        return self._request_subscription("POST", subscription_id, "pause/", body)

    def resume_subscription(self, subscription_id: int, body: RequestBody) -> NextSubscription:
        """Newer than the published description (3.9): `{next_renewal_date}`, in the future."""
        return self._request_subscription("POST", subscription_id, "resume/", body)

    def _request_subscription(
        self, method: str, subscription_id: int, action: str = "", body: RequestBody | None = None
    ) -> NextSubscription:
        def read(data: Any) -> NextSubscription | None:
            return NextSubscription.parse(data) if isinstance(data, dict) else None

        return self._request(method, f"subscriptions/{int(subscription_id)}/{action}", body=body, read=read)


def _validate_order_number(number: str) -> str:
    """The number as a part of a path; what cannot be one is unknown to the store without asking it."""
    if not _ORDER_NUMBER.fullmatch(number):
        raise NextApiError("No order has such a number.", outcome=CallOutcome.REFUSED, status=404)
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


def _parse_order(data: Any) -> NextOrder | None:
    return NextOrder.parse(data) if isinstance(data, dict) else None


def _parse_order_or_redirect(data: Any) -> NextOrder | PaymentRedirect | None:
    url = data.get("payment_complete_url") if isinstance(data, dict) else None
    if url:
        return PaymentRedirect(payment_complete_url=url) if _is_web_url(url) else None
    return _parse_order(data)


def _parse_object(data: Any) -> dict[str, Any] | None:
    return data if isinstance(data, dict) else None


def _cursor_from_url(url: Any) -> str:
    return parse_qs(urlsplit(url).query).get("cursor", [""])[0] if isinstance(url, str) else ""
