"""Selling plans in the admin: prices as rows of a table, said again in the shopper's words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import selling_plans
from catalog.admin.json_table_forms import (
    TableFormSet,
    TableModelAdmin,
    TableModelForm,
    TableRowForm,
    table_formset_factory,
)
from catalog.models import SellingPlan, SellingPlanGroup
from catalog.models.selling_plan import SellingPlanStatus
from catalog.plan_text import format_plan_saving, format_plan_terms
from catalog.pricing import FIXED, RECURRING
from catalog.selling_plans import SellingPlanDraft

SAMPLE_PRICE = Decimal("100.00")
DRAFT_FIELDS = [name for name in SellingPlanDraft.__dataclass_fields__ if name != "pricing_policy"]


class PricingPolicyForm(TableRowForm):
    """One step of a plan's price."""

    significant_fields = ("adjustment_value",)

    # A plan of the API may hold from the start by a RECURRING policy; it stays one.
    original_type = forms.CharField(required=False, widget=forms.HiddenInput)
    after_cycle = forms.IntegerField(
        label=gettext_lazy("After payment number"),
        required=False,
        min_value=0,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "0"}),
    )
    adjustment_type = forms.ChoiceField(
        label=gettext_lazy("The price is"),
        required=False,
        choices=[
            ("PERCENTAGE", gettext_lazy("lower by percent")),
            ("FIXED_AMOUNT", gettext_lazy("lower by an amount")),
            ("PRICE", gettext_lazy("exactly")),
        ],
    )
    adjustment_value = forms.DecimalField(
        label=gettext_lazy("So much"), required=False, min_value=0, max_digits=12, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        value = data.get("adjustment_value")
        if value is not None and data.get("adjustment_type") == "PERCENTAGE" and value > 100:
            self.add_error("adjustment_value", _("At most 100 percent."))
        return data

    def to_policy(self) -> dict[str, str]:
        """As the plan keeps it: FIXED from the start, RECURRING after a payment (X22, X23)."""
        data = self.cleaned_data
        recurring = data["after_cycle"] or data["original_type"] == RECURRING
        policy = {
            "policy_type": RECURRING if recurring else FIXED,
            "adjustment_type": data["adjustment_type"],
            "adjustment_value": format(data["adjustment_value"].normalize(), "f"),
        }
        return policy | ({"after_cycle": str(data["after_cycle"] or 0)} if recurring else {})


class PricingPolicyFormSet(table_formset_factory(PricingPolicyForm)):  # type: ignore[misc]
    """The steps of a plan's price."""

    heading = gettext_lazy("Prices")
    add_text = gettext_lazy("Add a step")
    intro = gettext_lazy(
        "Without a row every payment costs the variant's price. A row after payment 0 holds from the start,"
        " a row after payment 1 from the second payment on."
    )

    def policies(self) -> list[dict[str, str]]:
        found = [form.to_policy() for form in self.rows]
        return sorted(found, key=lambda policy: int(policy.get("after_cycle", 0)))

    def clean(self) -> None:
        if any(self.errors):
            return
        starts = [policy.get("after_cycle", "0") for policy in self.policies()]
        if len(starts) != len(set(starts)):
            raise ValidationError(_("Two rows start after the same payment."))


class SellingPlanForm(TableModelForm):
    """A selling plan as staff edit it."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    interval_count = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=1000, initial=1)

    class Meta:
        model = SellingPlan
        fields = (
            "group",
            "name",
            "description",
            "billing_policy_type",
            "interval_count",
            "interval",
            "min_cycles",
            "trial_period_days",
            "trial_price",
            "valid_from",
            "valid_until",
            "priority",
            "status",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = self.instance.version

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        policies = self.instance.pricing_policy
        fixed = any(policy["policy_type"] == FIXED for policy in policies)
        self.prices: PricingPolicyFormSet = PricingPolicyFormSet(
            data,
            prefix="prices",
            initial=[
                {
                    "original_type": policy["policy_type"],
                    "after_cycle": 0
                    if policy["policy_type"] == FIXED
                    else policy.get("after_cycle") or int(fixed),
                    "adjustment_type": policy["adjustment_type"],
                    "adjustment_value": policy["adjustment_value"],
                }
                for policy in policies
            ],
        )
        return [self.prices]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.instance._state.adding and data.get("seen_version") != self.instance.version:
            raise ValidationError(_("This plan was changed meanwhile. Open it again, then make your change."))
        return data

    def to_draft(self) -> SellingPlanDraft:
        """The plan as the verb takes it."""
        data = self.cleaned_data
        values = {name: data[name] for name in DRAFT_FIELDS}
        return SellingPlanDraft(**values, pricing_policy=self.prices.policies())


@admin.register(SellingPlan)
class SellingPlanAdmin(TableModelAdmin):
    form = SellingPlanForm
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
            gettext_lazy("Charged"),
            {
                "fields": (
                    "billing_policy_type",
                    ("interval_count", "interval"),
                    "min_cycles",
                    ("trial_period_days", "trial_price"),
                )
            },
        ),
        (gettext_lazy("Offered"), {"fields": ("valid_from", "valid_until", "priority", "seen_version")}),
    )

    @admin.display(description=gettext_lazy("Store"), ordering="group__store__name")
    def store(self, plan: SellingPlan) -> str:
        return plan.group.store.name

    @admin.display(description=gettext_lazy("A price of 100 becomes"))
    def price_summary(self, plan: SellingPlan) -> str:
        if plan._state.adding:
            return "–"
        currency = plan.group.store.currency
        words = format_plan_terms(plan=plan, base_price=SAMPLE_PRICE, currency=currency)
        return " · ".join(
            filter(None, [words, format_plan_saving(plan=plan, base_price=SAMPLE_PRICE, currency=currency)])
        )

    def get_readonly_fields(self, request: HttpRequest, obj: SellingPlan | None = None) -> Any:
        return ("group", *self.readonly_fields) if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: SellingPlan | None = None) -> bool:
        """One at a time, and only what is no longer offered."""
        return (
            obj is not None
            and obj.status == SellingPlanStatus.DISABLED
            and super().has_delete_permission(request, obj)
        )

    def delete_model(self, request: HttpRequest, obj: SellingPlan) -> None:
        selling_plans.delete_selling_plan(plan=obj)

    def save_model(self, request: HttpRequest, obj: SellingPlan, form: Any, change: bool) -> None:
        if change:
            seen = form.cleaned_data["seen_version"]
            saved = selling_plans.update_selling_plan(
                plan=SellingPlan.objects.get(pk=obj.pk), draft=form.to_draft(), version=seen
            )
        else:
            saved = selling_plans.create_selling_plan(group=form.cleaned_data["group"], draft=form.to_draft())
        obj.__dict__.update(saved.__dict__)


@admin.register(SellingPlanGroup)
class SellingPlanGroupAdmin(admin.ModelAdmin):
    list_display = ("name", "store", "status", "plan_count", "product_count")
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
        """One at a time, and only what offers nothing."""
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
        add = f"{reverse('admin:catalog_sellingplan_add')}?group={group.pk}"
        rows = [
            (
                reverse("admin:catalog_sellingplan_change", args=[plan.pk]),
                plan.name,
                plan.get_status_display(),
            )
            for plan in group.selling_plans.all()
        ]
        listed = format_html_join("", '<li><a href="{}">{}</a> ({})</li>', rows)
        return format_html('<ul class="plain">{}</ul><a href="{}">{}</a>', listed, add, _("Add a plan"))

    @admin.display(description=gettext_lazy("Offered for"))
    def products(self, group: SellingPlanGroup) -> SafeString | str:
        uses = group.uses.select_related("product", "variant__product")[:50]
        rows = [
            (reverse("admin:catalog_product_change", args=[use.product_id]), use.variant or use.product)
            for use in uses
        ]
        if not rows:
            return _("No product yet. Choose it on the product's page.")
        return format_html(
            '<ul class="plain">{}</ul>', format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        )
