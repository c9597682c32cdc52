"""Shops with random taxes, discounts, prices and plans, each connected to a sandbox store set up alike.

`wrong_country` is the one where the shop's tax settings differ from its sandbox store's.
"""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.models import SellingPlan, Variant
from stores.models import Store, TaxMode
from tests.factories import make_plan, make_product, make_store, store_products, variant_of
from tests.sandbox_process import SandboxProcess
from tests.shop_fixture import make_shipping_methods

# NEXT has no third decimal place, so a dinar has two.
CURRENCIES = {"USD": "0.01", "EUR": "0.01", "KWD": "0.01", "JPY": "1.00"}
PLACES = {"US": ["NY", "CA", "TX"], "CA": ["ON", "QC"], "DE": [""], "GB": [""]}
CATEGORIES = ["", "", "books", "food"]
PERCENTS = ["0", "4", "5", "6.25", "7.25", "8.875", "9.975", "19", "20", "33.3333", "100"]
SANDBOX_MODES = {TaxMode.ADDED: "exclusive", TaxMode.INCLUDED: "inclusive"}
CODES = ["PERCENT", "AMOUNT", "PRODUCT", "CART", "FOOD", "LARGE", "SHIPFREE", "ENDED", "UNKNOWN"]
OFFER_ID = 3


@dataclass
class GeneratedShop:
    """A store, what it sells, and how its sandbox store taxes it. `rates` are the sandbox's."""

    store: Store
    variants: list[Variant]
    plans: dict[str, list[SellingPlan]]
    mode: str
    wrong_country: str = ""
    countries_at_payment: set[str] = field(default_factory=set)
    rates: list[dict[str, Any]] = field(default_factory=list)


def generate_shop(*, rng: random.Random, sandbox: SandboxProcess, number: int) -> GeneratedShop:
    """Create a shop and its sandbox store, which agree but for the tax of the wrong country."""
    currency = rng.choice(list(CURRENCIES))
    mode = rng.choice([TaxMode.ADDED, TaxMode.INCLUDED])
    taxes_digital = rng.random() < 0.7
    lowers_custom_prices = rng.random() < 0.5
    store = make_store(
        host=f"shop-{number}.example.com",
        currency=currency,
        tax_mode=rng.choice([mode, TaxMode.NONE, TaxMode.AT_PAYMENT]),
        tax_rounding=rng.choice(["line", "unit", "order"]),
        taxes_digital_products=taxes_digital,
        codes_lower_custom_prices=lowers_custom_prices,
        verification_amount=Decimal(CURRENCIES[currency]) * 100,
    )
    shop = GeneratedShop(store=store, variants=[], plans={}, mode=mode)
    products = _add_products(rng, shop)
    _add_taxes(rng, shop)
    methods = [
        {
            "id": 1,
            "code": "standard",
            "name": "Standard",
            "delivery_time": "",
            "countries": [],
            "prices": {currency: str(_random_amount(rng, currency, 0, 2000))},
        }
    ]
    make_shipping_methods(store, methods)
    if rng.random() < 0.2:
        store.offers.create(next_offer_id=OFFER_ID, name="Spring sale")
    store.sandbox = sandbox.create_store(
        currency=currency,
        catalogue={
            "products": products,
            "shipping_methods": methods,
            "gateways": [{"id": 7, "name": "Link"}],
        },
        taxes={
            "mode": SANDBOX_MODES[mode],
            "rounding": store.tax_rounding,
            "taxes_digital_products": taxes_digital,
            "rate_format": rng.choice(["fraction", "percent"]),
            "order_tax_lines_include_shipping": rng.random() < 0.5,
            "rates": shop.rates,
        },
        discounts=_generate_discounts(rng, shop, custom_prices=lowers_custom_prices),
    )
    store.next_api_url = store.sandbox.next_api_url
    store.access_token = store.sandbox.token
    store.save()
    return shop


def _random_amount(rng: random.Random, currency: str, least: int, most: int) -> Decimal:
    return rng.randint(least, most) * Decimal(CURRENCIES[currency])


def _add_products(rng: random.Random, shop: GeneratedShop) -> list[dict[str, Any]]:
    """Create products, some at prices of the shop's own. Return them as the sandbox store has them."""
    store = shop.store
    categories = {}
    for number in range(6):
        product = make_product(
            store,
            name=f"Product {number}",
            price=str(_random_amount(rng, store.currency, 60, rng.choice([500, 20_000]))),
            stock=None,
            tax_category=rng.choice(CATEGORIES),
            collect_shipping_address=number % 3 != 2,
        )
        categories[product.next_product_id] = [product.tax_category] if product.tax_category else []
        variant = variant_of(product)
        is_next_price = rng.random() < 0.7
        variant.next_price = variant.price if is_next_price else variant.price + Decimal(7)
        variant.save()
        plans = _add_plans(rng, shop, variant) if number < 3 else []
        shop.variants.append(variant)
        shop.plans[variant.pk] = plans
    prices = {variant.next_variant_id: str(variant.next_price) for variant in shop.variants}
    rows = store_products(store)
    for row in rows:
        row["categories"] = categories[row["id"]]
        for variant_row in row["variants"]:
            variant_row["price"] = prices[variant_row["id"]]
    return rows


def _add_plans(rng: random.Random, shop: GeneratedShop, variant: Variant) -> list[SellingPlan]:
    """Add plans with tiers, a trial, a free trial, and payment in advance."""
    policies = [
        {
            "policy_type": "FIXED",
            "adjustment_type": "PERCENTAGE",
            "adjustment_value": str(rng.choice([10, 15, 33])),
        },
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PERCENTAGE",
            "adjustment_value": "5",
            "after_cycle": "2",
        },
    ]
    trial_price = _random_amount(rng, shop.store.currency, 60, 300)
    options: list[dict[str, Any]] = [
        {"pricing_policy": policies},
        {"trial_period_days": 7, "trial_price": trial_price},
        {"trial_period_days": 14},
        {"billing_policy_type": "PREPAID", "min_cycles": 3, "pricing_policy": policies},
    ]
    return [make_plan(variant.product, **fields) for fields in rng.sample(options, 2)]


def _add_taxes(rng: random.Random, shop: GeneratedShop) -> None:
    """Choose how each country is taxed, and save the shop's settings for it."""
    countries = list(PLACES)
    shop.wrong_country = rng.choice(countries) if rng.random() < 0.4 else ""
    for country in countries:
        is_wrong = country == shop.wrong_country
        known_mode = rng.choice([shop.mode, shop.mode, TaxMode.NONE, TaxMode.AT_PAYMENT])
        if is_wrong:
            known_mode = rng.choice([TaxMode.ADDED, TaxMode.INCLUDED, TaxMode.NONE, TaxMode.AT_PAYMENT])
        rates = [] if known_mode == TaxMode.NONE and not is_wrong else _generate_rates(rng, country)
        shop.rates += rates
        if known_mode != shop.store.tax_mode:
            shop.store.tax_regions.create(
                country=country, mode=known_mode, currency=rng.choice(["", shop.store.currency])
            )
        if known_mode == TaxMode.AT_PAYMENT:
            shop.countries_at_payment.add(country)
        if known_mode == TaxMode.AT_PAYMENT and rng.random() < 0.5:
            continue
        _save_rates(shop.store, rates, off_by=Decimal(rng.choice(["3", "0"])) if is_wrong else Decimal(0))


def _generate_rates(rng: random.Random, country: str) -> list[dict[str, Any]]:
    """Return rates with one for each category and place, as the admin demands."""
    rates, overridden = [], set()
    are_compound = rng.random() < 0.4
    for number in range(rng.randint(0, 4)):
        # Often one for the whole country and some for its states, which replace it or add to it.
        is_of_country = number == 0 and rng.random() < 0.6
        states = [state for state in PLACES[country] if state and not is_of_country and rng.random() < 0.5]
        category = "" if is_of_country else rng.choice(CATEGORIES)
        places = {(category, state) for state in states or [""]}
        if category and places & overridden:
            continue
        overridden |= places
        rates.append(
            {
                "country": country,
                "states": states,
                "title": f"Tax {number}",
                "percent": rng.choice(PERCENTS),
                "taxes_shipping": not category and rng.random() < 0.5,
                "is_compound": not category and are_compound,
                "category": category,
            }
        )
    return rates


def _save_rates(store: Store, rates: list[dict[str, Any]], *, off_by: Decimal) -> None:
    for rate in rates:
        store.tax_rates.create(
            country=rate["country"],
            states=", ".join(rate["states"]),
            name=rate["title"],
            rate=min(Decimal(rate["percent"]) + off_by, Decimal(100)),
            taxes_shipping=rate["taxes_shipping"],
            is_compound=rate["is_compound"],
            tax_category=rate["category"],
        )


def _generate_discounts(rng: random.Random, shop: GeneratedShop, *, custom_prices: bool) -> dict[str, Any]:
    """Return coupons of each kind, some worthless, and an offer that only named orders or carts get."""
    amount = str(_random_amount(rng, shop.store.currency, 1, 3000))
    product_id = shop.variants[0].product.next_product_id
    percent = str(rng.choice(["10", "12.50", "33.33", "99"]))
    coupons: list[dict[str, Any]] = [
        {"code": "PERCENT", "kind": "percent", "value": percent},
        {"code": "AMOUNT", "kind": "amount", "value": amount},
        {"code": "PRODUCT", "kind": "percent", "value": "25", "products": [product_id]},
        {"code": "CART", "kind": "cart_percent", "value": percent},
        {"code": "FOOD", "kind": "amount", "value": amount, "categories": ["food"]},
        {
            "code": "LARGE",
            "kind": "percent",
            "value": "20",
            "min_quantity": 8,
            "currency": shop.store.currency,
        },
        {"code": "SHIPFREE", "kind": "free_shipping"},
        {"code": "ENDED", "kind": "percent", "value": "10", "end": "2020-01-01T00:00:00Z"},
    ]
    return {
        "coupons": coupons,
        "offers": [
            {
                "id": OFFER_ID,
                "name": "Spring sale",
                "kind": rng.choice(["percent", "amount", "free_shipping"]),
                "value": rng.choice(["5", "15"]),
                "is_site_offer": rng.random() < 0.3,
            }
        ],
        "cart_codes": rng.choice(["ignore", "refuse"]),
        "custom_prices": custom_prices,
        "net_into_lines": False,
    }
