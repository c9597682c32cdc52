"""Forms of selling plans in the admin: the plan, and the steps of its price."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.problem_forms import ProblemModelForm
from catalog.models import PricingPolicy, SellingPlan
from catalog.models.selling_plan import AdjustmentType, PolicyType
from catalog.selling_plans import SellingPlanDraft, clean_plan_values
from stores.errors import Problem

DRAFT_FIELDS = [name for name in SellingPlanDraft.__dataclass_fields__ if name != "pricing_policy"]


class PricingPolicyForm(forms.ModelForm):
    """One step of a plan's price."""

    after_cycle = forms.IntegerField(
        label=gettext_lazy("After payment number"),
        required=False,
        min_value=0,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "0"}),
    )
    adjustment_type = forms.ChoiceField(
        label=gettext_lazy("Adjustment"), choices=AdjustmentType.choices, initial=AdjustmentType.PERCENTAGE
    )
    adjustment_value = forms.DecimalField(
        label=gettext_lazy("Value"), min_value=0, max_digits=12, decimal_places=2
    )

    class Meta:
        model = PricingPolicy
        fields = ("after_cycle", "adjustment_type", "adjustment_value")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        value = data.get("adjustment_value")
        if value is not None and data.get("adjustment_type") == AdjustmentType.PERCENTAGE and value > 100:
            self.add_error("adjustment_value", _("Enter 100 percent or less."))
        return data

    def validate_unique(self) -> None:
        """Leave it to the formset: the plan's rows are replaced together, so they may trade places."""

    validate_constraints = validate_unique

    def to_policy(self) -> dict[str, str]:
        """Return the policy to save: FIXED from the start, RECURRING after a payment (X22, X23).

        A plan created through the API may start with a RECURRING policy, which stays one.
        """
        data = self.cleaned_data
        recurring = data["after_cycle"] or self.instance.policy_type == PolicyType.RECURRING
        policy = {
            "policy_type": (PolicyType.RECURRING if recurring else PolicyType.FIXED).value,
            "adjustment_type": data["adjustment_type"],
            "adjustment_value": format(data["adjustment_value"].normalize(), "f"),
        }
        return policy | ({"after_cycle": str(data["after_cycle"] or 0)} if recurring else {})


class PricingPolicyFormSet(BaseInlineFormSet):
    """All price steps of a plan."""

    forms: list[PricingPolicyForm]  # type: ignore[assignment]

    def list_policies(self) -> list[dict[str, str]]:
        """Return the steps that staff did not remove, in the order of their cycles."""
        kept = [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data]
        policies = [form.to_policy() for form in kept]
        return sorted(policies, key=lambda policy: int(policy.get("after_cycle", 0)))

    def clean(self) -> None:
        if any(self.errors):
            return
        starts = [policy.get("after_cycle", "0") for policy in self.list_policies()]
        if len(starts) != len(set(starts)):
            raise ValidationError(_("Two rows start after the same payment. Change or remove one."))


class SellingPlanForm(ProblemModelForm):
    """A selling plan without the steps of its price."""

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
        for field in self.fields.values():
            if isinstance(field, forms.SplitDateTimeField):
                field.widget.attrs["aria-label"] = field.label

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.instance._state.adding and data.get("seen_version") != self.instance.version:
            raise ValidationError(
                _("Someone else changed this plan. Reload the page, then make your change again.")
            )
        group = data.get("group") or (None if self.instance._state.adding else self.instance.group)
        if group is not None and not self.errors:
            try:
                clean_plan_values(self.to_draft(), group)
            except Problem as problem:
                self.add_error(None, problem.message)
        return data

    def to_draft(self, policies: Sequence[dict[str, str]] = ()) -> SellingPlanDraft:
        """Return the draft for creating or updating the plan with these steps of its price."""
        values = {name: self.cleaned_data[name] for name in DRAFT_FIELDS}
        return SellingPlanDraft(**values, pricing_policy=policies)
