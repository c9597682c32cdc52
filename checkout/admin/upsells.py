"""One-click upsells and their attempts in the admin."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog.models import PaymentLink, Product, SellingPlan, Variant
from checkout.admin.upsell_list import (
    UpsellChangeList,
    describe_follow_ups,
    describe_notes,
    describe_offer,
    describe_trigger,
)
from checkout.models import Upsell, UpsellAttempt
from checkout.sentences import UPSELL_SWITCHED_OFF, UPSELL_SWITCHED_ON
from checkout.upsells.sequence import OFFER_ORDER, explain_upsells, find_cycle, list_store_upsells
from orders.admin.order_related_admin import OrderRelatedAdmin
from stores.admin_changelists import StoreListAdmin
from stores.money import format_money

AttemptStatus = UpsellAttempt.Status


class UpsellForm(forms.ModelForm):
    """Limits the choices to what can be sold, and to the upsell's store once it has one."""

    class Meta:
        model = Upsell
        fields = (
            *("store", "name", "active", "position", "trigger", "product", "link", "min_order_total"),
            *("variant", "quantity", "plan", "price", "discount_percent", "headline", "text"),
            *("follow_up_on_accept", "follow_up_on_decline", "starts_at", "ends_at", "usage_limit"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variants = Variant.objects.filter(active=True, product__active=True, next_variant_id__isnull=False)
        variants = variants.select_related("product").prefetch_related("values")
        plans = SellingPlan.objects.select_related("group")
        others = Upsell.objects.exclude(pk=self.instance.pk)
        choices_by_field: dict[str, tuple[QuerySet[Any], str]] = {
            "variant": (variants.order_by("product__name", "position", "pk"), "product__store"),
            "plan": (plans, "group__store"),
            "product": (Product.objects.all(), "store"),
            "link": (PaymentLink.objects.select_related("product"), "store"),
            "follow_up_on_accept": (others, "store"),
            "follow_up_on_decline": (others, "store"),
        }
        store_id = self.instance.store_id
        for name, (rows, store_lookup) in choices_by_field.items():
            if name not in self.fields:
                continue
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows.filter(**{store_lookup: store_id}) if store_id else rows
        if "link" in self.fields:
            self.fields["link"].label_from_instance = _link_label  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        upsell = self.instance
        for name in ("follow_up_on_accept", "follow_up_on_decline"):
            if name in data:
                setattr(upsell, name, data[name])
        if not upsell._state.adding and (cycle := find_cycle(upsell)):
            self.add_error(
                "follow_up_on_decline",
                _("This leads back to where it started: %(path)s.")
                % {"path": " → ".join(step.name for step in cycle)},
            )
        return data


def _link_label(link: PaymentLink) -> str:
    return f"{link.title} · {link.slug or link.pk}"


class AttemptStatusFilter(admin.SimpleListFilter):
    """Filter attempts by status, or by those with an unknown outcome."""

    title = gettext_lazy("response")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("doubt", _("outcome unknown")),
            *((str(value), str(label)) for value, label in AttemptStatus.choices),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UpsellAttempt]) -> QuerySet[UpsellAttempt]:
        if self.value() == "doubt":
            return queryset.filter(status__in=UpsellAttempt.IN_DOUBT)
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Upsell)
class UpsellAdmin(StoreListAdmin):
    """Edit upsells, and view their results."""

    form = UpsellForm
    change_form_template = "admin/checkout/upsell.html"
    list_display = (
        *("position", "name", "active", "offer", "next_upsells"),
        *("views", "accepted", "declined", "failed", "revenue"),
    )
    list_display_links = ("name",)
    list_filter = ("store", "active", "trigger")
    actions = ("switch_on", "switch_off")
    ordering = ("store", *OFFER_ORDER)
    search_fields = ("name", "headline", "variant__product__name")
    list_select_related = ("store", "variant__product", "product", "link__product", "plan__group")
    readonly_fields = ("views", "accepted", "declined", "failed", "revenue")
    fieldsets = (
        (None, {"fields": ("store", "name", "active", "position")}),
        (gettext_lazy("When"), {"fields": ("trigger", "product", "link", "min_order_total")}),
        (
            gettext_lazy("Upsell"),
            {"fields": ("variant", "quantity", "plan", "price", "discount_percent")},
        ),
        (gettext_lazy("Text"), {"fields": ("headline", "text")}),
        (gettext_lazy("Next upsell"), {"fields": ("follow_up_on_accept", "follow_up_on_decline")}),
        (gettext_lazy("Limits"), {"fields": ("starts_at", "ends_at", "usage_limit")}),
        (gettext_lazy("Results"), {"fields": ("views", "accepted", "declined", "failed", "revenue")}),
    )

    class Media:
        css: ClassVar = {"all": ["css/admin/upsell.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UpsellChangeList]:
        return UpsellChangeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out deleting several: most have been shown, and then they stay."""
        return {name: action for name, action in super().get_actions(request).items() if name in self.actions}

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Upsell]) -> None:
        self._switch_all(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Upsell]) -> None:
        self._switch_all(request, queryset, active=False)

    def _switch_all(self, request: HttpRequest, queryset: QuerySet[Upsell], *, active: bool) -> None:
        upsells = list(queryset.exclude(active=active))
        Upsell.objects.filter(pk__in=[upsell.pk for upsell in upsells]).update(active=active)
        for upsell in upsells:
            text = UPSELL_SWITCHED_ON if active else UPSELL_SWITCHED_OFF
            log_staff_act(actor=request.user, row=upsell, text=text.fill())
        message = (
            ngettext("%(count)d upsell switched on.", "%(count)d upsells switched on.", len(upsells))
            if active
            else ngettext("%(count)d upsell switched off.", "%(count)d upsells switched off.", len(upsells))
        )
        self.message_user(request, message % {"count": len(upsells)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        upsell = self.get_object(request, unquote(object_id))
        notes = []
        if upsell is not None and request.method == "GET":
            notes = explain_upsells(list_store_upsells([upsell.store_id]))[upsell.pk]
        context = {"upsell_notes": notes, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete an upsell, or say why it stays: orders refer to every upsell that was shown."""
        upsell = self.get_object(request, unquote(object_id))
        if upsell is None or not self.has_delete_permission(request, upsell):
            return super().delete_view(request, object_id, extra_context)
        shown = upsell.attempts.count()
        if not shown:
            return super().delete_view(request, object_id, extra_context)
        message = ngettext(
            "“%(name)s” was shown after %(count)d order, which refers to it, so it can't be deleted."
            " Switch it off instead.",
            "“%(name)s” was shown after %(count)d orders, which refer to it, so it can't be deleted."
            " Switch it off instead.",
            shown,
        )
        messages.error(request, message % {"name": upsell.name, "count": shown})
        return redirect("admin:checkout_upsell_change", upsell.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: Upsell | None = None) -> Any:
        # The variant belongs to the store, so an upsell cannot move to another.
        return (*self.readonly_fields, "store") if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Upsell | None = None) -> Any:
        return self.fieldsets if obj else self.fieldsets[:-1]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upsell]:
        # Separate subqueries: in a join, each count and sum would multiply the rows of the others.
        attempts = UpsellAttempt.objects.filter(upsell=OuterRef("pk")).order_by().values("upsell")
        charged = attempts.filter(status=AttemptStatus.CHARGED)
        real = charged.exclude(order__is_test=True, order__store__is_live=True)
        money = DecimalField(max_digits=14, decimal_places=2)

        def count_of(attempts: QuerySet[Any, Any]) -> Coalesce:
            return Coalesce(Subquery(attempts.annotate(count=Count("pk")).values("count")), 0)

        return (
            super()
            .get_queryset(request)
            .prefetch_related("variant__values")
            .annotate(
                view_count=count_of(attempts),
                accepted_count=count_of(charged),
                declined_count=count_of(attempts.filter(status=AttemptStatus.DECLINED)),
                failed_count=count_of(attempts.filter(status=AttemptStatus.REFUSED)),
                total_revenue=Coalesce(
                    Subquery(real.annotate(sum=Sum("amount")).values("sum")), Decimal(0), output_field=money
                ),
            )
        )

    @admin.display(description=gettext_lazy("offer"), ordering="trigger")
    def offer(self, upsell: Any) -> SafeString:
        return format_html(
            '{}<br><span class="quiet">{}</span>{}',
            describe_offer(upsell),
            describe_trigger(upsell),
            describe_notes(upsell.notes),
        )

    @admin.display(description=gettext_lazy("what follows"))
    def next_upsells(self, upsell: Upsell) -> SafeString:
        return describe_follow_ups(upsell)

    @admin.display(description=gettext_lazy("views"), ordering="view_count")
    def views(self, upsell: Any) -> int:
        return int(upsell.view_count)

    @admin.display(description=gettext_lazy("accepted"), ordering="accepted_count")
    def accepted(self, upsell: Any) -> str:
        share = f" ({upsell.accepted_count * 100 // upsell.view_count} %)" if upsell.view_count else ""
        return f"{upsell.accepted_count}{share}"

    @admin.display(description=gettext_lazy("declined"), ordering="declined_count")
    def declined(self, upsell: Any) -> int:
        return int(upsell.declined_count)

    @admin.display(description=gettext_lazy("payment failed"), ordering="failed_count")
    def failed(self, upsell: Any) -> int:
        return int(upsell.failed_count)

    @admin.display(description=gettext_lazy("revenue"), ordering="total_revenue")
    def revenue(self, upsell: Any) -> str:
        """Return the revenue with tax, without test orders of a live store."""
        return format_money(upsell.total_revenue, upsell.store.currency)


@admin.register(UpsellAttempt)
class UpsellAttemptAdmin(OrderRelatedAdmin):
    """View how shoppers responded to upsells."""

    list_display = ("created_at", "order", "upsell", "status", "amount", "currency", "message")
    list_filter = (AttemptStatusFilter, "order__store", "created_at")
    search_help_text = gettext_lazy(
        "Search by the full attempt ID, or any part of the order number, name, or email."
    )
    ordering = ("-created_at", "-id")
    list_select_related = ("order", "upsell")
    fields = ("order", "upsell", "status", "amount_text", "tax_text", "message", "created_at")

    @admin.display(description=gettext_lazy("amount"))
    def amount_text(self, attempt: UpsellAttempt) -> str:
        return format_money(attempt.amount, attempt.currency)

    @admin.display(description=gettext_lazy("tax"))
    def tax_text(self, attempt: UpsellAttempt) -> str:
        return format_money(attempt.tax, attempt.currency)
