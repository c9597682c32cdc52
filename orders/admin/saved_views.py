"""The tabs of the order list: those that everybody has, and each person's own."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.order_actions import require_permission
from orders.admin.order_filter_form import without_paging
from orders.models import Order, SavedView

MAX_VIEWS = 20
BUILT_IN_VIEWS = (
    (gettext_lazy("All"), ""),
    (gettext_lazy("To ship"), "to_ship=yes"),
    (gettext_lazy("To review"), "in_review=yes"),
    (gettext_lazy("Unpaid"), "payment=unpaid"),
    (gettext_lazy("Refunded"), "payment=refunded"),
    (gettext_lazy("Test"), "is_test__exact=1"),
)


@dataclass(frozen=True)
class ListTab:
    """A tab above the list. `view_id` is set for a person's own."""

    label: str
    query: str
    is_active: bool
    view_id: int | None = None


def list_tabs(request: HttpRequest) -> list[ListTab]:
    """Return the tabs of this person, with the one that the list shows marked."""
    shown = without_paging(request.GET).dict()
    own = SavedView.objects.filter(user=request.user.pk)
    views: list[tuple[str, str, int | None]] = [(str(label), query, None) for label, query in BUILT_IN_VIEWS]
    views += [(view.name, view.query, view.pk) for view in own]
    return [
        ListTab(label, query, is_active=QueryDict(query).dict() == shown, view_id=view_id)
        for label, query, view_id in views
    ]


def save_view(model_admin: "admin.ModelAdmin[Order]", request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name, in place of an own view of that name."""
    require_permission(model_admin.has_view_permission(request))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())
    query = without_paging(QueryDict(request.POST.get("query", ""))).urlencode()
    own = SavedView.objects.filter(user=request.user.pk)
    new = {"user": request.user, "query": query}
    if not name or len(name) > 40:
        messages.error(request, _("Enter a name of 1 to 40 characters."))
    elif not query or len(query) > 1000 or "%00" in query:
        messages.error(request, _("Choose a filter first, then save the view."))
    elif own.exclude(name=name).count() >= MAX_VIEWS:
        messages.error(request, _("You have %(max)d views. Delete one first.") % {"max": MAX_VIEWS})
    else:
        own.update_or_create(name=name, defaults={"query": query}, create_defaults=new)
        messages.success(request, _("View saved."))
    return redirect(f"{reverse('admin:orders_order_changelist')}?{query}")


def delete_view(model_admin: "admin.ModelAdmin[Order]", request: HttpRequest) -> HttpResponse:
    """Delete one of the person's own views."""
    require_permission(model_admin.has_view_permission(request))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    view_id = request.POST.get("view", "")
    if view_id.isascii() and view_id.isdecimal() and len(view_id) < 19:
        SavedView.objects.filter(user=request.user.pk, pk=view_id).delete()
        messages.success(request, _("View deleted."))
    return redirect("admin:orders_order_changelist")
