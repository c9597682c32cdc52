"""The payment methods that a shopper can choose from, by what is bought, for how much, and where it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from checkout.forms import CheckoutForm
from checkout.models import PaymentIntent
from checkout.quote import Quote
from stores.countries import list_countries
from stores.errors import Problem
from stores.money import format_money
from stores.offered_payment_methods import list_payment_methods
from stores.payment_methods import PaymentMethod

# In the address of a checkout: the method to select.
SUGGESTION_PARAMETER = "pay"


@dataclass(frozen=True)
class PaidPurchase:
    """What decides which payment methods can pay for a purchase. It may have no country."""

    amount: Decimal
    currency: str
    country: str
    has_subscription: bool


@dataclass(frozen=True)
class PaymentChoice:
    """The methods that can pay for a purchase, and the one that is selected."""

    methods: Sequence[PaymentMethod]
    chosen: PaymentMethod

    @property
    def has_alternatives(self) -> bool:
        return len(self.methods) > 1


def build_payment_choice(form: CheckoutForm, quote: Quote) -> PaymentChoice:
    """Return what the page offers. If nothing fits, the store's first method is chosen, and refused later."""
    purchase = _describe_purchase(form, quote)
    fitting = [method for method in form.payment_methods if not describe_misfit(method, purchase)]
    selected = [method for method in fitting if method.code == form.payment_code]
    return PaymentChoice(methods=fitting, chosen=[*selected, *fitting, *form.payment_methods][0])


def require_payment_method(form: CheckoutForm, quote: Quote) -> PaymentMethod:
    """Return the method that the shopper chose, or else the first that fits.

    Raises Problem, for the field, if the chosen one can't pay for this purchase.
    """
    choice, purchase = build_payment_choice(form, quote), _describe_purchase(form, quote)
    wanted = next((method for method in form.payment_methods if method.code == form.payment_code), None)
    misfit = describe_misfit(wanted or choice.chosen, purchase)
    if not misfit:
        return wanted or choice.chosen
    if choice.methods:
        misfit = _("%(reason)s Choose another way to pay.") % {"reason": misfit}
    raise Problem(misfit, field="payment_method")


def describe_misfit(method: PaymentMethod, purchase: PaidPurchase) -> str:
    """Return for the shopper why the method can't pay for this purchase, or "" if it can."""
    if purchase.has_subscription and not method.takes_subscriptions:
        return _("%(method)s can't pay for subscriptions.") % {"method": method.label}
    if not method.takes_country(purchase.country):
        country = dict(list_countries()).get(purchase.country, purchase.country)
        return _("%(method)s isn't available in %(country)s.") % {"method": method.label, "country": country}
    if purchase.amount < method.least_amount:
        least = format_money(method.least_amount, purchase.currency)
        return _("%(method)s is for orders of %(least)s or more.") % {"method": method.label, "least": least}
    return ""


def find_other_method(intent: PaymentIntent) -> PaymentMethod | None:
    """Return another method to suggest after a failed attempt, or None if the store has none that fits."""
    order = intent.snapshot["order"]
    purchase = PaidPurchase(
        amount=Decimal(order["total"]),
        currency=order["currency"],
        country=order["tax_country"],
        has_subscription=any(item["snapshot"]["selling_plan"] for item in intent.snapshot["items"]),
    )
    others = (method for method in list_payment_methods(intent.store) if method != intent.payment_method)
    return next((method for method in others if not describe_misfit(method, purchase)), None)


def read_suggestion(query: QueryDict) -> dict[str, str]:
    """Return the form's initial value if the address names a method to select."""
    code = query.get(SUGGESTION_PARAMETER, "")
    return {"payment_method": code} if code else {}


def add_suggestion(address: str, method: PaymentMethod) -> str:
    """Return a checkout's address that selects the method."""
    separator = "&" if "?" in address else "?"
    return f"{address}{separator}{SUGGESTION_PARAMETER}={method.code}"


def drop_suggestion(query: QueryDict) -> str:
    """Return the query without the method to select, which is of one visit only."""
    kept = query.copy()
    kept.pop(SUGGESTION_PARAMETER, None)
    return kept.urlencode()


def _describe_purchase(form: CheckoutForm, quote: Quote) -> PaidPurchase:
    return PaidPurchase(
        amount=quote.total,
        currency=quote.currency,
        country=form.country_code,
        has_subscription=form.selection.has_subscription,
    )
