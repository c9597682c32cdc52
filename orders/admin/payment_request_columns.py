"""The columns and the filter of the list of payment requests."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import PaymentRequest
from orders.payment_request_state import RequestState, filter_by_request_state, get_request_state
from stores.dates import format_store_day
from stores.money import format_money

STATE_BADGES: dict[str, str] = {
    RequestState.PAID: "ok",
    RequestState.VIEWED: "warn",
    RequestState.SENT: "warn",
    RequestState.WAITING: "warn",
    RequestState.FAILED: "error",
}


class RequestStateFilter(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RequestState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentRequest]) -> QuerySet[PaymentRequest]:
        value = self.value()
        return filter_by_request_state(queryset, value) if value in RequestState.values else queryset


class PaymentRequestColumns:
    """The columns of the list."""

    @admin.display(description=gettext_lazy("request"))
    def title_text(self, request: PaymentRequest) -> SafeString:
        text = request.title or _("Erased")
        return format_html('<bdi>{}</bdi><br><span class="quiet">{}</span>', text, request.reference)

    @admin.display(description=gettext_lazy("recipient"))
    def recipient(self, request: PaymentRequest) -> SafeString:
        return format_html('<bdi>{}</bdi><br><span class="quiet">{}</span>', request.name, request.email)

    @admin.display(description=gettext_lazy("amount"))
    def amount_text(self, request: PaymentRequest) -> str:
        return format_money(request.amount, request.currency)

    @admin.display(description=gettext_lazy("status"))
    def badge(self, request: PaymentRequest) -> SafeString:
        state = get_request_state(request)
        return format_html(
            '<span class="order-badge order-badge--{}">{}</span>',
            STATE_BADGES.get(state, "plain"),
            state.label,
        )

    @admin.display(description=gettext_lazy("expires"))
    def expires_text(self, request: PaymentRequest) -> str:
        return format_store_day(request.expires_at, request.store)

    @admin.display(description=gettext_lazy("order"))
    def order_text(self, request: PaymentRequest) -> str:
        return request.order.number if request.order else "–"
