"""The lines of a subscription: the store's, with the terms and the changes that only we know."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from catalog.billing_cycle_text import every
from catalog.plan_snapshot import charged_every, price_of_renewal
from nextcommerce.schemas import StoreSubscription, amount, mapping, objects, text, whole
from subscriptions.models import Subscription

# What we want of a line and the store has not done yet; `terms_before` are kept until it has.
CHANGES = ("wanted_quantity", "wanted_variant", "terms_before")

Line = dict[str, Any]


def lines_of(*, subscription: Subscription, found: StoreSubscription) -> list[Line]:
    """The store's lines, those that stay first, with what only we know of each."""
    known = {line["store_line_id"]: line for line in subscription.lines}
    lines: list[Line] = []
    for row in objects(found.raw.get("lines")):
        line = known.get(whole(row.get("id"))) or _replacement(row, known, lines)
        line = line or _first_seen(row, subscription=subscription, found=found)
        lines.append(
            {
                **line,
                "quantity": whole(row.get("quantity")) or 1,
                "price": str(amount(row.get("price")) or "0.00"),
                "rhythm": [found.interval, found.interval_count],
            }
        )
    taken = {line["replaces"] for line in lines if "replaces" in line and not line.get("leaving")}
    for line in lines:
        if line["store_line_id"] in taken:
            line["leaving"] = True
            line.pop("wanted_variant", None)
        if line.get("wanted_quantity") == line["quantity"]:
            del line["wanted_quantity"]
    if all(line.get("leaving") for line in lines):
        for line in lines:
            line.pop("leaving", None)
    return sorted(lines, key=lambda line: bool(line.get("leaving")))


def _replacement(row: Mapping[str, Any], known: dict[int | None, Line], seen: list[Line]) -> Line | None:
    """A line that was added in the place of another; one too many, or no longer wanted, is to leave."""
    line_id, variant_id = whole(row.get("id")), _variant_id(row)
    named = whole(mapping(row.get("metadata")).get("replaces"))
    wanting = [
        line
        for line in known.values()
        if mapping(line.get("wanted_variant")).get("next_variant_id") == variant_id
        and named in {None, line["store_line_id"]}
    ]
    others = [*known.values(), *seen]
    if wanting and not any(line.get("replaces") == wanting[0]["store_line_id"] for line in others):
        old = {key: value for key, value in wanting[0].items() if key not in {"wanted_variant", "leaving"}}
        return {
            **old,
            **wanting[0]["wanted_variant"],
            "store_line_id": line_id,
            "replaces": wanting[0]["store_line_id"],
        }
    if named is None or not (named in known or any(line.get("replaces") == named for line in others)):
        return None
    return {
        "store_line_id": line_id,
        "next_variant_id": variant_id,
        "product_id": "",
        "variant_id": "",
        "name": text(row.get("product_title")),
        "title": text(row.get("variant_title")),
        "terms": {},
        "leaving": True,
    }


def _first_seen(row: Mapping[str, Any], *, subscription: Subscription, found: StoreSubscription) -> Line:
    """A line of the first order, with the terms it was sold on."""
    variant_id = _variant_id(row)
    item = next(
        (
            item
            for item in subscription.order.items.all()
            if item.selling_plan
            and item.next_variant_id == variant_id
            and (item.selling_plan["interval"], charged_every(item.selling_plan))
            == (found.interval, found.interval_count)
        ),
        None,
    )
    return {
        "store_line_id": whole(row.get("id")),
        "next_variant_id": variant_id,
        "product_id": item.product_id if item else "",
        "variant_id": item.variant_id if item else "",
        "name": item.name if item else text(row.get("product_title")),
        "title": item.title if item else text(row.get("variant_title")),
        "terms": item.selling_plan if item else {},
    }


def _variant_id(row: Mapping[str, Any]) -> int | None:
    return whole(row.get("variant_id")) or whole(row.get("product_id"))


def wanted(line: Line) -> Line:
    """The line as it will be once what is wanted of it is done."""
    return {
        **line,
        **line.get("wanted_variant", {}),
        "quantity": line.get("wanted_quantity", line.get("quantity", 1)),
    }


def next_price(*, line: Line, renewal: int) -> Decimal:
    """What one unit of a line should cost at a renewal; the store's own price where we know no terms."""
    terms = line["terms"]
    return price_of_renewal(terms, renewal) if terms else Decimal(str(line["price"]))


def next_charge(subscription: Subscription) -> Decimal:
    """What the next renewal costs: its lines and delivery, before tax that is added."""
    lines = (
        next_price(line=line, renewal=subscription.cycle + 1) * wanted(line)["quantity"]
        for line in subscription.goods
    )
    return sum(lines, subscription.shipping_price)


def how_often(line: Line) -> str:
    """When it is charged, in words: "Every 3 months"; nothing where its terms are not known."""
    terms = line.get("terms")
    return every(terms["interval"], charged_every(terms)) if terms else ""


def forget_changes(subscription: Subscription, *, undo: bool) -> None:
    """Forget what was wanted: because it is done, or (`undo`) because the store said no."""
    for line in subscription.lines:
        if undo and "terms_before" in line:
            line["terms"] = line["terms_before"]
        for key in CHANGES:
            line.pop(key, None)


def unborn_line(subscription: Subscription) -> Line | None:
    """The first line whose other variant is not at the store yet."""
    return next((line for line in subscription.goods if "wanted_variant" in line), None)


def leaving_line(subscription: Subscription) -> Line | None:
    """The first line that another has taken the place of."""
    return next((line for line in subscription.lines if line.get("leaving")), None)


def wrong_line(subscription: Subscription) -> Line | None:
    """The first line that the store would charge otherwise than the terms say, or in another quantity."""
    for line in subscription.goods:
        price = next_price(line=line, renewal=subscription.cycle + 1)
        if str(price) != line["price"] or "wanted_quantity" in line:
            return line
    return None


def wrong_rhythm(subscription: Subscription) -> bool:
    """Tell whether the store would renew at other intervals than the terms say."""
    line = subscription.line
    return bool(line and line["terms"]) and line["rhythm"] != rhythm(line)


def rhythm(line: Line) -> list[object]:
    """What a line says of itself: interval and count."""
    return [line["terms"]["interval"], charged_every(line["terms"])]
