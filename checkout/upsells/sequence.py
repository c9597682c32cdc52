"""The order in which upsells are offered, and for staff: why one is shown rarely, never, or too dear."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.availability import explain_setup_problem, has_stock
from catalog.pricing import first_price
from checkout.models import Upsell
from stores.money import format_money

Trigger = Upsell.Trigger
# At the same position, the narrower trigger comes first. Otherwise an upsell after any order hides it.
TRIGGERS_BY_SPECIFICITY = (Trigger.LINK, Trigger.PRODUCT, Trigger.AMOUNT, Trigger.ANY, Trigger.FOLLOWS)
SPECIFICITY = Case(
    *(When(trigger=trigger, then=Value(rank)) for rank, trigger in enumerate(TRIGGERS_BY_SPECIFICITY)),
    output_field=IntegerField(),
)
OFFER_ORDER = ("position", SPECIFICITY, "created_at", "id")


def list_store_upsells(store_ids: Iterable[int]) -> list[Upsell]:
    """Return all upsells of the stores as they are offered, with what `explain_upsells` reads."""
    upsells = Upsell.objects.filter(store__in=store_ids).order_by("store", *OFFER_ORDER)
    upsells = upsells.select_related("store", "variant__product", "plan", "link__product", "product")
    return list(upsells.prefetch_related("plan__pricing_policies", "variant__values"))


def explain_upsells(upsells: Sequence[Upsell]) -> dict[str, list[str]]:
    """Return for each upsell's id what staff should know about it, in sentences.

    Needs all upsells of their stores, in the order in which they are offered.
    """
    by_id = {upsell.pk: upsell for upsell in upsells}
    entries = [upsell for upsell in upsells if upsell.active and upsell.trigger != Trigger.FOLLOWS]
    led_to = _find_led_to(entries, by_id)
    notes: dict[str, list[str]] = {}
    for position, upsell in enumerate(upsells):
        notes[upsell.pk] = [
            *_explain_schedule(upsell),
            *_explain_variant(upsell),
            *_explain_reach(upsell, upsells[:position], led_to),
            *_explain_follow_ups(upsell, by_id),
            *_explain_price(upsell),
        ]
    return notes


def find_cycle(upsell: Upsell) -> list[Upsell]:
    """Return the upsells on a way from this unsaved state of an upsell back to itself, or []."""
    saved = {row.pk: row for row in Upsell.objects.filter(store=upsell.store_id)}
    saved[upsell.pk] = upsell
    paths = [[upsell]]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for next_id in _follow_up_ids(path[-1]):
            if next_id == upsell.pk:
                return [*path, upsell]
            if next_id in saved and next_id not in seen:
                seen.add(next_id)
                paths.append([*path, saved[next_id]])
    return []


def _follow_up_ids(upsell: Upsell) -> list[str]:
    return [pk for pk in (upsell.follow_up_on_accept_id, upsell.follow_up_on_decline_id) if pk]


def _find_led_to(entries: Iterable[Upsell], by_id: dict[str, Upsell]) -> set[str]:
    """Return the ids of the upsells that some active upsell leads to, directly or not."""
    waiting, found = list(entries), set()
    while waiting:
        for next_id in _follow_up_ids(waiting.pop()):
            follow_up = by_id.get(next_id)
            if follow_up and follow_up.active and next_id not in found:
                found.add(next_id)
                waiting.append(follow_up)
    return found


def _explain_schedule(upsell: Upsell) -> Iterator[str]:
    now = timezone.now()
    if not upsell.active:
        yield _("It's switched off.")
        return
    if upsell.ends_at and upsell.ends_at <= now:
        yield _("It has ended.")
    elif upsell.starts_at and upsell.starts_at > now:
        yield _("It hasn't started yet.")
    if upsell.usage_limit is not None and upsell.usage_count >= upsell.usage_limit:
        yield _("Its usage limit is reached.")


def _explain_variant(upsell: Upsell) -> Iterator[str]:
    if not upsell.active:
        return
    if not (upsell.variant.active and upsell.variant.product.active):
        yield _("What it offers is off sale.")
    elif problem := explain_setup_problem(upsell.variant, store=upsell.store):
        yield _("What it offers can't be bought: %(problem)s") % {"problem": problem}
    elif not has_stock(upsell.variant, upsell.quantity):
        yield _("What it offers is sold out.")


def _explain_reach(upsell: Upsell, earlier: Sequence[Upsell], led_to: set[str]) -> Iterator[str]:
    if upsell.active and upsell.link and upsell.trigger == Trigger.LINK and not upsell.link.active:
        yield _("Its payment link is closed.")
    if not upsell.active or upsell.pk in led_to:
        return
    if upsell.trigger == Trigger.FOLLOWS:
        yield _("It's never shown: no other upsell leads to it.")
        return
    first = next((other for other in earlier if _hides(other, upsell)), None)
    if first:
        yield _(
            "It's shown only while “%(other)s” can't be, which comes first for the same orders. Give it a"
            " lower position, or let it follow that one."
        ) % {"other": first.name}


def _hides(earlier: Upsell, upsell: Upsell) -> bool:
    """Return True if every order that triggers the upsell triggers the earlier one too."""
    if not earlier.active or earlier.store_id != upsell.store_id:
        return False
    if earlier.trigger == Trigger.ANY:
        return True
    if earlier.trigger != upsell.trigger:
        return False
    if earlier.trigger == Trigger.AMOUNT:
        return (earlier.min_order_total or 0) <= (upsell.min_order_total or 0)
    if earlier.trigger == Trigger.PRODUCT:
        return earlier.product_id == upsell.product_id
    return earlier.trigger == Trigger.LINK and earlier.link_id == upsell.link_id


def _explain_follow_ups(upsell: Upsell, by_id: dict[str, Upsell]) -> Iterator[str]:
    if not upsell.active:
        return
    for next_id in dict.fromkeys(_follow_up_ids(upsell)):
        follow_up = by_id.get(next_id)
        if follow_up and not follow_up.active:
            yield _("“%(other)s”, which should follow, is switched off.") % {"other": follow_up.name}


def _explain_price(upsell: Upsell) -> Iterator[str]:
    if upsell.price is None:
        return
    own = first_price(variant=upsell.variant, plan=upsell.plan)
    if upsell.price > own:
        currency = upsell.variant.product.default_currency
        yield _("Its price of %(price)s is above the shop's own, %(own)s.") % {
            "price": format_money(upsell.price, currency),
            "own": format_money(own, currency),
        }
