"""The lines of a subscription: the store's, with the terms and the changes that only we know."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.plan_snapshot import intervals_per_charge, price_of_renewal
from catalog.plan_text import format_billing_interval
from nextcommerce.parsing import iter_objects, parse_amount, parse_integer, parse_mapping, parse_text
from nextcommerce.schemas import NextSubscription
from subscriptions.models import Subscription

# What we want of a line and the store has not done yet; `previous_terms` are kept until it has.
PENDING_CHANGE_KEYS = ("pending_quantity", "pending_variant", "previous_terms")

LineData = dict[str, Any]


def mirror_subscription_lines(*, subscription: Subscription, found: NextSubscription) -> list[LineData]:
    """The store's lines, those that stay first, with what only we know of each."""
    known = {line["next_line_id"]: line for line in subscription.lines}
    lines: list[LineData] = []
    for row in iter_objects(found.raw.get("lines")):
        line = known.get(parse_integer(row.get("id"))) or _replacement_line(row, known, lines)
        line = line or _new_line(row, subscription=subscription, found=found)
        lines.append(
            {
                **line,
                "quantity": parse_integer(row.get("quantity")) or 1,
                "price": str(parse_amount(row.get("price")) or "0.00"),
                "next_interval": [found.interval, found.interval_count],
            }
        )
    taken = {line["replaces"] for line in lines if "replaces" in line and not line.get("to_remove")}
    for line in lines:
        if line["next_line_id"] in taken:
            line["to_remove"] = True
            line.pop("pending_variant", None)
        if line.get("pending_quantity") == line["quantity"]:
            del line["pending_quantity"]
    if all(line.get("to_remove") for line in lines):
        for line in lines:
            line.pop("to_remove", None)
    return sorted(lines, key=lambda line: bool(line.get("to_remove")))


def _replacement_line(
    row: Mapping[str, Any], known: dict[int | None, LineData], seen: list[LineData]
) -> LineData | None:
    """A line that was added in the place of another; one too many, or no longer wanted, is to leave."""
    line_id, variant_id = parse_integer(row.get("id")), _next_variant_id(row)
    named = parse_integer(parse_mapping(row.get("metadata")).get("replaces"))
    wanting = [
        line
        for line in known.values()
        if parse_mapping(line.get("pending_variant")).get("next_variant_id") == variant_id
        and named in {None, line["next_line_id"]}
    ]
    others = [*known.values(), *seen]
    if wanting and not any(line.get("replaces") == wanting[0]["next_line_id"] for line in others):
        old = {key: value for key, value in wanting[0].items() if key not in {"pending_variant", "to_remove"}}
        return {
            **old,
            **wanting[0]["pending_variant"],
            "next_line_id": line_id,
            "replaces": wanting[0]["next_line_id"],
        }
    if named is None or not (named in known or any(line.get("replaces") == named for line in others)):
        return None
    return {
        "next_line_id": line_id,
        "next_variant_id": variant_id,
        "product_id": "",
        "variant_id": "",
        "name": parse_text(row.get("product_title")),
        "title": parse_text(row.get("variant_title")),
        "terms": {},
        "to_remove": True,
    }


def _new_line(row: Mapping[str, Any], *, subscription: Subscription, found: NextSubscription) -> LineData:
    """A line of the first order, with the terms it was sold on."""
    variant_id = _next_variant_id(row)
    item = next(
        (
            item
            for item in subscription.order.items.all()
            if item.selling_plan
            and item.next_variant_id == variant_id
            and (item.selling_plan["interval"], intervals_per_charge(item.selling_plan))
            == (found.interval, found.interval_count)
        ),
        None,
    )
    return {
        "next_line_id": parse_integer(row.get("id")),
        "next_variant_id": variant_id,
        "product_id": item.product_id if item else "",
        "variant_id": item.variant_id if item else "",
        "name": item.name if item else parse_text(row.get("product_title")),
        "title": item.title if item else parse_text(row.get("variant_title")),
        "terms": item.selling_plan if item else {},
    }


def _next_variant_id(row: Mapping[str, Any]) -> int | None:
    return parse_integer(row.get("variant_id")) or parse_integer(row.get("product_id"))


def line_after_changes(line: LineData) -> LineData:
    """The line as it will be once what is wanted of it is done."""
    return {
        **line,
        **line.get("pending_variant", {}),
        "quantity": line.get("pending_quantity", line.get("quantity", 1)),
    }


def renewal_unit_price(*, line: LineData, renewal: int) -> Decimal:
    """What one unit of a line should cost at a renewal; the store's own price where we know no terms."""
    terms = line["terms"]
    return price_of_renewal(terms, renewal) if terms else Decimal(str(line["price"]))


def upcoming_charge(subscription: Subscription) -> Decimal:
    """What the next renewal costs: its lines and delivery, before tax that is added."""
    lines = (
        renewal_unit_price(line=line, renewal=subscription.cycle + 1) * line_after_changes(line)["quantity"]
        for line in subscription.active_lines
    )
    return sum(lines, subscription.shipping_price)


def describe_interval(line: LineData) -> str:
    """When it is charged, in words: "Every 3 months"; nothing where its terms are not known."""
    terms = line.get("terms")
    return format_billing_interval(terms["interval"], intervals_per_charge(terms)) if terms else ""


def clear_pending_changes(subscription: Subscription, *, undo: bool) -> None:
    """Forget what was wanted: because it is done, or (`undo`) because the store said no."""
    for line in subscription.lines:
        if undo and "previous_terms" in line:
            line["terms"] = line["previous_terms"]
        for key in PENDING_CHANGE_KEYS:
            line.pop(key, None)


def line_to_add(subscription: Subscription) -> LineData | None:
    """The first line whose other variant is not at the store yet."""
    return next((line for line in subscription.active_lines if "pending_variant" in line), None)


def line_to_remove(subscription: Subscription) -> LineData | None:
    """The first line that another has taken the place of."""
    return next((line for line in subscription.lines if line.get("to_remove")), None)


def line_to_update(subscription: Subscription) -> LineData | None:
    """The first line that the store would charge otherwise than the terms say, or in another quantity."""
    for line in subscription.active_lines:
        price = renewal_unit_price(line=line, renewal=subscription.cycle + 1)
        if str(price) != line["price"] or "pending_quantity" in line:
            return line
    return None


def needs_interval_update(subscription: Subscription) -> bool:
    """Tell whether the store would renew at other intervals than the terms say."""
    line = subscription.main_line
    return bool(line and line["terms"]) and line["next_interval"] != sold_interval(line)


def sold_interval(line: LineData) -> list[object]:
    """What a line says of itself: interval and count."""
    return [line["terms"]["interval"], intervals_per_charge(line["terms"])]
