"""Price differences in the admin: how a charge differs from what was shown, and what staff can do."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders.admin.order_actions import get_actor_name, require_permission
from orders.admin.state_filter import OpenStateFilter
from orders.models import PriceDifference
from orders.price_differences import adopt_difference, can_adopt_difference, dismiss_difference
from orders.sentences import DIFFERENCE_CLOSED, RATES_ADOPTED
from orders.total_rows import format_signed_money
from stores.admin_changelists import ReadOnlyAdmin
from stores.errors import Problem
from stores.money import format_money, format_percent

Resolve = Callable[..., PriceDifference]


def describe_cause(difference: PriceDifference) -> str:
    """Return what differs, such as "Tax in US-NY"."""
    if difference.kind == PriceDifference.Kind.TAX:
        return _("Tax in %(region)s") % {"region": difference.cause_name or "–"}
    return _("Discount: %(name)s") % {"name": difference.cause_name}


@admin.register(PriceDifference)
class PriceDifferenceAdmin(ReadOnlyAdmin):
    """View charges that differ from what was shown. Staff adopt NEXT's rates or close the difference."""

    list_display = (
        *("cause_text", "shown_amount", "charged_amount", "order_count", "difference", "order_link"),
        *("store", "opened_at", "resolution", "resolved_by"),
    )
    list_display_links = ("cause_text",)
    list_filter = (OpenStateFilter, "kind", "store")
    list_select_related = ("store", "order")
    fields = (
        *("cause_text", "store", "shown_amount", "charged_amount", "rates_text"),
        *("order_count", "difference", "order_link", "opened_at"),
        *("resolution", "resolved_by", "resolved_at"),
    )

    def get_urls(self) -> list[URLPattern]:
        views = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(partial(self.resolve_view, resolve=resolve, success=success)),
                name=f"orders_pricedifference_{name}",
            )
            for name, resolve, success in (
                ("adopt", adopt_difference, gettext_lazy("The shop now uses these rates.")),
                ("close", dismiss_difference, gettext_lazy("Price difference closed.")),
            )
        ]
        return [*views, *super().get_urls()]

    def resolve_view(self, request: HttpRequest, pk: int, *, resolve: Resolve, success: Any) -> HttpResponse:
        """Adopt NEXT's rates, which needs permission to change the store, or close the difference."""
        require_permission(request.user.has_perm("orders.change_pricedifference"))
        require_permission(resolve is dismiss_difference or request.user.has_perm("stores.change_store"))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        difference = get_object_or_404(PriceDifference, pk=pk)
        try:
            difference = resolve(difference=difference, actor=get_actor_name(request))
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            text = DIFFERENCE_CLOSED if resolve is dismiss_difference else RATES_ADOPTED
            log_staff_act(actor=request.user, row=difference, text=text.fill())
            messages.success(request, success)
        return redirect("admin:orders_pricedifference_change", pk)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        difference: PriceDifference | None = kwargs.get("obj")
        can_resolve = difference is not None and difference.resolved_at is None
        can_resolve = can_resolve and request.user.has_perm("orders.change_pricedifference")
        can_adopt = difference is not None and can_adopt_difference(difference)
        context["subtitle"] = describe_cause(difference) if difference else ""
        context["can_close"] = can_resolve
        context["is_untaxed"] = (
            difference is not None
            and difference.kind == PriceDifference.Kind.TAX
            and not (difference.rates or difference.charged)
        )
        context["can_adopt"] = can_resolve and can_adopt and request.user.has_perm("stores.change_store")
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("cause"))
    def cause_text(self, difference: PriceDifference) -> str:
        return describe_cause(difference)

    @admin.display(description=gettext_lazy("shown"))
    def shown_amount(self, difference: PriceDifference) -> str:
        if difference.shown is None:
            return _("Calculated at payment")
        return format_money(difference.shown, difference.store.currency)

    @admin.display(description=gettext_lazy("charged"))
    def charged_amount(self, difference: PriceDifference) -> str:
        return format_money(difference.charged, difference.store.currency)

    @admin.display(description=gettext_lazy("difference of all orders"))
    def difference(self, difference: PriceDifference) -> str:
        return format_signed_money(difference.total_difference, difference.store.currency)

    @admin.display(description=gettext_lazy("first order"))
    def order_link(self, difference: PriceDifference) -> SafeString | str:
        if difference.order is None:
            return "–"
        address = reverse("admin:orders_order_change", args=[difference.order.pk])
        return format_html('<a href="{}">{}</a>', address, difference.order.number)

    @admin.display(description=gettext_lazy("rates of NEXT Commerce"))
    def rates_text(self, difference: PriceDifference) -> str:
        if difference.kind != PriceDifference.Kind.TAX:
            return "–"
        taxes_shipping = _("shipping taxed")
        rates = [
            f"{rate['name']} {format_percent(Decimal(rate['rate']))}"
            + (f", {taxes_shipping}" if rate["taxes_shipping"] else "")
            for rate in difference.rates
        ]
        mode = _("included in prices") if difference.is_included else _("added to prices")
        if not rates and difference.charged:
            return _("Unknown")
        return f"{'; '.join(rates)} ({mode})" if rates else _("No tax")
