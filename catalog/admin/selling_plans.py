"""Selling plans and their groups in the admin."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import selling_plans
from catalog.admin.problem_forms import ProblemModelAdmin
from catalog.admin.selling_plan_forms import PricingPolicyForm, PricingPolicyFormSet, SellingPlanForm
from catalog.models import PricingPolicy, SellingPlan, SellingPlanGroup
from catalog.models.selling_plan import SellingPlanStatus
from catalog.plan_snapshot import snapshot_plan_at_price
from catalog.plan_text import format_plan_saving, format_plan_terms
from stores.admin_changelists import StoreListAdmin

SAMPLE_PRICE = Decimal("100.00")


class PricingPolicyInline(admin.TabularInline):
    """The steps of a plan's price, which the plan's permissions are for: a plan is saved with its prices."""

    model = PricingPolicy
    form = PricingPolicyForm
    formset = PricingPolicyFormSet
    template = "admin/catalog/pricing_policies.html"
    extra = 1
    max_num = 20

    def has_view_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        return request.user.has_perm("catalog.view_sellingplan") or self.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        is_new = obj is None
        return request.user.has_perm("catalog.add_sellingplan" if is_new else "catalog.change_sellingplan")

    def has_change_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        return request.user.has_perm("catalog.change_sellingplan")

    def has_delete_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(SellingPlan)
class SellingPlanAdmin(ProblemModelAdmin):
    form = SellingPlanForm
    inlines = (PricingPolicyInline,)
    list_display = (
        "name",
        "group",
        "store",
        "price_summary",
        "status",
        "priority",
        "valid_from",
        "valid_until",
    )
    list_filter = ("group__store", "status", "billing_policy_type")
    list_select_related = ("group__store",)
    search_fields = ("name", "group__name", "id")
    readonly_fields = ("price_summary", "version")
    fieldsets = (
        (None, {"fields": ("group", "name", "description", "status", "price_summary", "version")}),
        (
            gettext_lazy("Billing"),
            {
                "fields": (
                    "billing_policy_type",
                    ("interval_count", "interval"),
                    "min_cycles",
                    ("trial_period_days", "trial_price"),
                )
            },
        ),
        (gettext_lazy("Availability"), {"fields": ("valid_from", "valid_until", "priority", "seen_version")}),
    )

    class Media:
        css: ClassVar = {"all": ["css/admin/catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SellingPlan]:
        return super().get_queryset(request).prefetch_related("pricing_policies")

    @admin.display(description=gettext_lazy("Store"), ordering="group__store__name")
    def store(self, plan: SellingPlan) -> str:
        return plan.group.store.name

    @admin.display(description=gettext_lazy("Example at a price of 100"))
    def price_summary(self, plan: SellingPlan) -> str:
        if plan._state.adding:
            return "–"
        currency = plan.group.store.currency
        terms = format_plan_terms(
            terms=snapshot_plan_at_price(plan=plan, base_price=SAMPLE_PRICE, currency=currency),
            currency=currency,
        )
        saving = format_plan_saving(plan=plan, base_price=SAMPLE_PRICE, currency=currency)
        return " · ".join(filter(None, [terms, saving]))

    def get_readonly_fields(self, request: HttpRequest, obj: SellingPlan | None = None) -> Any:
        return ("group", *self.readonly_fields) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        """Only disabled plans, one at a time."""
        return (
            obj is not None
            and obj.status == SellingPlanStatus.DISABLED
            and super().has_delete_permission(request, obj)
        )

    def delete_model(self, request: HttpRequest, obj: SellingPlan) -> None:
        selling_plans.delete_selling_plan(plan=obj)

    def save_model(self, request: HttpRequest, obj: SellingPlan, form: Any, change: bool) -> None:
        """Leave it to `save_related`, because the service saves a plan with its prices."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (prices,) = formsets
        prices.save(commit=False)  # notes the changes for the history
        draft = form.to_draft(prices.list_policies())
        if change:
            saved = selling_plans.update_selling_plan(
                plan=SellingPlan.objects.get(pk=form.instance.pk),
                draft=draft,
                version=form.cleaned_data["seen_version"],
            )
        else:
            saved = selling_plans.create_selling_plan(group=form.cleaned_data["group"], draft=draft)
        form.instance.__dict__.update(saved.__dict__)


@admin.register(SellingPlanGroup)
class SellingPlanGroupAdmin(StoreListAdmin):
    list_display = ("name", "store", "status", "plan_count", "product_count")
    ordering = ("name", "id")
    list_filter = ("store", "status")
    list_select_related = ("store",)
    search_fields = ("name", "id", "selling_plans__name")
    fields = ("store", "name", "description", "status", "plan_list", "products")
    readonly_fields = ("plan_list", "products")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SellingPlanGroup]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                plan_total=Count("selling_plans", distinct=True),
                product_total=Count("uses__product", distinct=True),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: SellingPlanGroup | None = None) -> Any:
        return ("store", *self.readonly_fields) if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: SellingPlanGroup | None = None) -> Any:
        return self.fields if obj else ("store", "name", "description", "status")

    def has_delete_permission(self, request: HttpRequest, obj: SellingPlanGroup | None = None) -> bool:
        """Only groups without active plans, one at a time."""
        return (
            obj is not None
            and not obj.selling_plans.filter(status=SellingPlanStatus.ACTIVE).exists()
            and super().has_delete_permission(request, obj)
        )

    def delete_model(self, request: HttpRequest, obj: SellingPlanGroup) -> None:
        selling_plans.delete_selling_plan_group(group=obj)

    @admin.display(description=gettext_lazy("Plans"), ordering="plan_total")
    def plan_count(self, group: SellingPlanGroup) -> int:
        return group.plan_total  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Products"), ordering="product_total")
    def product_count(self, group: SellingPlanGroup) -> int:
        return group.product_total  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("Plans"))
    def plan_list(self, group: SellingPlanGroup) -> SafeString:
        add_url = f"{reverse('admin:catalog_sellingplan_add')}?group={group.pk}"
        rows = [
            (
                reverse("admin:catalog_sellingplan_change", args=[plan.pk]),
                plan.name,
                plan.get_status_display(),
            )
            for plan in group.selling_plans.all()
        ]
        items = format_html_join("", '<li><a href="{}">{}</a> ({})</li>', rows)
        return format_html('<ul class="plain">{}</ul><a href="{}">{}</a>', items, add_url, _("Add a plan"))

    @admin.display(description=gettext_lazy("Used by"))
    def products(self, group: SellingPlanGroup) -> SafeString | str:
        uses = group.uses.select_related("product", "variant__product")
        uses = uses.prefetch_related("variant__values")[:50]
        rows = [
            (reverse("admin:catalog_product_change", args=[use.product_id]), use.variant or use.product)
            for use in uses
        ]
        if not rows:
            return _("No products use this group yet. Choose it on a product's page.")
        return format_html(
            '<ul class="plain">{}</ul>', format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        )
