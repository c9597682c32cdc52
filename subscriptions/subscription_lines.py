"""The lines of a subscription: NEXT Commerce's, with the terms and pending changes that only we know."""

from decimal import Decimal
from typing import Any

from catalog.plan_snapshot import intervals_per_charge, price_of_renewal
from catalog.plan_text import format_billing_interval
from nextcommerce.schemas import NextSubscription, NextSubscriptionLine
from subscriptions.models import Subscription

# Changes of a line that NEXT Commerce hasn't confirmed; `previous_terms` are restored if it refuses.
PENDING_CHANGE_KEYS = ("pending_quantity", "pending_variant", "previous_terms")

LineData = dict[str, Any]


def merge_next_subscription_lines(
    *, subscription: Subscription, next_subscription: NextSubscription
) -> list[LineData]:
    """Return NEXT Commerce's lines with what only we know of each; lines to remove come last."""
    known = {line["next_line_id"]: line for line in subscription.lines}
    lines: list[LineData] = []
    for row in next_subscription.lines:
        line = known.get(row.id) or _replacement_line(row, known, lines)
        line = line or _new_line(row, subscription=subscription, next_subscription=next_subscription)
        lines.append(
            {
                **line,
                "quantity": row.quantity,
                "price": str(row.price),
                "next_interval": [next_subscription.interval, next_subscription.interval_count],
            }
        )
    replaced_ids = {line["replaces"] for line in lines if "replaces" in line and not line.get("to_remove")}
    for line in lines:
        if line["next_line_id"] in replaced_ids:
            line["to_remove"] = True
            line.pop("pending_variant", None)
        if line.get("pending_quantity") == line["quantity"]:
            del line["pending_quantity"]
    if all(line.get("to_remove") for line in lines):
        for line in lines:
            line.pop("to_remove", None)
    return sorted(lines, key=lambda line: bool(line.get("to_remove")))


def _replacement_line(
    row: NextSubscriptionLine, known: dict[int | None, LineData], mirrored: list[LineData]
) -> LineData | None:
    """Return the line for a row added to replace another line; marked for removal if no longer needed."""
    line_id, variant_id = row.id, row.variant_id
    replaced_id = row.metadata.get("replaces")
    waiting = [
        line
        for line in known.values()
        if line.get("pending_variant", {}).get("next_variant_id") == variant_id
        and replaced_id in {None, line["next_line_id"]}
    ]
    replacements = {line.get("replaces") for line in (*known.values(), *mirrored)}
    if waiting and waiting[0]["next_line_id"] not in replacements:
        replaced = waiting[0]
        inherited = {
            key: value for key, value in replaced.items() if key not in {"pending_variant", "to_remove"}
        }
        return {
            **inherited,
            **replaced["pending_variant"],
            "next_line_id": line_id,
            "replaces": replaced["next_line_id"],
        }
    if replaced_id is None or not (replaced_id in known or replaced_id in replacements):
        return None
    return {
        "next_line_id": line_id,
        "next_variant_id": variant_id,
        "product_id": "",
        "variant_id": "",
        "name": row.title,
        "title": row.variant_title,
        "terms": {},
        "to_remove": True,
    }


def _new_line(
    row: NextSubscriptionLine, *, subscription: Subscription, next_subscription: NextSubscription
) -> LineData:
    """Return a line with the terms it was sold on in the first order."""
    variant_id = row.variant_id
    item = next(
        (
            item
            for item in subscription.order.items.all()
            if item.selling_plan
            and item.next_variant_id == variant_id
            and (item.selling_plan["interval"], intervals_per_charge(item.selling_plan))
            == (next_subscription.interval, next_subscription.interval_count)
        ),
        None,
    )
    return {
        "next_line_id": row.id,
        "next_variant_id": variant_id,
        "product_id": item.product_id if item else "",
        "variant_id": item.variant_id if item else "",
        "name": item.name if item else row.title,
        "title": item.title if item else row.variant_title,
        "terms": item.selling_plan if item else {},
    }


def line_after_changes(line: LineData) -> LineData:
    """Return the line with its pending changes applied."""
    return {
        **line,
        **line.get("pending_variant", {}),
        "quantity": line.get("pending_quantity", line.get("quantity", 1)),
    }


def renewal_unit_price(*, line: LineData, renewal: int) -> Decimal:
    """Return the unit price at a renewal: by the line's terms, or NEXT Commerce's price if there are none."""
    terms = line["terms"]
    return price_of_renewal(terms, renewal) if terms else Decimal(str(line["price"]))


def upcoming_charge(subscription: Subscription) -> Decimal:
    """Return what the next renewal costs: lines and shipping, before any added tax."""
    lines = (
        renewal_unit_price(line=line, renewal=subscription.cycle + 1) * line_after_changes(line)["quantity"]
        for line in subscription.active_lines
    )
    return sum(lines, subscription.shipping_price)


def describe_interval(line: LineData) -> str:
    """Return how often the line is charged, such as "Every 3 months"; empty if its terms are not known."""
    terms = line.get("terms")
    return format_billing_interval(terms["interval"], intervals_per_charge(terms)) if terms else ""


def clear_pending_changes(subscription: Subscription, *, undo: bool) -> None:
    """Remove the pending changes, unsaved; with `undo`, also restore the previous terms."""
    for line in subscription.lines:
        if undo and "previous_terms" in line:
            line["terms"] = line["previous_terms"]
        for key in PENDING_CHANGE_KEYS:
            line.pop(key, None)


def line_to_add(subscription: Subscription) -> LineData | None:
    """Return the first line whose new variant NEXT Commerce doesn't have yet."""
    return next((line for line in subscription.active_lines if "pending_variant" in line), None)


def line_to_remove(subscription: Subscription) -> LineData | None:
    """Return the first line that another line has replaced."""
    return next((line for line in subscription.lines if line.get("to_remove")), None)


def line_to_update(subscription: Subscription) -> LineData | None:
    """Return the first line whose price or quantity at NEXT Commerce is not what it should be."""
    for line in subscription.active_lines:
        price = renewal_unit_price(line=line, renewal=subscription.cycle + 1)
        if str(price) != line["price"] or "pending_quantity" in line:
            return line
    return None


def needs_interval_update(subscription: Subscription) -> bool:
    """Return True if NEXT Commerce would renew at a different interval than the terms say."""
    line = subscription.main_line
    return bool(line and line["terms"]) and line["next_interval"] != sold_interval(line)


def sold_interval(line: LineData) -> list[object]:
    """Return the interval and count that a line was sold on."""
    return [line["terms"]["interval"], intervals_per_charge(line["terms"])]
