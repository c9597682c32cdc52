"""The client of the admin API."""

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from nextcommerce.calls import Body, Calls, Filter
from nextcommerce.errors import AdminApiError, Outcome
from nextcommerce.order_schemas import StoreOrder, StoreRefund, StoreTransaction
from nextcommerce.schemas import Redirect, StoreShippingMethod, StoreSubscription, objects

_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_ADDRESS = 2000


class AdminApi(Calls):
    """The admin API of one store. Every call may raise AdminApiError, and none runs inside a transaction."""

    # --- Orders

    def create_order(self, body: Body) -> StoreOrder | Redirect:
        """ordersCreate: where to send the shopper, or the order where none was needed (section 2)."""
        answer = self._call("POST", "orders/", body=body, read=_order_or_redirect)
        return cast("StoreOrder | Redirect", answer)

    def retrieve_order(self, number: str) -> StoreOrder:
        """ordersRetrieve."""
        return self._call("GET", f"orders/{_checked(number)}/", read=_order)

    def list_orders(self, **filters: Filter) -> Iterator[StoreOrder]:
        """ordersList: slim rows without lines, addresses and transactions (3.3)."""
        for row in self._pages("orders/", filters):
            if (order := StoreOrder.parse(row)) is not None:
                yield order

    def add_line_items(self, number: str, body: Body) -> StoreOrder:
        """ordersAddLineItemsCreate: charges the order's payment method for more lines (3.4)."""
        return self._call("POST", f"orders/{_checked(number)}/add-line-items/", body=body, read=_order)

    def cancel_order(self, number: str, body: Body) -> StoreOrder:
        """ordersCancelCreate (3.5)."""
        return self._call("POST", f"orders/{_checked(number)}/cancel/", body=body, read=_order)

    def calculate_refund(self, number: str, body: Body) -> dict[str, Any]:
        """ordersRefundCalculateCreate (3.5): changes nothing, but is a POST."""
        return self._call("POST", f"orders/{_checked(number)}/refund/calculate/", body=body, read=_object)

    def refund_order(self, number: str, body: Body) -> StoreRefund:
        """ordersRefundCreate (3.5)."""

        def read(data: Any) -> StoreRefund | None:
            return StoreRefund.parse(data) if isinstance(data, dict) and "id" in data else None

        return self._call("POST", f"orders/{_checked(number)}/refund/", body=body, read=read)

    def add_note(self, number: str, message: str) -> dict[str, Any]:
        """ordersNotesCreate."""
        return self._call(
            "POST", f"orders/{_checked(number)}/notes/", body={"message": message}, read=_object
        )

    # --- The store and what it sells

    def store_detail(self) -> dict[str, Any]:
        """storeDetail; described as a list, so both shapes are read."""

        def read(data: Any) -> dict[str, Any] | None:
            return _object(data[0] if isinstance(data, list) and data else data)

        return self._call("GET", "store/", read=read)

    def shipping_methods(self) -> list[StoreShippingMethod]:
        """shippingMethodsList."""
        return [StoreShippingMethod.parse(row) for row in self._pages("shipping-methods/")]

    def product_page(self, cursor: str = "") -> tuple[list[dict[str, Any]], str]:
        """One page of productsList and the cursor of the next, empty at the end: a sync can resume by it."""
        page = self._call(
            "GET", "products/", params={"cursor": cursor} if cursor else {}, read=self._read_page
        )
        return [dict(row) for row in objects(page["results"])], _cursor(page.get("next"))

    # --- Webhooks

    def list_webhooks(self) -> Iterator[dict[str, Any]]:
        """webhooksList."""
        yield from self._pages("webhooks/")

    def create_webhook(self, body: Body) -> dict[str, Any]:
        """webhooksCreate; the version's key is `api_version` (3.8)."""
        return self._call("POST", "webhooks/", body=body, read=_object)

    def update_webhook(self, webhook_id: int, body: Body) -> dict[str, Any]:
        """webhooksPartialUpdate."""
        return self._call("PATCH", f"webhooks/{int(webhook_id)}/", body=body, read=_object)

    # --- Subscriptions

    def retrieve_subscription(self, subscription_id: int) -> StoreSubscription:
        """subscriptionsRetrieve."""
        return self._subscription("GET", subscription_id)

    def update_subscription(self, subscription_id: int, body: Body) -> StoreSubscription:
        """subscriptionsPartialUpdate; never to pause (3.7)."""
        return self._subscription("PATCH", subscription_id, body=body)

    def update_subscription_line(self, subscription_id: int, line_id: int, body: Body) -> dict[str, Any]:
        """subscriptionsLinesUpdate: its quantity and price from the next renewal on."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        return self._call("PUT", url, body=body, read=_object)

    def add_subscription_line(self, subscription_id: int, body: Body) -> dict[str, Any]:
        """subscriptionsLinesCreate: something more from the next renewal on; charges nothing now."""
        return self._call("POST", f"subscriptions/{int(subscription_id)}/lines/", body=body, read=_object)

    def remove_subscription_line(self, subscription_id: int, line_id: int) -> None:
        """subscriptionsLinesDestroy; the store keeps at least one line."""
        url = f"subscriptions/{int(subscription_id)}/lines/{int(line_id)}/"
        self._call("DELETE", url, read=_object)

    def subscription_transactions(self, subscription_id: int) -> list[StoreTransaction]:
        """subscriptionsTransactionsList: every charge that was tried."""
        rows = self._pages(f"subscriptions/{int(subscription_id)}/transactions/")
        return [StoreTransaction.parse(row) for row in rows]

    def cancel_subscription(self, subscription_id: int, body: Body) -> StoreSubscription:
        """subscriptionsCancelCreate."""
        return self._subscription("POST", subscription_id, "cancel/", body)

    def pause_subscription(self, subscription_id: int, body: Body) -> StoreSubscription:
        """Newer than the published description (3.9): `{pause_until}`, none for six months."""
        return self._subscription("POST", subscription_id, "pause/", body)

    def resume_subscription(self, subscription_id: int, body: Body) -> StoreSubscription:
        """Newer than the published description (3.9): `{next_renewal_date}`, in the future."""
        return self._subscription("POST", subscription_id, "resume/", body)

    def _subscription(
        self, method: str, subscription_id: int, action: str = "", body: Body | None = None
    ) -> StoreSubscription:
        def read(data: Any) -> StoreSubscription | None:
            return StoreSubscription.parse(data) if isinstance(data, dict) else None

        return self._call(method, f"subscriptions/{int(subscription_id)}/{action}", body=body, read=read)


def _checked(number: str) -> str:
    """The number as a part of a path; what cannot be one is unknown to the store without asking it."""
    if not _NUMBER.fullmatch(number):
        raise AdminApiError("No order has such a number.", outcome=Outcome.REFUSED, status=404)
    return number


def _is_web_address(url: Any) -> bool:
    if not isinstance(url, str) or len(url) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    allowed = {"https", "http"} if settings.ADMIN_API_ALLOW_HTTP else {"https"}
    return parts.scheme in allowed and bool(parts.netloc)


def _order(data: Any) -> StoreOrder | None:
    return StoreOrder.parse(data) if isinstance(data, dict) else None


def _order_or_redirect(data: Any) -> StoreOrder | Redirect | None:
    url = data.get("payment_complete_url") if isinstance(data, dict) else None
    if url:
        return Redirect(payment_complete_url=url) if _is_web_address(url) else None
    return _order(data)


def _object(data: Any) -> dict[str, Any] | None:
    return data if isinstance(data, dict) else None


def _cursor(url: Any) -> str:
    return parse_qs(urlsplit(url).query).get("cursor", [""])[0] if isinstance(url, str) else ""
