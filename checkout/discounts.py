"""What a discount code takes off a selection, as NEXT says, and the offers that NEXT applies at payment.

A code counts only if a cart's answer names it with an amount above zero. Answers are cached for everybody
who buys the same lines with the same code, so most pages make no call.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache

from catalog.plan_snapshot import intervals_per_charge, snapshot_plan
from checkout.code_carts import request_cart
from checkout.code_check import NO_CODE, CodeCheck, CodeProblem, read_cart_answer
from checkout.quote import Discounts, QuoteDiscount, QuoteLine
from nextcommerce.error_messages import mentions_voucher
from nextcommerce.errors import NextApiError
from orders.models import OrderDiscount
from stores.columns import fit_to_columns
from stores.discount_codes import is_possible_code
from stores.models import Store, StoreOffer

APPLIED_SECONDS = 180
# Shorter: the merchant may just be setting the code up.
REFUSED_SECONDS = 60
# After a failed call, no page of this store waits for another one.
PAUSE_SECONDS = 10
# But these are about one cart, for example an item that is out of stock in NEXT.
REFUSED_CART_STATUSES = {400, 404, 422}


def check_code(
    *, store: Store, session: SessionBase, lines: Sequence[QuoteLine], code: str, may_ask: Callable[[], bool]
) -> CodeCheck:
    """Return what the code takes off the lines. Makes at most one call, and none if the answer is cached.

    `may_ask` is called before a call, and returns False if this visitor has tried too many codes.
    """
    if check := _check_without_cart(store, lines, code):
        return check
    asked = [position for position, line in enumerate(lines) if can_be_discounted(line, store)]
    if not asked:
        return CodeCheck(code=code, problem=CodeProblem.NOT_FOR_THESE_PRICES)
    key = _build_cache_key(store, lines, code)
    cached: CodeCheck | None = cache.get(key)
    if cached is not None:
        return cached
    if obstacle := _find_obstacle(store, may_ask):
        return CodeCheck(code=code, problem=obstacle)
    check = _ask_next(store=store, session=session, lines=lines, asked=asked, code=code)
    if not check.is_unchecked:
        cache.set(key, check, APPLIED_SECONDS if check.is_applied else REFUSED_SECONDS)
    return check


def _check_without_cart(store: Store, lines: Sequence[QuoteLine], code: str) -> CodeCheck | None:
    """Return what is known of a code that no cart needs to be asked about, or None."""
    if not code:
        return NO_CODE
    if not is_possible_code(code):
        return CodeCheck(code=code, problem=CodeProblem.GIVES_NOTHING)
    if store.has_shipping_code(code):  # a cart doesn't show what it is worth, nor whether it is valid
        return _accept_shipping_code(lines, code)
    return None


def _accept_shipping_code(lines: Sequence[QuoteLine], code: str) -> CodeCheck:
    """Return a code whose worth only NEXT can tell, unless there is no shipping that it could lower."""
    if not any(line.chosen.variant.product.collect_shipping_address for line in lines):
        return CodeCheck(code=code, problem=CodeProblem.GIVES_NOTHING)
    return CodeCheck(code=code, amount=None, is_shipping=True)


def can_be_discounted(line: QuoteLine, store: Store) -> bool:
    """Return True if a code may lower the line: at NEXT's price, or at any if the store allows it."""
    if line.chosen.variant.next_variant_id is None:
        return False
    return line.is_at_next_price or store.codes_lower_custom_prices


def _find_obstacle(store: Store, may_ask: Callable[[], bool]) -> CodeProblem | None:
    """Return why NEXT can't be asked now, or None."""
    if cache.get(_pause_key(store)):
        return CodeProblem.UNCHECKED
    return None if may_ask() else CodeProblem.TOO_MANY_TRIES


def _ask_next(
    *, store: Store, session: SessionBase, lines: Sequence[QuoteLine], asked: Sequence[int], code: str
) -> CodeCheck:
    bodies = [_build_cart_line(lines[position]) for position in asked]
    try:
        cart = request_cart(store=store, session=session, lines=bodies, code=code)
    except NextApiError as error:
        if mentions_voucher(error):
            return CodeCheck(code=code, problem=CodeProblem.GIVES_NOTHING)
        if error.status not in REFUSED_CART_STATUSES:
            cache.set(_pause_key(store), True, PAUSE_SECONDS)
        return CodeCheck(code=code, problem=CodeProblem.UNCHECKED)
    return read_cart_answer(cart=cart, lines=lines, asked=asked, code=code, currency=store.currency)


def _build_cart_line(line: QuoteLine) -> dict[str, Any]:
    """Return the line as the order will have it. NEXT takes its own price where none is sent."""
    variant, plan = line.chosen.variant, line.chosen.plan
    body: dict[str, Any] = {"product_id": variant.next_variant_id, "quantity": line.chosen.quantity}
    if not line.is_at_next_price:
        body["price"] = str(line.unit_price)
    if plan:
        terms = snapshot_plan(variant=variant, plan=plan)
        body["subscription"] = {
            "interval": terms["interval"],
            "interval_count": intervals_per_charge(terms),
            "price": terms["recurring_price"],
        }
    return body


def _build_cache_key(store: Store, lines: Sequence[QuoteLine], code: str) -> str:
    """Identify everything that the answer depends on."""
    parts = [
        [
            line.chosen.variant.next_variant_id,
            line.chosen.quantity,
            str(line.unit_price),
            line.is_at_next_price,
            line.chosen.plan.pk if line.chosen.plan else "",
        ]
        for line in lines
    ]
    known = [store.pk, store.currency, store.codes_lower_custom_prices, code.casefold(), parts]
    return f"code:{hashlib.sha256(json.dumps(known).encode()).hexdigest()}"


def _pause_key(store: Store) -> str:
    return f"code-checks-paused:{store.pk}"


def build_discounts(*, check: CodeCheck, offers: Sequence[StoreOffer]) -> Discounts:
    """Return the discounts for a quote. Only NEXT can tell what an offer is worth."""
    rows = [
        QuoteDiscount(name=offer.name, amount=None, next_offer_id=offer.next_offer_id) for offer in offers
    ]
    if check.is_applied:
        texts = fit_to_columns(OrderDiscount, {"name": check.name, "code": check.code})
        rows.insert(0, QuoteDiscount(amount=check.amount, is_shipping=check.is_shipping, **texts))
    return Discounts(rows=tuple(rows), line_amounts=check.line_amounts)
