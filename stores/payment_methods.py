"""The payment methods that shops can offer, and the limits of each. To add one, add its row.

Their limits are those of NEXT Commerce; `docs/payment-methods.md` shows them as a table.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stores.code_lists import CodeListField

_EURO_COUNTRIES = frozenset(
    "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split()  # noqa: SIM905
)
_KLARNA_COUNTRIES = frozenset(
    "AT AU BE CA CH CZ DE DK ES FI FR GB GR IE IT NL NO NZ PL PT RO SE US".split()  # noqa: SIM905
)
# Parts of the kinds that NEXT gives its gateways.
_STRIPE, _NEXT_PAYMENTS = "stripe", "next"


@dataclass(frozen=True)
class PaymentMethod:
    """A method, by NEXT's code. Its label is a brand, the same in every language.

    Without `currencies`, `countries`, or `gateways`, it takes all of them. An order's country is where it is
    shipped to, or billed if nothing ships.
    """

    code: str
    label: str
    gateways: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    least_amount: Decimal = Decimal(0)
    takes_subscriptions: bool = False
    takes_upsells: bool = False
    # The bank takes days: until then, NEXT has the order without the money.
    settles_later: bool = False
    # False: it has an account of its own at NEXT, beside the gateways.
    uses_gateway: bool = True
    is_test: bool = False

    def takes_currency(self, currency: str) -> bool:
        return not self.currencies or currency in self.currencies

    def takes_country(self, country: str) -> bool:
        """Return True unless the method is known not to work there. An order may have no country."""
        return not self.countries or not country or country in self.countries

    def runs_on(self, gateway_kind: str) -> bool:
        """Return True if a gateway of this kind can take it."""
        kind = gateway_kind.casefold()
        return self.uses_gateway and (not self.gateways or any(part in kind for part in self.gateways))


LINK = PaymentMethod(
    "link", "Link", gateways=frozenset({_STRIPE}), takes_subscriptions=True, takes_upsells=True
)
PAYPAL = PaymentMethod("paypal", "PayPal", takes_subscriptions=True, takes_upsells=True, uses_gateway=False)
KLARNA = PaymentMethod(
    "klarna",
    "Klarna",
    gateways=frozenset({_STRIPE, _NEXT_PAYMENTS}),
    countries=_KLARNA_COUNTRIES,
    takes_subscriptions=True,
    takes_upsells=True,
)
APPLE_PAY = PaymentMethod("apple_pay", "Apple Pay", takes_subscriptions=True, takes_upsells=True)
GOOGLE_PAY = PaymentMethod("google_pay", "Google Pay", takes_subscriptions=True, takes_upsells=True)
TWINT = PaymentMethod(
    "twint",
    "TWINT",
    gateways=frozenset({_NEXT_PAYMENTS}),
    currencies=frozenset({"CHF"}),
    countries=frozenset({"CH"}),
    takes_subscriptions=True,
    takes_upsells=True,
)
IDEAL = PaymentMethod(
    "ideal",
    "iDEAL",
    gateways=frozenset({_STRIPE, _NEXT_PAYMENTS}),
    currencies=frozenset({"EUR"}),
    countries=frozenset({"NL", "BE"}),
)
BANCONTACT = PaymentMethod(
    "bancontact",
    "Bancontact",
    gateways=frozenset({_STRIPE, _NEXT_PAYMENTS}),
    currencies=frozenset({"EUR"}),
    countries=frozenset({"BE", "NL"}),
)
SEPA_DEBIT = PaymentMethod(
    "sepa_debit",
    "SEPA Direct Debit",
    gateways=frozenset({_STRIPE}),
    currencies=frozenset({"EUR"}),
    countries=_EURO_COUNTRIES,
    settles_later=True,
)
AFFIRM = PaymentMethod(
    "affirm",
    "Affirm",
    gateways=frozenset({_STRIPE, _NEXT_PAYMENTS}),
    currencies=frozenset({"USD", "CAD"}),
    countries=frozenset({"US", "CA"}),
    least_amount=Decimal("50.00"),
)
SWISH = PaymentMethod(
    "swish",
    "Swish",
    gateways=frozenset({_NEXT_PAYMENTS}),
    currencies=frozenset({"SEK"}),
    countries=frozenset({"SE"}),
)
# NEXT's test card that redirects. It charges nothing, needs no gateway, and works in test stores only.
TEST_CARD = PaymentMethod(
    "test_3ds_card", "Test card", takes_subscriptions=True, takes_upsells=True, is_test=True
)

# In the order in which staff see them. NEXT also lists giropay and Sofort, which have closed, and
# Afterpay, which its API doesn't take.
PAYMENT_METHODS = {
    method.code: method
    for method in (
        *(LINK, PAYPAL, KLARNA, APPLE_PAY, GOOGLE_PAY, TWINT, IDEAL, BANCONTACT, SEPA_DEBIT, AFFIRM, SWISH),
        TEST_CARD,
    )
}


def list_default_methods() -> list[str]:
    """Return the payment methods of a store whose merchant hasn't turned on others."""
    return [LINK.code]


def get_payment_method(code: str) -> PaymentMethod:
    """Return the method. One that no longer has a row carries nothing, and is called by its code."""
    return PAYMENT_METHODS.get(code) or PaymentMethod(code, code)


class PaymentMethodsField(CodeListField):
    """The codes of payment methods, in the order in which shoppers see them."""

    def validate_code(self, code: str) -> None:
        if code not in PAYMENT_METHODS:
            raise ValidationError(_("%(code)s is not a payment method.") % {"code": code})
