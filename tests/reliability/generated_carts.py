"""Random carts of a generated shop: quoted, placed, paid in the sandbox, settled, and compared with it."""

import html
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils.translation import override

from checkout.buyer import Address, Buyer
from checkout.code_check import NO_CODE
from checkout.discounts import build_discounts, check_code
from checkout.models import PaymentIntent
from checkout.payments.settle import check_payment_intent
from checkout.payments.start import start_payment
from checkout.quote import Quote, calculate_quote, price_lines
from checkout.selection import CART_SOURCE, Selection, SelectionLine
from orders.models import Order, OrderEvent, OrderReview, PriceDifference
from stores.errors import Problem
from stores.models import TaxMode
from stores.money import format_money, is_chargeable, rounding_tolerance
from tests.factories import make_link, sum_parts
from tests.reliability.generated_shops import CODES, PLACES, GeneratedShop, generate_shop
from tests.sandbox_process import SandboxProcess

# Few, so that even a short run meets many combinations of settings.
CARTS_PER_SHOP = 10
QUANTITIES = [1, 1, 1, 2, 3, 7, 12, 99]


@dataclass
class CartReport:
    """What was bought, and everything that wasn't as the shop had said."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def expect(self, is_true: bool, text: str) -> None:
        if not is_true:
            self.faults.append(text)


@dataclass(frozen=True)
class Cart:
    """One purchase before it is placed."""

    selection: Selection
    country: str
    state: str
    quote: Quote


def buy_carts(*, seed: str, count: int, sandbox: SandboxProcess) -> CartReport:
    """Buy `count` random carts, which the seed determines, in as many shops as they need."""
    report, rng = CartReport(), random.Random(seed)
    for number in range(-(-count // CARTS_PER_SHOP)):
        shop = generate_shop(rng=rng, sandbox=sandbox, number=number)
        size = min(CARTS_PER_SHOP, count - number * CARTS_PER_SHOP)
        told: set[str] = set()
        while size:
            cart = generate_cart(rng, shop, report)
            if cart is not None:
                buy_cart(cart, shop, report, told, name=f"{seed}/{number}/{size}")
                size -= 1
        check_told(shop, told, report, name=f"{seed}/{number}")
        shop.store.sandbox.delete()
    return report


def generate_cart(rng: random.Random, shop: GeneratedShop, report: CartReport) -> Cart | None:
    """Return a random cart as the checkout would quote it, or None if it can't be sold."""
    country = rng.choice(list(PLACES))
    state = rng.choice(PLACES[country])
    selection = generate_selection(rng, shop)
    code = rng.choice(CODES) if rng.random() < 0.5 else ""
    try:
        quote = quote_with_code(shop, selection, country, state, code, report)
    except Problem:
        return None
    return Cart(selection, country, state, quote) if is_chargeable(quote.total, quote.currency) else None


def generate_selection(rng: random.Random, shop: GeneratedShop) -> Selection:
    """Return a cart, or a link's product with add-ons."""
    chosen = rng.sample(shop.variants, rng.randint(1, 4))
    lines = []
    for variant in chosen:
        plans = shop.plans[variant.pk]
        plan = rng.choice(plans) if plans and rng.random() < 0.4 else None
        lines.append(SelectionLine(variant=variant, quantity=rng.choice(QUANTITIES), plan=plan))
    if rng.random() < 0.2:
        add_ons = [(variant, None, None) for variant in chosen[1:]]
        link = make_link(chosen[0].product, variants=chosen[:1], add_ons=add_ons)
        return Selection(source=link.pk, lines=tuple(lines), link=link)
    return Selection(source=CART_SOURCE, lines=tuple(lines))


def quote_with_code(
    shop: GeneratedShop, selection: Selection, country: str, state: str, code: str, report: CartReport
) -> Quote:
    """Quote as the checkout does: without the code if it takes nothing off, or leaves too little."""
    store = shop.store
    check = check_code(
        store=store,
        session=SessionStore(),
        lines=price_lines(selection, store),
        code=code,
        may_ask=lambda: True,
    )
    report.expect(not check.is_unchecked, f"{store.sandbox.name}: {code} couldn't be checked")
    offers = store.active_offers
    for known in (check, NO_CODE):
        discounts = build_discounts(check=known, offers=offers)
        quote = calculate_quote(
            store=store, selection=selection, country=country, state=state, discounts=discounts
        )
        if is_chargeable(quote.total, quote.currency):
            break
    return quote


def takes_everything_off(cart: Cart, intent: PaymentIntent) -> bool:
    """Return True if NEXT refused because its offers, whose worth only it knows, left nothing to charge."""
    has_offers = any(discount.amount is None for discount in cart.quote.discounts)
    return has_offers and not cart.quote.is_total_final and intent.status == PaymentIntent.Status.DECLINED


def buy_cart(cart: Cart, shop: GeneratedShop, report: CartReport, told: set[str], *, name: str) -> None:
    """Place, pay and settle a cart, and compare the order with what NEXT charged."""
    intent = place_cart(cart, shop, name)
    if intent.status != PaymentIntent.Status.REDIRECTED:
        if takes_everything_off(cart, intent):
            report.counts["refused at 0.00"] += 1
            return
        report.faults.append(f"{name}: not started: {intent.status} {intent.message}")
        return
    paid = shop.store.sandbox.pay(intent.payment_complete_url)
    next_order = json.loads(paid["response"])
    check_payment_intent(intent=intent, source="return", hint=paid["order_number"])
    order = Order.objects.get(pk=intent.order_id)
    shown, charged = cart.quote, Decimal(next_order["total_incl_tax"])
    is_wrong = cart.country == shop.wrong_country
    is_promised = shown.is_total_final and not is_wrong
    report.counts["carts"] += 1
    report.counts["wrong tax" if is_wrong else "final" if is_promised else "at payment"] += 1
    report.counts.update(name for name, is_true in list_features(cart, shop).items() if is_true)
    reviews = [str(review.text) for review in OrderReview.objects.filter(order=order)]
    if is_tax_absurd(order, shop, next_order, shown):
        report.counts["taxed above 100 %"] += 1
        is_reviewed = len(reviews) == 1 and reviews[0].endswith("is more than all that it is charged on.")
        report.expect(is_reviewed and not order.is_paid, f"{name}: absurd tax, {order.status}, {reviews}")
        return
    report.expect(not reviews, f"{name}: review: {reviews}")
    report.expect(order.status == "Paid", f"{name}: {order.status}")
    report.expect(order.total == charged, f"{name}: order {order.total}, charged {charged}")
    report.expect(order.total == sum_parts(order), f"{name}: parts {sum_parts(order)} of {order.total}")
    report.expect(not order.adjustment_total, f"{name}: {order.adjustment_total} without a name")
    tax = order.tax_total + order.included_tax_total
    report.expect(tax == Decimal(next_order["total_tax"]), f"{name}: tax {tax} of {next_order['total_tax']}")
    if is_promised:
        report.expect(shown.total == charged, f"{name}: shown {shown.total}, charged {charged}")
        told_here = [str(event.text) for event in order.events.filter(kind=OrderEvent.Kind.PRICE_DIFFERENCE)]
        report.expect(not told_here, f"{name}: {told_here}")
    else:
        expect_page(order, report, name)
    if is_wrong and not is_tax_as_shown(intent, order):
        told.add("-".join(filter(None, (cart.country, cart.state))))


def is_tax_absurd(order: Order, shop: GeneratedShop, next_order: dict[str, Any], shown: Quote) -> bool:
    """Return True if NEXT added more tax than was shown, and more than the price of everything."""
    units = sum(line.chosen.quantity for line in shown.lines)
    excess = Decimal(next_order["total_incl_tax"]) - shown.total
    price = order.items_total + order.shipping_total  # with the verification charge
    is_above_price = shop.mode == TaxMode.ADDED and Decimal(next_order["total_tax"]) > price
    return is_above_price and excess > rounding_tolerance(units, shown.currency)


def list_features(cart: Cart, shop: GeneratedShop) -> dict[str, bool]:
    """Return what a cart has, for the report."""
    lines, quote = cart.selection.lines, cart.quote
    rates = [rate for rate in shop.rates if rate["country"] == cart.country]
    categories = {line.variant.product.tax_category for line in lines} - {""}
    return {
        f"tax {shop.mode}": True,
        "at compound rates": sum(rate["is_compound"] for rate in rates) > 1,
        "at a category's rate": any(rate["category"] in categories for rate in rates),
        "with paid shipping": quote.shipping_total > 0,
        "with add-ons": cart.selection.link is not None and len(lines) > 1,
        "with a code": bool(quote.discount_code),
        "with an offer": any(row.next_offer_id for row in quote.discounts),
        "with a plan": cart.selection.has_subscription,
        "with a verification charge": bool(quote.verification),
        "by link": cart.selection.link is not None,
        "taxed": bool(quote.tax_lines),
        "nothing shipped": not cart.selection.needs_shipping,
        "several items": len(lines) > 1,
        f"in {quote.currency}": True,
    }


def place_cart(cart: Cart, shop: GeneratedShop, name: str) -> PaymentIntent:
    address = Address(
        first_name="Ada",
        last_name="Lovelace",
        line1="12 Main Street",
        city="Monsey",
        state=cart.state,
        postal_code="10952",
        country=cart.country,
    )
    needs_shipping = cart.selection.needs_shipping
    return start_payment(
        store=shop.store,
        selection=cart.selection,
        quote=cart.quote,
        buyer=Buyer(
            email=f"{name.replace('/', '-')}@example.com",
            first_name="Ada",
            last_name="Lovelace",
            shipping_address=address if needs_shipping else None,
            billing_address=None if needs_shipping else address,
        ),
        checkout_key=name,
        fingerprint="form",
    )


def expect_page(order: Order, report: CartReport, name: str) -> None:
    """Expect the status page to show what was charged."""
    page = Client(headers={"host": order.store.host}).get(order.get_absolute_url())
    with override("en"):
        total = format_money(order.total, order.currency)
    text = html.unescape(page.content.decode())
    report.counts["pages"] += 1
    report.expect(page.status_code == 200 and total in text, f"{name}: page without {total}")


def is_tax_as_shown(intent: PaymentIntent, order: Order) -> bool:
    """Return True if NEXT's tax is the one that was shown, but for rounding and for that of its discounts."""
    shown = intent.snapshot["order"]
    rates = {(row["name"], Decimal(row["rate"])) for row in intent.snapshot["tax_lines"]}
    unknown_discount = abs(order.discount_total - Decimal(shown["discount_total"]))
    units = sum(item["quantity"] for item in intent.snapshot["items"])
    tolerance = rounding_tolerance(units, order.currency)
    tolerance += unknown_discount * sum(rate for _name, rate in rates) / 100
    return all(
        abs(getattr(order, part) - Decimal(shown[part])) <= tolerance
        for part in ("tax_total", "included_tax_total")
    )


def check_told(shop: GeneratedShop, told: set[str], report: CartReport, *, name: str) -> None:
    """Expect one difference for each region with wrong settings. An estimate may differ: that is told too."""
    differences = PriceDifference.objects.filter(store=shop.store)
    causes = Counter(differences.values_list("cause", flat=True))
    wrong = {cause: count for cause, count in causes.items() if cause.startswith(shop.wrong_country or "-")}
    report.counts["differences"] += sum(causes.values())
    report.expect(wrong == dict.fromkeys(sorted(told), 1), f"{name}: told {wrong}, not {told}")
    others = [cause for cause in causes if cause not in wrong and cause[:2] not in shop.countries_at_payment]
    report.expect(not others, f"{name}: told {others} though the settings agree")
