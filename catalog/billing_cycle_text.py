"""The cycles of a plan in words."""

from django.utils.translation import gettext_lazy as _

from catalog.models import SellingPlan
from catalog.pricing import PriceTier

_EVERY_ONE = {
    "day": _("Every day"),
    "week": _("Every week"),
    "month": _("Every month"),
    "year": _("Every year"),
}
_EVERY_COUNT = {
    "day": _("Every %(count)d days"),
    "week": _("Every %(count)d weeks"),
    "month": _("Every %(count)d months"),
    "year": _("Every %(count)d years"),
}
_ONWARDS = {
    "day": _("Day %(first)d onwards"),
    "week": _("Week %(first)d onwards"),
    "month": _("Month %(first)d onwards"),
    "year": _("Year %(first)d onwards"),
}
_FIRST_ONE = {
    "day": _("First day"),
    "week": _("First week"),
    "month": _("First month"),
    "year": _("First year"),
}
_FIRST_COUNT = {
    "day": _("First %(last)d days"),
    "week": _("First %(last)d weeks"),
    "month": _("First %(last)d months"),
    "year": _("First %(last)d years"),
}
_SINGLE_CYCLE = {
    "day": _("Day %(first)d"),
    "week": _("Week %(first)d"),
    "month": _("Month %(first)d"),
    "year": _("Year %(first)d"),
}
_CYCLE_RANGE = {
    "day": _("Days %(first)d to %(last)d"),
    "week": _("Weeks %(first)d to %(last)d"),
    "month": _("Months %(first)d to %(last)d"),
    "year": _("Years %(first)d to %(last)d"),
}


def format_billing_cycle(plan: SellingPlan) -> str:
    """Return `month`, or `3 months`: the API's words, in no language but its own (R72)."""
    return plan.interval if plan.interval_count == 1 else f"{plan.interval_count} {plan.interval}s"


def format_billing_interval(interval: str, count: int) -> str:
    """Say how often: "Every month", "Every 3 months"."""
    return (_EVERY_ONE if count == 1 else _EVERY_COUNT)[interval] % {"count": count}


def describe_tier(tier: PriceTier, *, plan: SellingPlan) -> str:
    """Say when a tier applies: "First month", "Month 2 onwards", "Every year" (R161)."""
    count = plan.interval_count
    first = (tier.first_cycle - 1) * count + 1
    last = first + tier.cycles * count - 1
    if tier.cycles == 0 and first > 1:
        words = _ONWARDS
    elif tier.cycles == 0:
        words = _EVERY_ONE if count == 1 else _EVERY_COUNT
    elif first == 1:
        words = _FIRST_ONE if last == 1 else _FIRST_COUNT
    else:
        words = _SINGLE_CYCLE if first == last else _CYCLE_RANGE
    return words[plan.interval] % {"count": count, "first": first, "last": last}
