"""One-click upsells and their attempts in the admin."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import PaymentLink, Product, SellingPlan, Variant
from checkout.models import Upsell, UpsellAttempt
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
            self.fields["link"].label_from_instance = lambda link: f"{link.product} · {link.pk}"  # type: ignore[attr-defined]


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
    list_display = (
        "name",
        "store",
        "active",
        "trigger",
        "variant",
        "views",
        "accepted",
        "declined",
        "failed",
        "revenue",
    )
    list_filter = ("store", "active", "trigger")
    search_fields = ("name", "headline", "variant__product__name")
    list_select_related = ("store", "variant__product")
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
