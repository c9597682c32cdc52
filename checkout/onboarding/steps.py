"""The steps of the setup page, in the order in which to do them."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from checkout.onboarding import connection_checks, selling_checks
from checkout.onboarding.findings import CheckedStore, Finding, StepState
from checkout.onboarding.forms import DetailsForm, EmailForm, PaymentForm, PoliciesForm, ShippingForm, TaxForm
from stores.models import Store

Text = str | Promise


class OnboardingCode(enum.StrEnum):
    """The name of a step in forms and URLs."""

    CONNECTION = "connection"
    DETAILS = "details"
    PAYMENT = "payment"
    SHIPPING = "shipping"
    PRODUCTS = "products"
    WEBHOOK = "webhook"
    EMAIL = "email"
    TAX = "tax"
    POLICIES = "policies"
    PURCHASE = "purchase"


_SAVE = gettext_lazy("Save")


@dataclass(frozen=True)
class _StepKind:
    title: Text
    check: Callable[[CheckedStore], Finding]
    button: Text = ""  # of the step's action, if it has one
    form: Any = None
    save_button: Text = _SAVE


STEP_KINDS: Mapping[OnboardingCode, _StepKind] = {
    OnboardingCode.CONNECTION: _StepKind(
        gettext_lazy("Connection"), connection_checks.check_connection, gettext_lazy("Check everything again")
    ),
    OnboardingCode.DETAILS: _StepKind(
        gettext_lazy("Your store"), connection_checks.check_details, form=DetailsForm
    ),
    OnboardingCode.PAYMENT: _StepKind(
        gettext_lazy("Payment"), connection_checks.check_payment, form=PaymentForm
    ),
    OnboardingCode.WEBHOOK: _StepKind(
        gettext_lazy("Events"), connection_checks.check_webhook, gettext_lazy("Register and test")
    ),
    OnboardingCode.SHIPPING: _StepKind(
        gettext_lazy("Shipping"),
        selling_checks.check_shipping,
        gettext_lazy("Load shipping methods"),
        form=ShippingForm,
    ),
    # Its button starts the import in the background, on a page of the catalog.
    OnboardingCode.PRODUCTS: _StepKind(gettext_lazy("Products"), selling_checks.check_products),
    OnboardingCode.TAX: _StepKind(gettext_lazy("Tax"), selling_checks.check_tax, form=TaxForm),
    OnboardingCode.POLICIES: _StepKind(
        gettext_lazy("Terms and policies"), selling_checks.check_policies, form=PoliciesForm
    ),
    OnboardingCode.EMAIL: _StepKind(
        gettext_lazy("Emails"),
        connection_checks.check_email,
        form=EmailForm,
        save_button=gettext_lazy("Send test email"),
    ),
    OnboardingCode.PURCHASE: _StepKind(gettext_lazy("Test purchase"), selling_checks.check_purchase),
}


@dataclass(frozen=True)
class OnboardingStep:
    """A step with what its check found, and what staff can do about it."""

    code: OnboardingCode
    title: Text
    finding: Finding
    button: Text
    form: Any
    save_button: Text

    @property
    def is_done(self) -> bool:
        return self.finding.state is StepState.DONE


def list_onboarding_steps(store: Store, bound: Mapping[str, Any] | None = None) -> list[OnboardingStep]:
    """Return the store's steps. `bound` has forms that were filled in, by the code of their step.

    Calls nobody: the checks read our own records.
    """
    checked, forms = CheckedStore(store), bound or {}
    return [
        OnboardingStep(
            code=code,
            title=kind.title,
            finding=kind.check(checked),
            button=kind.button,
            form=forms.get(code) or (kind.form and kind.form(checked)),
            save_button=kind.save_button,
        )
        for code, kind in STEP_KINDS.items()
    ]
