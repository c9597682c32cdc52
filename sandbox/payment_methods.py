"""The payment methods of the stand-in store: their names, and what each one takes."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class SandboxMethod:
    """Without currencies or gateways, it takes all of them."""

    label: str
    currencies: frozenset[str] = frozenset()
    gateways: frozenset[str] = frozenset()
    least: Decimal = Decimal(0)
    takes_later_charges: bool = True  # upsells and renewals
    settles_later: bool = False
    is_express: bool = False


def _bank_method(label: str, *currencies: str, least: str = "0") -> SandboxMethod:
    return SandboxMethod(label, frozenset(currencies), least=Decimal(least), takes_later_charges=False)


REDIRECT_METHODS: dict[str, SandboxMethod] = {
    "link": SandboxMethod("Link", gateways=frozenset({"stripe"}), is_express=True),
    "paypal": SandboxMethod("PayPal", is_express=True),
    "klarna": SandboxMethod("Klarna"),
    "apple_pay": SandboxMethod("Apple Pay", is_express=True),
    "google_pay": SandboxMethod("Google Pay", is_express=True),
    "twint": SandboxMethod("TWINT", frozenset({"CHF"})),
    "ideal": _bank_method("iDEAL", "EUR"),
    "bancontact": _bank_method("Bancontact", "EUR"),
    "sepa_debit": SandboxMethod(
        "SEPA Direct Debit", frozenset({"EUR"}), takes_later_charges=False, settles_later=True
    ),
    "affirm": _bank_method("Affirm", "USD", "CAD", least="50"),
    "swish": _bank_method("Swish", "SEK"),
    "giropay": _bank_method("giropay", "EUR"),
    "sofort": _bank_method("Sofort", "EUR"),
}
CARD_LABEL = "Bankcard"
LISTED_METHODS = ("bankcard", *REDIRECT_METHODS)


def takes_later_charges(code: str) -> bool:
    """Return True if orders paid with it take upsells and renewals, as cards do."""
    method = REDIRECT_METHODS.get(code)
    return method is None or method.takes_later_charges


def get_method_label(code: str) -> str:
    """Return what the payment page calls the method; a card, also a test card, for any other code."""
    method = REDIRECT_METHODS.get(code)
    return method.label if method else CARD_LABEL
