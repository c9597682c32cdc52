"""The shopper's cart. The session stores its variants and quantities but no prices."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext as _

from catalog.availability import explain_not_for_sale
from catalog.models import Hold, Variant
from catalog.pricing import PLANS_PREFETCH, find_available_plan, first_price
from checkout.selection import CART_SOURCE, MAX_QUANTITY, Selection, SelectionLine
from orders.models import Order
from stores.errors import Problem
from stores.models import Store

CART_SESSION_KEY = "cart"
MAX_LINES = 50


@dataclass(frozen=True)
class CartLine:
    """A cart line at its current price. `problem` tells the shopper why it can't be bought; usually empty."""

    chosen: SelectionLine
    unit_price: Decimal
    problem: str = ""

    @property
    def key(self) -> str:
        """Identify the line in forms: `<variant id>` or `<variant id>.<plan id>`."""
        plan = self.chosen.plan
        return f"{self.chosen.variant.pk}.{plan.pk}" if plan else self.chosen.variant.pk

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.chosen.quantity


@dataclass(frozen=True)
class Cart:
    """The cart at current prices. `removed_count` counts lines just removed as no longer for sale."""

    lines: tuple[CartLine, ...]
    removed_count: int = 0

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def can_check_out(self) -> bool:
        """Return True if the cart has lines and all of them can be bought."""
        return bool(self.lines) and not any(line.problem for line in self.lines)

    def to_selection(self, *, attribution: dict[str, str]) -> Selection:
        """Return the selection to check out, without lines that can't be bought."""
        lines = tuple(line.chosen for line in self.lines if not line.problem)
        return Selection(source=CART_SOURCE, lines=lines, attribution=attribution)


def add_cart_line(*, session: SessionBase, line: SelectionLine) -> None:
    """Add a line to the cart, or add its quantity to an existing line of the same variant and plan.

    Raises Problem if the line would exceed MAX_QUANTITY or the cart MAX_LINES.
    """
    rows = _read_cart_rows(session)
    new_row: dict[str, Any] = {
        "variant": line.variant.pk,
        "plan": line.plan.pk if line.plan else "",
        "quantity": line.quantity,
    }
    existing_row = next((row for row in rows if _cart_line_key(row) == _cart_line_key(new_row)), None)
    if existing_row:
        new_row["quantity"] += existing_row["quantity"]
    if new_row["quantity"] > MAX_QUANTITY:
        raise Problem(
            _("You can have at most %(most)d of one item in your cart.") % {"most": MAX_QUANTITY},
            field="quantity",
        )
    if existing_row:
        existing_row["quantity"] = new_row["quantity"]
    elif len(rows) >= MAX_LINES:
        raise Problem(_("Your cart is full. It can hold %(most)d different items.") % {"most": MAX_LINES})
    else:
        rows.append(new_row)
    session[CART_SESSION_KEY] = rows


def set_cart_quantities(*, session: SessionBase, quantities: dict[str, int]) -> None:
    """Set quantities by line key. Zero removes a line, and unknown keys are ignored."""
    rows = _read_cart_rows(session)
    for row in rows:
        quantity = quantities.get(_cart_line_key(row))
        if quantity is not None:
            row["quantity"] = min(max(quantity, 0), MAX_QUANTITY)
    session[CART_SESSION_KEY] = [row for row in rows if row["quantity"] > 0]


def remove_purchased_items(*, session: SessionBase, order: Order) -> None:
    """Subtract an order's items from the cart. Items added since then stay."""
    purchased: dict[str, int] = {}
    for item in order.items.all():
        key = _cart_line_key(
            {"variant": item.variant_id, "plan": item.selling_plan.get("selling_plan_id", "")}
        )
        purchased[key] = purchased.get(key, 0) + item.quantity
    rows = _read_cart_rows(session)
    set_cart_quantities(
        session=session,
        quantities={
            _cart_line_key(row): row["quantity"] - purchased[_cart_line_key(row)]
            for row in rows
            if _cart_line_key(row) in purchased
        },
    )


def count_cart_items(session: SessionBase) -> int:
    """Return the total quantity in the cart."""
    return sum(row["quantity"] for row in _read_cart_rows(session))


def read_cart(*, session: SessionBase, store: Store, order_id: str = "") -> Cart:
    """Return the cart at current prices. Removes lines no longer for sale and flags lines that are sold out.

    `order_id` is the shopper's unpaid order. Stock that it holds counts as available to this shopper.
    """
    rows = _read_cart_rows(session)
    if not rows:
        return Cart(lines=())
    variants = _load_cart_variants(rows, store)
    held = find_held_quantities(order_id)
    kept, lines = [], []
    for row in rows:
        chosen = _find_sold_line(row, variants.get(row["variant"]))
        if chosen is not None:
            kept.append(row)
            lines.append(_price_cart_line(chosen, held, store))
    if len(kept) != len(rows):
        session[CART_SESSION_KEY] = kept
    return Cart(lines=tuple(lines), removed_count=len(rows) - len(kept))


def _load_cart_variants(rows: list[dict[str, Any]], store: Store) -> dict[str, Variant]:
    """Return the rows' variants that are for sale by ID, with their plans if a row has one."""
    variants = Variant.objects.select_related("product").filter(
        pk__in=[row["variant"] for row in rows],
        active=True,
        product__active=True,
        product__listed=True,
        product__store=store,
    )
    prefetches = ["values"]
    if any(row["plan"] for row in rows):
        prefetches.append(PLANS_PREFETCH)
    return {variant.pk: variant for variant in variants.prefetch_related(*prefetches)}


def _find_sold_line(row: dict[str, Any], variant: Variant | None) -> SelectionLine | None:
    """Return the line, or None if the variant or plan is gone, or the variant now requires a plan."""
    if variant is None:
        return None
    plan = find_available_plan(variant=variant, plan_id=row["plan"]) if row["plan"] else None
    if plan is None and (row["plan"] or variant.product.requires_selling_plan):
        return None
    return SelectionLine(variant=variant, quantity=row["quantity"], plan=plan)


def _price_cart_line(chosen: SelectionLine, held: dict[str, int], store: Store) -> CartLine:
    available = get_available_quantity(chosen.variant, held)
    return CartLine(
        chosen=chosen,
        unit_price=first_price(variant=chosen.variant, plan=chosen.plan),
        problem=explain_not_for_sale(chosen.variant, store=store) or describe_shortage(chosen, available),
    )


def find_held_quantities(order_id: str) -> dict[str, int]:
    """Return the stock held for an unpaid order as {variant id: quantity}."""
    if not order_id:
        return {}
    holds = Hold.objects.filter(reference=order_id, state=Hold.State.HELD, variant__isnull=False)
    return {hold.variant_id: hold.quantity for hold in holds if hold.variant_id}


def get_available_quantity(variant: Variant, held: dict[str, int]) -> int | None:
    """Return the quantity this shopper can still buy, or None if stock is not tracked."""
    if variant.inventory_quantity is None:
        return None
    return variant.inventory_quantity + held.get(variant.pk, 0)


def describe_shortage(line: SelectionLine, available: int | None) -> str:
    """Return why the line can't be bought, for the shopper, or an empty string.

    `available` is None if stock is not tracked.
    """
    if available is None or available >= line.quantity:
        return ""
    if available <= 0:
        return _("%(name)s is sold out.") % {"name": line.variant}
    return _("%(name)s: only %(left)d left in stock.") % {"left": available, "name": line.variant}


def _cart_line_key(row: dict[str, Any]) -> str:
    return f"{row['variant']}.{row['plan']}" if row["plan"] else str(row["variant"])


def _read_cart_rows(session: SessionBase) -> list[dict[str, Any]]:
    """Return a copy of the session's rows, each {variant, plan, quantity}, that callers may change."""
    return [dict(row) for row in session.get(CART_SESSION_KEY, [])]
