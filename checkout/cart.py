"""The bag of a shopper, kept in the session: what is in it, never what it costs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from catalog.models import Hold, Variant
from catalog.pricing import PLANS, first_price, offered_plan
from checkout.selection import MAX_QUANTITY, Choice, ChosenLine
from orders.models import Order
from stores.errors import Problem
from stores.models import Store

KEY = "bag"
MAX_LINES = 50


@dataclass(frozen=True)
class BagLine:
    """A line as it can be bought now. `problem` says what is wrong with it."""

    chosen: ChosenLine
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
class Bag:
    """The bag as it is now. `vanished` counts lines taken out because they are no longer sold."""

    lines: tuple[BagLine, ...]
    vanished: int = 0

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def is_sound(self) -> bool:
        """True where everything in it can be bought."""
        return bool(self.lines) and not any(line.problem for line in self.lines)

    def as_choice(self, *, attribution: dict[str, str]) -> Choice:
        """Return what would be bought, without what cannot be."""
        lines = tuple(line.chosen for line in self.lines if not line.problem)
        return Choice(source="bag", lines=lines, attribution=attribution)


def add(*, session: SessionBase, line: ChosenLine) -> None:
    """Put a line in; more of the same joins the line that is there.

    Errors: Problem where the bag, or the line, would become too long.
    """
    rows = _rows(session)
    new: dict[str, Any] = {
        "variant": line.variant.pk,
        "plan": line.plan.pk if line.plan else "",
        "quantity": line.quantity,
    }
    same = next((row for row in rows if _key(row) == _key(new)), None)
    if same:
        new["quantity"] += same["quantity"]
    if new["quantity"] > MAX_QUANTITY:
        raise Problem(
            _("There can be at most %(most)d of one thing in the bag.") % {"most": MAX_QUANTITY},
            field="quantity",
        )
    if same:
        same["quantity"] = new["quantity"]
    elif len(rows) >= MAX_LINES:
        raise Problem(_("The bag is full: it holds %(most)d different things.") % {"most": MAX_LINES})
    else:
        rows.append(new)
    session[KEY] = rows


def change(*, session: SessionBase, quantities: dict[str, int]) -> None:
    """Set quantities by the lines' keys; none takes the line out, and unknown keys are left alone."""
    rows = _rows(session)
    for row in rows:
        quantity = quantities.get(_key(row))
        if quantity is not None:
            row["quantity"] = min(max(quantity, 0), MAX_QUANTITY)
    session[KEY] = [row for row in rows if row["quantity"] > 0]


def take_out(*, session: SessionBase, order: Order) -> None:
    """Remove what an order has bought; what was added since then stays."""
    bought: dict[str, int] = {}
    for item in order.items.all():
        key = _key({"variant": item.variant_id, "plan": item.selling_plan.get("selling_plan_id", "")})
        bought[key] = bought.get(key, 0) + item.quantity
    rows = _rows(session)
    change(
        session=session,
        quantities={_key(row): row["quantity"] - bought[_key(row)] for row in rows if _key(row) in bought},
    )


def count(session: SessionBase) -> int:
    """Return how many things are in the bag."""
    return sum(row["quantity"] for row in _rows(session))


def read_bag(*, session: SessionBase, store: Store, order_id: str = "") -> Bag:
    """Price the bag anew. What is no longer sold is taken out; what is sold out stays, and says so.

    `order_id` is the shopper's own unpaid order, whose hold does not count against the shopper.
    """
    rows = _rows(session)
    if not rows:
        return Bag(lines=())
    variants = Variant.objects.select_related("product").filter(
        pk__in=[row["variant"] for row in rows],
        active=True,
        product__active=True,
        product__listed=True,
        product__store=store,
    )
    by_id = {variant.pk: variant for variant in variants}
    if any(row["plan"] for row in rows):
        prefetch_related_objects(list(by_id.values()), PLANS)
    lines = []
    kept = []
    held = held_by(order_id)
    for row in rows:
        variant = by_id.get(row["variant"])
        plan = offered_plan(variant=variant, plan_id=row["plan"]) if variant and row["plan"] else None
        # Sold by another plan, or only by one now: not what was chosen.
        needs_plan = row["plan"] or (variant and variant.product.requires_selling_plan)
        if variant is None or (needs_plan and plan is None):
            continue
        kept.append(row)
        chosen = ChosenLine(variant=variant, quantity=row["quantity"], plan=plan)
        lines.append(
            BagLine(
                chosen=chosen,
                unit_price=first_price(variant=variant, plan=plan),
                problem=shortage(chosen, left_for(variant, held)),
            )
        )
    if len(kept) != len(rows):
        session[KEY] = kept
    return Bag(lines=tuple(lines), vanished=len(rows) - len(kept))


def held_by(order_id: str) -> dict[str, int]:
    """Return what an unpaid order has set aside: {variant id: quantity}."""
    if not order_id:
        return {}
    holds = Hold.objects.filter(reference=order_id, state=Hold.State.HELD, variant__isnull=False)
    return {hold.variant_id: hold.quantity for hold in holds if hold.variant_id}


def left_for(variant: Variant, held: dict[str, int]) -> int | None:
    """How many this shopper could still buy; None where stock is not counted."""
    if variant.inventory_quantity is None:
        return None
    return variant.inventory_quantity + held.get(variant.pk, 0)


def shortage(line: ChosenLine, left: int | None) -> str:
    """Say what is short of a line, or nothing: stock, or the id by which the store knows it."""
    if line.variant.next_variant_id is None:
        return _("%(name)s cannot be bought yet: the shop has not finished setting it up.") % {
            "name": line.variant.product.name
        }
    if left is None or left >= line.quantity:
        return ""
    if left <= 0:
        return _("%(name)s is sold out.") % {"name": line.variant}
    return _("Only %(left)d of %(name)s are left.") % {"left": left, "name": line.variant}


def _key(row: dict[str, Any]) -> str:
    return f"{row['variant']}.{row['plan']}" if row["plan"] else str(row["variant"])


def _rows(session: SessionBase) -> list[dict[str, Any]]:
    """The session's lines, each {variant, plan, quantity}; a copy that may be changed."""
    return [dict(row) for row in session.get(KEY, [])]
