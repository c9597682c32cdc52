"""Reading NEXT's tax for a place from one test order. Staff do this at setup; it never runs for a shopper.

NEXT quotes no tax, but the answer to a test order names every tax. The order is paid with NEXT's test card,
which charges nothing, and staff delete it in NEXT afterward.
"""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Variant
from checkout.models import ShippingMethod
from checkout.quote import list_offered_methods
from nextcommerce.order_prices import NextTaxRate, list_tax_rates, read_line_price, read_taxes, read_total_tax
from nextcommerce.schemas import NextOrder
from stores.errors import Problem
from stores.models import Store, TaxMode
from stores.money import round_money
from stores.next_client import open_next_client

CALIBRATION_TAG = "tax-calibration"
# The only payment that this module ever sends: an approved test, without a charge.
TEST_CARD = "test_card"


@dataclass(frozen=True)
class TaxPlace:
    """Where a test order goes."""

    country: str
    state: str = ""
    city: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class TaxReading:
    """How NEXT taxed a test order."""

    mode: str
    rates: tuple[NextTaxRate, ...]
    next_order_number: str


def find_calibration_variant(*, store: Store) -> Variant | None:
    """Return a variant that NEXT knows, shipped if possible, since shipping may be taxed too."""
    variants = Variant.objects.select_related("product").filter(
        product__store=store, product__active=True, active=True, next_variant_id__isnull=False
    )
    return variants.order_by("-product__collect_shipping_address", "product__created_at", "pk").first()


def read_next_tax(*, store: Store, place: TaxPlace, variant: Variant, email: str) -> TaxReading:
    """Make one test order in NEXT and return its taxes. The caller has recorded who asks for it.

    Raises Problem if the order can't be made or tells nothing, and NextApiError.
    """
    body = build_calibration_body(store=store, place=place, variant=variant, email=email)
    next_order = open_next_client(store).create_order(body)
    if not isinstance(next_order, NextOrder):
        raise Problem(_("NEXT Commerce asked for a payment page instead of making a test order."))
    if not next_order.is_test:
        raise Problem(
            _("NEXT Commerce didn't mark order %(number)s as a test. Check it there before you go on.")
            % {"number": next_order.number}
        )
    return read_taxes_of_test_order(next_order, price=Decimal(body["lines"][0]["price"]))


def build_calibration_body(*, store: Store, place: TaxPlace, variant: Variant, email: str) -> dict[str, Any]:
    """Return the request body of the test order. Raises Problem if nothing ships to the country."""
    # Not the variant's price: cents of a large amount tell a rate better, and NEXT may refuse a second
    # order of the same value from the same customer.
    price = round_money(Decimal(1_000_00 + secrets.randbelow(50_00)) / 100, store.currency)
    body: dict[str, Any] = {
        "lines": [{"product_id": variant.next_variant_id, "quantity": 1, "price": str(price)}],
        "currency": store.currency,
        "user": {"email": email, "first_name": "Tax", "last_name": "Test"},
        "shipping_address": {
            "first_name": "Tax",
            "last_name": "Test",
            "line1": "1 Test Street",
            "line4": place.city or place.state or place.country,
            "state": place.state,
            "postcode": place.postal_code,
            "country": place.country,
        },
        "billing_same_as_shipping_address": True,
        "payment_method": "card_token",
        "payment_details": {"card_token": TEST_CARD},
        "send_receipt": False,
        "tags": [CALIBRATION_TAG],
        # Otherwise NEXT would use the attribution of the customer's old cart.
        "attribution": {"metadata": {}},
    }
    if variant.product.collect_shipping_address:
        method = _find_method(store, place)
        body |= {"shipping_code": method.code, "shipping_price": str(method.price or Decimal("10.00"))}
    address = body["shipping_address"]
    body["shipping_address"] = {name: value for name, value in address.items() if value}
    return body


def read_taxes_of_test_order(next_order: NextOrder, *, price: Decimal) -> TaxReading:
    """Return how the order was taxed. `price` is what we sent for its one line."""
    if not read_total_tax(next_order):
        return TaxReading(TaxMode.NONE, (), next_order.number)
    line_price = read_line_price(next_order, next_order.lines[0]) if next_order.lines else None
    is_included = line_price is not None and line_price.get_full(is_included=True) == price
    return TaxReading(
        mode=TaxMode.INCLUDED if is_included else TaxMode.ADDED,
        rates=_read_rates(next_order),
        next_order_number=next_order.number,
    )


def _read_rates(next_order: NextOrder) -> tuple[NextTaxRate, ...]:
    """Return the rates of the order's one line, as it names them, or else the order does."""
    taxes = read_taxes(next_order)
    of_line = [tax for tax in taxes if tax.line is not None]
    of_order = [tax for tax in taxes if tax.line is None and not tax.is_shipping]
    return tuple(list_tax_rates(of_line or of_order, [tax for tax in taxes if tax.is_shipping]))


def _find_method(store: Store, place: TaxPlace) -> ShippingMethod:
    methods = list_offered_methods(store=store, country=place.country)
    if not methods:
        raise Problem(_("No shipping method goes to this country. Load the shipping methods first."))
    return next((method for method in methods if method.price), methods[0])
