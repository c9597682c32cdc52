"""What the shop calculates is what the sandbox store charges, to the cent, whatever the settings."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.quote import calculate_quote
from checkout.selection import Selection, SelectionLine
from checkout.tax_rules import TaxRules
from checkout.taxes import TaxableLine, calculate_taxes
from orders.models import Order
from stores.models import TaxRate
from tests.checkout_pages.conftest import ADDRESS, FormShopper
from tests.factories import variant_of

CATEGORIES = ["", "books", "food"]
MODES = {"added": "exclusive", "included": "inclusive"}

rate_fields = st.fixed_dictionaries(
    {
        "states": st.lists(st.sampled_from(["CA", "NY"]), max_size=2, unique=True),
        "percent": st.decimals(0, 100, places=4)
        | st.sampled_from([Decimal("8.875"), Decimal(19), Decimal(0)]),
        "taxes_shipping": st.booleans(),
        "is_compound": st.booleans(),
        "category": st.sampled_from(CATEGORIES),
    }
)
line_fields = st.fixed_dictionaries(
    {
        "units": st.integers(1, 10**6),
        "quantity": st.integers(1, 99),
        "variant": st.integers(100, 105),
    }
)


# (category, digital) of each of the sandbox's variants.
VARIANTS = {
    100 + number: (category, is_digital)
    for number, (category, is_digital) in enumerate(itertools.product(CATEGORIES, (False, True)))
}
CATALOG = {
    "products": [
        {
            "id": number - 90,
            "title": f"Product {number}",
            "categories": [category] if category else [],
            "variants": [
                {
                    "id": number,
                    "title": "",
                    "sku": f"SKU-{number}",
                    "price": "1.00",
                    "stock": None,
                    "requires_shipping": not is_digital,
                }
            ],
        }
        for number, (category, is_digital) in VARIANTS.items()
    ],
    "shipping_methods": [
        {
            "id": 1,
            "code": "standard",
            "name": "Standard",
            "countries": [],
            "prices": {"USD": "5.00", "JPY": "500"},
        }
    ],
    "gateways": [{"id": 7, "name": "Link"}],
}


def drop_repeated_overrides(rates):
    """Return the rates with one for each category and place, as the admin demands."""
    seen, kept = set(), []
    for rate in rates:
        places = {(rate["category"], state) for state in rate["states"] or [""]}
        if not rate["category"] or not places & seen:
            seen |= places
            kept.append(
                rate | {"percent": str(rate["percent"]), "country": "US", "title": f"Tax {len(kept)}"}
            )
    return kept


def build_tax_rate(number, rate):
    return TaxRate(
        id=number,
        country="US",
        name=rate["title"],
        states=", ".join(rate["states"]),
        rate=Decimal(rate["percent"]),
        taxes_shipping=rate["taxes_shipping"],
        is_compound=rate["is_compound"],
        tax_category=rate["category"],
    )


def create_order(store, *, lines, shipping, state, currency):
    """Make a test order and return NEXT's answer."""
    body = {
        "lines": [
            {"product_id": line["variant"], "quantity": line["quantity"], "price": str(line["price"])}
            for line in lines
        ],
        "currency": currency,
        "user": {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"},
        "shipping_address": {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "line1": "12 Main Street",
            "line4": "Monsey",
            "state": state,
            "postcode": "10952",
            "country": "US",
        },
        "billing_same_as_shipping_address": True,
        "shipping_code": "standard",
        "shipping_price": str(shipping),
        "payment_method": "card_token",
        "payment_details": {"card_token": "test_card"},
    }
    answer = store.call("POST", "orders/", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def add_up(rows):
    totals = {}
    for name, amount in rows:
        totals[name] = totals.get(name, Decimal(0)) + Decimal(amount)
    return {name: amount for name, amount in totals.items() if amount}


@pytest.mark.any_database
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rates=st.lists(rate_fields, max_size=5).map(drop_repeated_overrides),
    lines=st.lists(line_fields, min_size=1, max_size=4),
    shipping_units=st.integers(0, 10_000),
    mode=st.sampled_from(list(MODES)),
    state=st.sampled_from(["CA", "NY", "TX"]),
    rounding=st.sampled_from(["line", "unit", "order"]),
    currency=st.sampled_from(["USD", "JPY"]),
    taxes_digital=st.booleans(),
)
def test_every_tax_is_the_sandboxs(
    sandbox, rates, lines, shipping_units, mode, state, rounding, currency, taxes_digital
):
    unit = Decimal("1.00") if currency == "JPY" else Decimal("0.01")
    lines = [line | {"price": line["units"] * unit} for line in lines]
    needs_shipping = any(not VARIANTS[line["variant"]][1] for line in lines)
    shipping = shipping_units * unit if needs_shipping else Decimal(0)
    store = sandbox.create_store(catalogue=CATALOG, currency=currency)
    try:
        store.set_taxes(*rates, mode=MODES[mode], rounding=rounding, taxes_digital_products=taxes_digital)
        next_order = create_order(store, lines=lines, shipping=shipping, state=state, currency=currency)
    finally:
        store.delete()

    taxes = calculate_taxes(
        rules=TaxRules(
            mode=mode,
            currency=currency,
            rates=tuple(build_tax_rate(number, rate) for number, rate in enumerate(rates, start=1)),
            state=state,
            rounding=rounding,
            taxes_digital_products=taxes_digital,
        ),
        lines=[
            TaxableLine(line["price"] * line["quantity"], line["quantity"], *VARIANTS[line["variant"]])
            for line in lines
        ],
        shipping=shipping,
    )

    shown_total = sum((line["price"] * line["quantity"] for line in lines), shipping) + taxes.added_total
    assert shown_total == Decimal(next_order["total_incl_tax"])
    assert add_up((row.name, row.amount) for row in taxes.lines if row.is_shipping) == add_up(
        (row["tax_title"], row["amount"]) for row in next_order["shipping_tax_lines"]
    )
    assert add_up((row.name, row.amount) for row in taxes.lines if not row.is_shipping) == add_up(
        (row["tax_title"], row["amount"]) for line in next_order["lines"] for row in line["tax_lines"]
    )


@pytest.mark.parametrize("mode", list(MODES))
def test_order_is_charged_as_its_checkout_showed(shop, client, mode):
    """Over HTTP: a region, a state, a category, and shipping."""
    rates = [
        {"country": "US", "title": "Sales tax", "percent": "8.875", "states": ["NY"], "taxes_shipping": True},
        {"country": "US", "title": "Reduced", "percent": "4", "category": "lighting"},
    ]
    shop.sandbox.set_taxes(*rates, mode=MODES[mode])
    shop.tax_mode = mode
    shop.save()
    shop.tax_rates.create(
        country="US", states="NY", name="Sales tax", rate=Decimal("8.875"), taxes_shipping=True
    )
    lamp = variant_of(shop.products.get(name="Desk lamp"))
    quoted = calculate_quote(
        store=shop,
        selection=Selection(source="cart", lines=(SelectionLine(variant=lamp, quantity=3),)),
        country="US",
        state="NY",
    )
    client.handler.enforce_csrf_checks = True
    shopper = FormShopper(client)
    path = f"/checkout?variant={lamp.pk}&quantity=3"
    shopper.get(path)

    shopper.post(path, {**ADDRESS, "update": "1"})
    answer = shopper.post(path, {**ADDRESS, "key": shopper.hidden("key"), "shown": shopper.hidden("shown")})
    shop.sandbox.pay(answer["Location"])

    (next_order,) = shop.sandbox.orders()
    assert next_order["total_incl_tax"] == str(quoted.total) == str(Order.objects.get().total)
    assert str(quoted.total) == {"added": "165.49", "included": "152.00"}[mode]
