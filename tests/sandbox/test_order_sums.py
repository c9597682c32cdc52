"""Whatever the taxes, discounts and edits: the amounts of an order add up to the cent."""

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.order_bodies import ADDRESS, order_body
from tests.sandbox_process import SandboxStore

KINDS = ("percent", "amount", "cart_percent", "free_shipping", "shipping_percent", "shipping_amount")
AMOUNTS = ("total_excl_tax", "total_incl_tax", "total_tax", "total_discount")


def money(row: dict[str, Any], name: str) -> Decimal:
    return Decimal(row[name])


def add_up(rows: list[dict[str, Any]], name: str = "amount") -> Decimal:
    return sum((money(row, name) for row in rows), Decimal(0))


def make_settings(chance: random.Random) -> dict[str, Any]:
    """Return random prices, taxes and discounts of a store."""
    currency = chance.choice(["USD", "USD", "JPY", "KWD"])
    step = "1" if currency == "JPY" else "0.01"
    prices = [str(Decimal(chance.randint(1, 9999)) * Decimal(step)) for _ in range(3)]
    products = [
        {
            "id": 100 + number,
            "title": "Thing",
            "categories": chance.choice([[], ["Books"]]),
            "variants": [{"id": number, "price": price, "requires_shipping": number != 3}],
        }
        for number, price in enumerate(prices, start=1)
    ]
    shipping = {"id": 1, "code": "standard", "name": "Standard", "prices": {currency: "7"}}
    rates = [
        {
            "country": "US",
            "states": chance.choice([[], ["NY"], ["CA"]]),
            "percent": str(Decimal(chance.randint(0, 25_000)) / 1000),
            "title": f"Tax {number}",
            "taxes_shipping": chance.random() < 0.5,
            "is_compound": chance.random() < 0.5,
            "category": chance.choice(["", "", "Books"]),
        }
        for number in range(chance.randint(0, 3))
    ]
    value = str(chance.randint(1, 60))
    return {
        "currency": currency,
        "catalogue": {"products": products, "shipping_methods": [shipping]},
        "taxes": {
            "rates": rates,
            "mode": chance.choice(["exclusive", "inclusive"]),
            "rounding": chance.choice(["line", "unit", "order"]),
        },
        "discounts": {
            "coupons": [{"code": "CODE", "kind": chance.choice(KINDS), "value": value}],
            "offers": [{"id": 1, "name": "Offer", "kind": chance.choice(KINDS), "value": value}],
            "order_codes": "ignore",
        },
    }


def check_sums(order: dict[str, Any]) -> None:
    lines = order["lines"]
    for tax in ("excl_tax", "incl_tax"):
        total = add_up(lines, f"price_{tax}") + money(order, f"shipping_{tax}")
        assert money(order, f"total_{tax}") == total >= 0
    assert money(order, "total_tax") == add_up(order["tax_lines"])
    assert money(order, "shipping_tax") == add_up(order["shipping_tax_lines"])
    for line in lines:
        assert money(line, "price_incl_tax") - money(line, "price_excl_tax") == add_up(line["tax_lines"])
    if order["currency"] == "JPY":
        assert all(money(order, name) == int(money(order, name)) for name in AMOUNTS)


@pytest.mark.parametrize("seed", range(25))
def test_amounts_of_an_order_add_up(sandbox_store: SandboxStore, seed: int) -> None:
    chance = random.Random(seed)
    sandbox_store.configure(**make_settings(chance))
    lines = [{"product_id": number, "quantity": chance.randint(1, 7)} for number in (1, 2, 3)]
    codes: dict[str, Any] = {"vouchers": ["CODE"], "offers": [1]}
    answer = sandbox_store.call(
        "POST",
        "orders/",
        order_body(lines=lines, currency=sandbox_store.settings["currency"], **codes),
    ).json()
    sandbox_store.pay(answer["payment_complete_url"])
    [order] = sandbox_store.orders()
    check_sums(order)
    discounts = add_up(order["offer_discounts"]) + add_up(order["voucher_discounts"])
    assert money(order, "total_discount") == discounts
    assert order["shipping_address"]["state"] == ADDRESS["state"]
    assert money(order["transactions"][0], "amount") == money(order, "total_incl_tax")
    first, second, _third = order["lines"]
    if first["quantity"] > 1:
        edit = {"line_id": first["id"], "quantity": 1}
        order = sandbox_store.edit_order(order["number"], remove_line=edit)
        check_sums(order)
    returned = Decimal(0)
    for quantity in (1, second["quantity"] - 1):
        row = {"line_id": second["id"], "quantity": quantity, "restock_type": "cancel"}
        path = f"orders/{order['number']}/refund/calculate/"
        plan = sandbox_store.call("POST", path, {"refund_lines": [row]}).json()
        assert money(plan, "amount_incl_tax") == money(plan, "amount_excl_tax") + money(plan, "total_tax")
        returned += money(plan, "amount_incl_tax")
        charge = {"id": order["transactions"][0]["id"], "amount": plan["amount_incl_tax"]}
        if Decimal(plan["amount_incl_tax"]):
            body = {"transactions": [charge], "refund_lines": [row]}
            sandbox_store.call("POST", f"orders/{order['number']}/refund/", body)
    assert returned == money(second, "price_incl_tax")
