"""Payment requests in the admin: the list, a new one, and a page for each."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from catalog.admin.json_table_forms import TableModelAdmin
from catalog.models import PaymentLink
from catalog.stock import is_being_bought
from orders import sentences
from orders.admin.emails import STATE_BADGES as EMAIL_BADGES
from orders.admin.order_actions import get_actor_name, require_permission
from orders.admin.payment_request_columns import STATE_BADGES, PaymentRequestColumns, RequestStateFilter
from orders.admin.payment_request_forms import PaymentRequestForm
from orders.models import PaymentRequest
from orders.new_payment_requests import create_payment_request
from orders.payment_request_emails import describe_lines
from orders.payment_request_export import REQUEST_COLUMNS, iter_request_rows
from orders.payment_request_state import (
    annotate_state,
    get_request_state,
    is_request_open,
)
from orders.payment_requests import (
    cancel_payment_request,
    end_of_day,
    extend_payment_request,
    find_reminder_time,
    resend_payment_request,
)
from stores.admin_changelists import LargeChangeList
from stores.dates import format_store_day, format_store_time
from stores.errors import Problem
from stores.models import Store
from stores.money import format_money
from stores.paging import CappedPaginator
from stores.search import search_text_contains
from stores.staff_stores import get_staff_stores, render_in_store_zone
from stores.table_export import generate_csv
from wording.sentence import Sentence


class ExtendForm(forms.Form):
    """Until when a request can be paid."""

    expires_on = forms.DateField(
        label=gettext_lazy("New last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


@admin.register(PaymentRequest)
class PaymentRequestAdmin(PaymentRequestColumns, TableModelAdmin):
    """Ask people to pay, by email, and see what became of it."""

    list_display = ("title_text", "recipient", "amount_text", "badge", "expires_text", "order_text", "store")
    list_filter = (RequestStateFilter, "store", "created_at")
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    sortable_by = ()
    add_form_template = "admin/orders/payment_request_form.html"
    search_fields = ("title",)  # shows the search box; see `get_search_results`
    search_help_text = gettext_lazy("Search by any part of the title, reference, name, or email.")
    actions = None

    class Media:
        css: ClassVar = {"all": ["css/admin/orders.css", "css/admin/payment-requests.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = {"resend": self.resend, "cancel": self.cancel, "extend": self.extend}
        return [
            path("export/", wrap(self.export_view), name="orders_paymentrequest_export"),
            *(
                path(
                    f"<str:pk>/{name}/",
                    wrap(partial(self.act_view, act=act)),
                    name=f"orders_paymentrequest_{name}",
                )
                for name, act in acts.items()
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentRequest]:
        return annotate_state(super().get_queryset(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return LargeChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentRequest], search_term: str
    ) -> tuple[QuerySet[PaymentRequest], bool]:
        text = search_term.strip()
        return (queryset.filter(search_text_contains(text)) if text else queryset), False

    def has_delete_permission(self, request: HttpRequest, obj: PaymentRequest | None = None) -> bool:
        return False  # it is canceled instead

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "title": _("Payment requests"),
            "can_export": request.user.has_perm("orders.export_paymentrequest"),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send all requests that the list shows for its query string as CSV."""
        require_permission(self.has_view_permission(request))
        require_permission(request.user.has_perm("orders.export_paymentrequest"))
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("admin:orders_paymentrequest_changelist")
        count = rows.order_by().count()
        text = sentences.REQUESTS_EXPORTED.fill(count=count)
        log_staff_act(actor=request.user, model=PaymentRequest, text=text)
        lines = generate_csv(REQUEST_COLUMNS, iter_request_rows(rows))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"requests-{timezone.localtime():%Y%m%d-%H%M}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    # --- A new request

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require_permission(self.has_add_permission(request))
        store = self._find_store(request)
        if store is None:
            context = {**self.admin_site.each_context(request), "title": _("New payment request")}
            return TemplateResponse(request, "admin/orders/payment_request_store.html", context)
        if request.GET.get("store") != store.slug:
            # The address says for which store, so that a switch in another tab changes nothing.
            query = request.GET.copy()
            query["store"] = store.slug
            return redirect(f"{request.path}?{query.urlencode()}")
        context = {"title": _("New payment request")}
        add_view = partial(super().add_view, request, form_url, context | (extra_context or {}))
        return render_in_store_zone(store, add_view)

    def _find_store(self, request: HttpRequest) -> Store | None:
        stores = get_staff_stores(request)
        copied = self._find_copied(request)
        for source in (copied["copy_of"], copied["link"]):
            if source is not None:
                return source.store
        named = [store for store in stores.stores if store.slug == request.GET.get("store")]
        return named[0] if named else stores.chosen

    def _find_copied(self, request: HttpRequest) -> dict[str, Any]:
        """Return the request or the payment link that the form starts with, if any."""
        requests = PaymentRequest.objects.select_related("store", "link")
        links = PaymentLink.objects.select_related("store", "product").filter(is_personal=False)
        return {
            "copy_of": requests.filter(pk=request.GET.get("copy_of", "")).first(),
            "link": links.filter(pk=request.GET.get("link", "")).first(),
        }

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        store = self._find_store(request)
        assert store is not None  # else `add_view` asks which
        bound = {"store": store, **self._find_copied(request)}

        class BoundForm(PaymentRequestForm):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **bound, **options)

        return super().get_form(request, obj, change=change, form=BoundForm, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: PaymentRequest | None = None) -> Any:
        return (
            (None, {"fields": ("form_key", "title")}),
            (gettext_lazy("Who pays"), {"fields": ("name", "email", "language")}),
            (gettext_lazy("When"), {"fields": ("expires_on", "reminder", "reminder_days")}),
            (gettext_lazy("More for the email"), {"fields": ("note", "reference")}),
        )

    def save_model(self, request: HttpRequest, obj: PaymentRequest, form: Any, change: bool) -> None:
        created = create_payment_request(
            store=form.store,
            draft=form.to_draft(),
            form_key=form.cleaned_data["form_key"],
            actor=get_actor_name(request),
        )
        obj.__dict__.update(created.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the service saves the related rows too."""

    def response_add(
        self, request: HttpRequest, obj: PaymentRequest, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("The request will be sent in a moment."))
        return redirect(obj.get_admin_url())

    # --- One request

    def _find_request(self, request: HttpRequest, pk: str) -> PaymentRequest:
        """Return the request. Raises PermissionDenied or Http404."""
        require_permission(self.has_view_permission(request))
        rows = self.get_queryset(request)
        return get_object_or_404(rows, pk=unquote(pk))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the request with its address, its emails, and what can be done about it."""
        found = self._find_request(request, object_id)
        found.link.store = found.store
        state = get_request_state(found)
        reminder_at = find_reminder_time(found, expires_at=found.expires_at)
        context = {
            **self.admin_site.each_context(request),
            "title": str(found),
            "opts": self.opts,
            "media": self.media,
            "payment_request": found,
            "amount": format_money(found.amount, found.currency),
            "state": state,
            "badge": STATE_BADGES.get(state, "plain"),
            "is_open": is_request_open(found),
            "is_being_paid": is_request_open(found) and is_being_bought(found.link),
            "can_extend": not (found.order_id or found.canceled_at),
            "lines": describe_lines(found),
            "emails": [
                (email, EMAIL_BADGES[email.state], email.State(email.state).label)
                for email in found.notifications.order_by("created_at", "pk")
            ],
            "expires": format_store_time(found.expires_at, found.store),
            "reminder": format_store_time(reminder_at, found.store) if reminder_at else "",
            "extend_form": ExtendForm(initial={"expires_on": timezone.localdate(found.expires_at)}),
            "can_act": self.has_change_permission(request, found),
            "can_add": self.has_add_permission(request),
        }
        template = "admin/orders/payment_request.html"
        return render_in_store_zone(found.store, lambda: TemplateResponse(request, template, context))

    def act_view(
        self, request: HttpRequest, pk: str, *, act: Callable[[HttpRequest, PaymentRequest], Sentence]
    ) -> HttpResponse:
        """Do one thing to the request, and log it."""
        found = self._find_request(request, pk)
        require_permission(self.has_change_permission(request, found))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            done = act(request, found)
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            log_staff_act(actor=request.user, row=found, text=done)
            messages.success(request, str(done))
        return redirect(found.get_admin_url())

    def resend(self, request: HttpRequest, found: PaymentRequest) -> Sentence:
        resend_payment_request(request=found)
        return sentences.REQUEST_SENT_AGAIN.fill()

    def cancel(self, request: HttpRequest, found: PaymentRequest) -> Sentence:
        cancel_payment_request(request=found)
        return sentences.REQUEST_CANCELED.fill()

    def extend(self, request: HttpRequest, found: PaymentRequest) -> Sentence:
        form = ExtendForm(request.POST)
        if not form.is_valid():
            raise Problem(_("Enter the last day on which the request can be paid."))
        extend_payment_request(request=found, expires_on=form.cleaned_data["expires_on"])
        day = format_store_day(end_of_day(form.cleaned_data["expires_on"], found.store), found.store)
        return sentences.REQUEST_EXTENDED.fill(day=day)
