"""Mirror the lines of a subscription from NEXT Commerce, and keep what only we know of each.

NEXT Commerce can't change the variant of a line, so a new line replaces it (`subscriptions.sync_actions`).
"""

from typing import Any

from catalog.plan_snapshot import intervals_per_charge
from nextcommerce.schemas import NextSubscription, NextSubscriptionLine
from orders.models import OrderItem
from stores.columns import fit_to_columns
from subscriptions.models import Subscription, SubscriptionLine, SubscriptionLineChange
from subscriptions.models.subscription_line import VARIANT_FIELDS
from subscriptions.subscription_lines import list_line_changes, load_lines

State = SubscriptionLine.State
LinesById = dict[int, SubscriptionLine]
MIRRORED_FIELDS = (*VARIANT_FIELDS, "state", "quantity", "price", "replaces_line_id", "position")


def mirror_lines(*, subscription: Subscription, next_subscription: NextSubscription) -> bool:
    """Save the lines as NEXT Commerce has them, active ones first. Return True if any changed.

    An answer without lines changes nothing: every subscription has one. A line that is no longer listed is
    kept as gone, with its terms, unless we removed it. The caller holds the row's lock.
    """
    if not next_subscription.lines:
        return False
    known = {line.next_line_id: line for line in subscription.lines.all()}
    before = {line_id: _mirrored_values(line) for line_id, line in known.items()}
    lines = _read_lines(subscription, next_subscription, known)
    _mark_replaced_lines(lines)
    _keep_gone_lines(known, lines)
    for position, line in enumerate(sorted(lines.values(), key=lambda line: not line.is_active)):
        line.position = position
    if {line_id: _mirrored_values(line) for line_id, line in lines.items()} == before:
        return False
    _save_lines(subscription, known=known, lines=lines, before=before)
    load_lines(subscription)
    return True


def _read_lines(
    subscription: Subscription, next_subscription: NextSubscription, known: LinesById
) -> LinesById:
    """Return the lines that NEXT lists, with its quantities and prices: known ones, or unsaved new ones."""
    lines: LinesById = {}
    for row in next_subscription.lines:
        if row.id in lines:
            continue
        line = (
            known.get(row.id)
            or _build_replacement(row, known=known, mirrored=lines)
            or _build_line(
                row, next_subscription=next_subscription, order_items=subscription.order.items.all()
            )
        )
        fitted = fit_to_columns(SubscriptionLine, {"quantity": row.quantity, "price": row.price})
        for name, value in fitted.items():
            setattr(line, name, value)
        if line.state == State.GONE:
            line.state = State.ACTIVE
        lines[row.id] = line
    return lines


def _mirrored_values(line: SubscriptionLine) -> list[Any]:
    return [getattr(line, name) for name in MIRRORED_FIELDS]


def _build_replacement(
    row: NextSubscriptionLine, *, known: LinesById, mirrored: LinesById
) -> SubscriptionLine | None:
    """Return the line for a row that was added to replace another; to be removed if no longer needed."""
    replaced_id = row.metadata.get("replaces")
    change = _find_waiting_change(row, known)
    replaced_ids = {line.replaces_line_id for line in (*known.values(), *mirrored.values())}
    if change is not None and change.line.next_line_id not in replaced_ids:
        variant = {name: getattr(change, name) for name in VARIANT_FIELDS}
        return SubscriptionLine(next_line_id=row.id, replaces_line_id=change.line.next_line_id, **variant)
    if replaced_id is None or not (replaced_id in known or replaced_id in replaced_ids):
        return None
    return SubscriptionLine(next_line_id=row.id, state=State.TO_REMOVE, **_describe_next_variant(row))


def _find_waiting_change(row: NextSubscriptionLine, known: LinesById) -> SubscriptionLineChange | None:
    """Return the requested change to another variant that the row fulfills, by its mark if it has one."""
    replaced_id = row.metadata.get("replaces")
    for line in known.values():
        change = line.requested_change
        if change is None or replaced_id not in {None, line.next_line_id}:
            continue
        if change.is_other_variant and change.next_variant_id == row.variant_id:
            return change
    return None


def _build_line(
    row: NextSubscriptionLine, *, next_subscription: NextSubscription, order_items: Any
) -> SubscriptionLine:
    """Return a line with the terms it was sold on in the first order."""
    interval = next_subscription.interval, next_subscription.interval_count
    for item in order_items:
        if item.next_variant_id == row.variant_id and item.selling_plan:
            terms = item.selling_plan
            if (terms["interval"], intervals_per_charge(terms)) == interval:
                return SubscriptionLine(next_line_id=row.id, **_describe_item(item))
    return SubscriptionLine(next_line_id=row.id, **_describe_next_variant(row))


def _describe_item(item: OrderItem) -> dict[str, Any]:
    names = ("next_variant_id", "product_id", "variant_id", "name", "title")
    return {name: getattr(item, name) for name in names} | {"terms": item.selling_plan}


def _describe_next_variant(row: NextSubscriptionLine) -> dict[str, Any]:
    values = {"next_variant_id": row.variant_id, "name": row.title, "title": row.variant_title}
    return fit_to_columns(SubscriptionLine, values)


def _mark_replaced_lines(lines: LinesById) -> None:
    """Mark the lines that another one replaces, but never all of them."""
    replaced_ids = {line.replaces_line_id for line in lines.values() if line.is_active}
    for line_id in replaced_ids & lines.keys():
        lines[line_id].state = State.TO_REMOVE  # type: ignore[index]
    if not any(line.is_active for line in lines.values()):
        for line in lines.values():
            line.state = State.ACTIVE


def _keep_gone_lines(known: LinesById, lines: LinesById) -> None:
    """Add the known lines that aren't listed to `lines` as gone, except those that were to be removed."""
    for line_id in known.keys() - lines.keys():
        if known[line_id].state != State.TO_REMOVE:
            known[line_id].state = State.GONE
            lines[line_id] = known[line_id]


def _save_lines(
    subscription: Subscription, *, known: LinesById, lines: LinesById, before: dict[int, list[Any]]
) -> None:
    for line_id, line in lines.items():
        if _mirrored_values(line) != before.get(line_id):
            line.subscription = subscription
            line.save()
    for change in list_line_changes(subscription):
        _settle_line_change(change, lines)
    SubscriptionLine.objects.filter(pk__in=[known[gone].pk for gone in known.keys() - lines.keys()]).delete()


def _settle_line_change(change: SubscriptionLineChange, lines: LinesById) -> None:
    """End a change whose new line has arrived; a quantity it doesn't have yet is requested of that line."""
    replaced_id = change.line.next_line_id
    new_line = next((line for line in lines.values() if line.replaces_line_id == replaced_id), None)
    if new_line is None or new_line.next_variant_id != change.next_variant_id:
        return
    if change.quantity in {None, new_line.quantity}:
        change.delete()
    else:
        change.line = new_line
        change.save()
