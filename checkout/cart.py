"""The cart of a shopper, kept in the session: what is in it, never what it costs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from catalog.models import Hold, Variant
from catalog.pricing import PLANS_PREFETCH, find_available_plan, first_price
from checkout.selection import MAX_QUANTITY, Selection, SelectionLine
from orders.models import Order
from stores.errors import Problem
from stores.models import Store

CART_SESSION_KEY = "cart"
MAX_LINES = 50


@dataclass(frozen=True)
class CartLine:
    """A line as it can be bought now. `problem` says what is wrong with it."""

    chosen: SelectionLine
    unit_price: Decimal
    problem: str = ""

    @property
    def key(self) -> str:
        """Names the line in a form."""
        plan = self.chosen.plan
        return f"{self.chosen.variant.pk}.{plan.pk}" if plan else self.chosen.variant.pk

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.chosen.quantity


@dataclass(frozen=True)
class Cart:
    """The cart as it is now. `removed_count` counts lines taken out because they are no longer sold."""

    lines: tuple[CartLine, ...]
    removed_count: int = 0

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def can_check_out(self) -> bool:
        """True where everything in it can be bought."""
        return bool(self.lines) and not any(line.problem for line in self.lines)

    def to_selection(self, *, attribution: dict[str, str]) -> Selection:
        """Return what would be bought, without what cannot be."""
        lines = tuple(line.chosen for line in self.lines if not line.problem)
        return Selection(source="cart", lines=lines, attribution=attribution)


def add_cart_line(*, session: SessionBase, line: SelectionLine) -> None:
    """Put a line in; more of the same joins the line that is there.

    Errors: Problem where the cart, or the line, would become too long.
    """
    rows = _read_cart_rows(session)
    new: dict[str, Any] = {
        "variant": line.variant.pk,
        "plan": line.plan.pk if line.plan else "",
        "quantity": line.quantity,
    }
    same = next((row for row in rows if _cart_line_key(row) == _cart_line_key(new)), None)
    if same:
        new["quantity"] += same["quantity"]
    if new["quantity"] > MAX_QUANTITY:
        raise Problem(
            _("There can be at most %(most)d of one thing in the cart.") % {"most": MAX_QUANTITY},
            field="quantity",
        )
    if same:
        same["quantity"] = new["quantity"]
    elif len(rows) >= MAX_LINES:
        raise Problem(_("The cart is full: it holds %(most)d different things.") % {"most": MAX_LINES})
    else:
        rows.append(new)
    session[CART_SESSION_KEY] = rows


def set_cart_quantities(*, session: SessionBase, quantities: dict[str, int]) -> None:
    """Set quantities by the lines' keys; none takes the line out, and unknown keys are left alone."""
    rows = _read_cart_rows(session)
    for row in rows:
        quantity = quantities.get(_cart_line_key(row))
        if quantity is not None:
            row["quantity"] = min(max(quantity, 0), MAX_QUANTITY)
    session[CART_SESSION_KEY] = [row for row in rows if row["quantity"] > 0]


def remove_purchased_items(*, session: SessionBase, order: Order) -> None:
    """Remove what an order has bought; what was added since then stays."""
    bought: dict[str, int] = {}
    for item in order.items.all():
        key = _cart_line_key(
            {"variant": item.variant_id, "plan": item.selling_plan.get("selling_plan_id", "")}
        )
        bought[key] = bought.get(key, 0) + item.quantity
    rows = _read_cart_rows(session)
    set_cart_quantities(
        session=session,
        quantities={
            _cart_line_key(row): row["quantity"] - bought[_cart_line_key(row)]
            for row in rows
            if _cart_line_key(row) in bought
        },
    )


def count_cart_items(session: SessionBase) -> int:
    """Return how many things are in the cart."""
    return sum(row["quantity"] for row in _read_cart_rows(session))


def read_cart(*, session: SessionBase, store: Store, order_id: str = "") -> Cart:
    """Price the cart anew. What is no longer sold is taken out; what is sold out stays, and says so.

    `order_id` is the shopper's own unpaid order, whose hold does not count against the shopper.
    """
    rows = _read_cart_rows(session)
    if not rows:
        return Cart(lines=())
    variants = Variant.objects.select_related("product").filter(
        pk__in=[row["variant"] for row in rows],
        active=True,
        product__active=True,
        product__listed=True,
        product__store=store,
    )
    by_id = {variant.pk: variant for variant in variants}
    if any(row["plan"] for row in rows):
        prefetch_related_objects(list(by_id.values()), PLANS_PREFETCH)
    lines = []
    kept = []
    held = find_held_quantities(order_id)
    for row in rows:
        variant = by_id.get(row["variant"])
        plan = find_available_plan(variant=variant, plan_id=row["plan"]) if variant and row["plan"] else None
        # Sold by another plan, or only by one now: not what was chosen.
        needs_plan = row["plan"] or (variant and variant.product.requires_selling_plan)
        if variant is None or (needs_plan and plan is None):
            continue
        kept.append(row)
        chosen = SelectionLine(variant=variant, quantity=row["quantity"], plan=plan)
        lines.append(
            CartLine(
                chosen=chosen,
                unit_price=first_price(variant=variant, plan=plan),
                problem=describe_shortage(chosen, get_available_quantity(variant, held)),
            )
        )
    if len(kept) != len(rows):
        session[CART_SESSION_KEY] = kept
    return Cart(lines=tuple(lines), removed_count=len(rows) - len(kept))


def find_held_quantities(order_id: str) -> dict[str, int]:
    """Return what an unpaid order has set aside: {variant id: quantity}."""
    if not order_id:
        return {}
    holds = Hold.objects.filter(reference=order_id, state=Hold.State.HELD, variant__isnull=False)
    return {hold.variant_id: hold.quantity for hold in holds if hold.variant_id}


def get_available_quantity(variant: Variant, held: dict[str, int]) -> int | None:
    """How many this shopper could still buy; None where stock is not counted."""
    if variant.inventory_quantity is None:
        return None
    return variant.inventory_quantity + held.get(variant.pk, 0)


def describe_shortage(line: SelectionLine, left: int | None) -> str:
    """Say what is short of a line, or nothing: stock, or the id by which the store knows it."""
    if line.variant.next_variant_id is None:
        return _("%(name)s isn't available yet. The shop is still setting it up.") % {
            "name": line.variant.product.name
        }
    if left is None or left >= line.quantity:
        return ""
    if left <= 0:
        return _("%(name)s is sold out.") % {"name": line.variant}
    return _("Only %(left)d of %(name)s are left.") % {"left": left, "name": line.variant}


def _cart_line_key(row: dict[str, Any]) -> str:
    return f"{row['variant']}.{row['plan']}" if row["plan"] else str(row["variant"])


def _read_cart_rows(session: SessionBase) -> list[dict[str, Any]]:
    """The session's lines, each {variant, plan, quantity}; a copy that may be changed."""
    return [dict(row) for row in session.get(CART_SESSION_KEY, [])]
