"""The search of the whole admin: a few rows of each kind that the person may view.

Each kind is searched as its own list searches, so that both find the same. Two queries for each kind at most.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.link_state import get_link_state
from orders.payment_request_state import get_request_state
from stores.money import format_money
from stores.staff_stores import filter_by_chosen_store

RESULTS_OF_A_KIND = 8
MAX_TEXT_LENGTH = 200


@dataclass(frozen=True)
class SearchedKind:
    """A kind of rows to search: its title, its model, and how a row is named and described."""

    title: str | Promise
    model: str
    name: Callable[[Any], str]
    describe: Callable[[Any], str]
    related: tuple[str, ...] = ("store",)


@dataclass(frozen=True)
class FoundRow:
    """A row that was found."""

    name: str
    details: str
    url: str


@dataclass(frozen=True)
class FoundKind:
    """The rows of one kind that were found, and the list of all of them."""

    title: str | Promise
    rows: list[FoundRow]
    has_more: bool
    list_url: str


def _describe_order(order: Any) -> str:
    day = date_format(localtime(order.created_at), "DATE_FORMAT")
    total = format_money(order.total, order.currency)
    return " · ".join(filter(None, (order.name or order.email, total, day, order.get_status_display())))


def _describe_customer(customer: Any) -> str:
    return " · ".join(filter(None, (customer.email, customer.phone)))


def _describe_subscription(subscription: Any) -> str:
    return f"{subscription.order.number} · {subscription.get_status_display()}"


def _describe_request(request: Any) -> str:
    amount = format_money(request.amount, request.currency)
    state = get_request_state(request).label
    return " · ".join(filter(None, (request.name or request.email, amount, str(state))))


SEARCHED_KINDS = (
    SearchedKind(gettext_lazy("Orders"), "orders.Order", str, _describe_order),
    SearchedKind(gettext_lazy("Customers"), "orders.Customer", str, _describe_customer),
    SearchedKind(
        gettext_lazy("Products"),
        "catalog.Product",
        str,
        lambda product: _("Active") if product.active else _("Hidden"),
    ),
    SearchedKind(
        gettext_lazy("Payment links"),
        "catalog.PaymentLink",
        lambda link: link.title,
        lambda link: f"{link.slug or link.pk} · {get_link_state(link).label}",
        ("product",),
    ),
    SearchedKind(
        gettext_lazy("Payment requests"), "orders.PaymentRequest", str, _describe_request, ("link",)
    ),
    SearchedKind(
        gettext_lazy("Subscriptions"),
        "subscriptions.Subscription",
        lambda subscription: subscription.order.name or subscription.pk,
        _describe_subscription,
        ("order",),
    ),
)


def search_view(request: HttpRequest) -> HttpResponse:
    """Show what was found, kind by kind."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:MAX_TEXT_LENGTH]
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "search_text": text,
        "found": list(find_rows(request, text)) if text else [],
    }
    return TemplateResponse(request, "admin/search.html", context)


def find_rows(request: HttpRequest, text: str) -> Iterator[FoundKind]:
    """Yield each kind of which something was found, in the menu's order."""
    for kind in SEARCHED_KINDS:
        model_admin: Any = admin.site._registry[apps.get_model(kind.model)]
        if not model_admin.has_view_or_change_permission(request):
            continue
        rows = filter_by_chosen_store(request, model_admin.get_queryset(request))
        rows, has_duplicates = model_admin.get_search_results(request, rows, text)
        # What the list shows beside a row isn't needed here.
        rows = rows.prefetch_related(None).select_related(*kind.related)
        found = list((rows.distinct() if has_duplicates else rows)[: RESULTS_OF_A_KIND + 1])
        if found:
            yield _present_kind(kind, model_admin.opts, found, text)


def _present_kind(kind: SearchedKind, opts: Any, found: list[Any], text: str) -> FoundKind:
    url_name = f"admin:{opts.app_label}_{opts.model_name}"
    return FoundKind(
        kind.title,
        [
            FoundRow(kind.name(row), kind.describe(row), reverse(f"{url_name}_change", args=[row.pk]))
            for row in found[:RESULTS_OF_A_KIND]
        ],
        len(found) > RESULTS_OF_A_KIND,
        f"{reverse(f'{url_name}_changelist')}?{urlencode({'q': text})}",
    )
