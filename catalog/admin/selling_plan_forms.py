"""Forms of selling plans in the admin: the plan, and its price steps as a table."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableFormSet, TableModelForm, TableRowForm, table_formset_factory
from catalog.models import SellingPlan
from catalog.pricing import FIXED, RECURRING
from catalog.selling_plans import SellingPlanDraft

DRAFT_FIELDS = [name for name in SellingPlanDraft.__dataclass_fields__ if name != "pricing_policy"]


class PricingPolicyForm(TableRowForm):
    """One step of a plan's price."""

    significant_fields = ("adjustment_value",)

    # A plan created through the API may start with a RECURRING policy, which must stay one.
    original_type = forms.CharField(required=False, widget=forms.HiddenInput)
    after_cycle = forms.IntegerField(
        label=gettext_lazy("After payment number"),
        required=False,
        min_value=0,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "0"}),
    )
    adjustment_type = forms.ChoiceField(
        label=gettext_lazy("Adjustment"),
        required=False,
        choices=[
            ("PERCENTAGE", gettext_lazy("percent off")),
            ("FIXED_AMOUNT", gettext_lazy("amount off")),
            ("PRICE", gettext_lazy("fixed price")),
        ],
    )
    adjustment_value = forms.DecimalField(
        label=gettext_lazy("Value"), required=False, min_value=0, max_digits=12, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        value = data.get("adjustment_value")
        if value is not None and data.get("adjustment_type") == "PERCENTAGE" and value > 100:
            self.add_error("adjustment_value", _("Enter 100 percent or less."))
        return data

    def to_policy(self) -> dict[str, str]:
        """Return the policy to save: FIXED from the start, RECURRING after a payment (X22, X23)."""
        data = self.cleaned_data
        recurring = data["after_cycle"] or data["original_type"] == RECURRING
        policy = {
            "policy_type": RECURRING if recurring else FIXED,
            "adjustment_type": data["adjustment_type"],
            "adjustment_value": format(data["adjustment_value"].normalize(), "f"),
        }
        return policy | ({"after_cycle": str(data["after_cycle"] or 0)} if recurring else {})


class PricingPolicyFormSet(table_formset_factory(PricingPolicyForm)):  # type: ignore[misc]
    """All price steps of a plan."""

    heading = gettext_lazy("Prices")
    add_text = gettext_lazy("Add a step")
    intro = gettext_lazy(
        "Without rows, every payment is the variant's price. A row after payment 0 applies from the start,"
        " a row after payment 1 from the second payment on."
    )

    def policies(self) -> list[dict[str, str]]:
        policies = [form.to_policy() for form in self.rows]
        return sorted(policies, key=lambda policy: int(policy.get("after_cycle", 0)))

    def clean(self) -> None:
        if any(self.errors):
            return
        starts = [policy.get("after_cycle", "0") for policy in self.policies()]
        if len(starts) != len(set(starts)):
            raise ValidationError(_("Two rows start after the same payment. Change or remove one."))


class SellingPlanForm(TableModelForm):
    """A selling plan with its table of price steps."""

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
            raise ValidationError(
                _("Someone else changed this plan. Reload the page, then make your change again.")
            )
        return data

    def to_draft(self) -> SellingPlanDraft:
        """Return the draft for creating or updating the plan."""
        data = self.cleaned_data
        values = {name: data[name] for name in DRAFT_FIELDS}
        return SellingPlanDraft(**values, pricing_policy=self.prices.policies())
