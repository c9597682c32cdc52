"""What a subscription charges and when: the steps of its price, over the terms of all its lines.

The checkout, orders, and running subscriptions all describe their charges with this.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from catalog.plan_snapshot import PlanSnapshot, intervals_per_charge, price_of_renewal
from stores.dates import add_interval


@dataclass(frozen=True)
class RenewingLine:
    """A line that renews."""

    terms: PlanSnapshot
    quantity: int
    name: str = ""
    ships: bool = False


@dataclass(frozen=True)
class PriceStep:
    """Consecutive charges of one amount, without shipping. `count` 0 means until canceled."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class Renewals:
    """The charges of one subscription from some renewal on, by their steps.

    `interval_count` intervals lie between two charges. `starts_with_first` is True if no full price was
    charged before. `shipping` is part of each charge; None if something ships at a price not yet known.
    """

    names: tuple[str, ...]
    interval: str
    interval_count: int
    trial_days: int
    starts_with_first: bool
    steps: tuple[PriceStep, ...]
    shipping: Decimal | None = Decimal("0.00")

    @property
    def next_amount(self) -> Decimal:
        """Return the first of these charges, with shipping if its price is known."""
        return self.steps[0].amount + (self.shipping or Decimal(0))

    def first_charge_at(self, started_at: datetime.datetime, time_zone: str) -> datetime.datetime:
        """Return when the first renewal of a subscription that starts now is charged."""
        if self.trial_days:
            return started_at + datetime.timedelta(days=self.trial_days)
        return add_interval(started_at, self.interval, self.interval_count, time_zone)


def group_renewals(lines: Iterable[RenewingLine], *, shipping: Decimal | None) -> list[Renewals]:
    """Return what each subscription that a purchase starts will charge after today.

    NEXT starts one for each interval, and each pays the order's shipping if it ships anything.
    """
    groups: dict[tuple[str, int], list[RenewingLine]] = {}
    for line in lines:
        interval = line.terms["interval"], intervals_per_charge(line.terms)
        groups.setdefault(interval, []).append(line)
    return [build_renewals(group, shipping=shipping) for group in groups.values()]


def build_renewals(
    lines: Sequence[RenewingLine], *, shipping: Decimal | None, first_renewal: int = 1
) -> Renewals:
    """Return the charges of lines with the same interval, from `first_renewal` on. 0 is the first order."""
    terms = lines[0].terms
    trial_days = max(line.terms["trial_period_days"] for line in lines)
    return Renewals(
        names=tuple(line.name for line in lines),
        interval=terms["interval"],
        interval_count=intervals_per_charge(terms),
        trial_days=trial_days,
        starts_with_first=first_renewal == (1 if trial_days else 0),
        steps=tuple(_list_price_steps(lines, first_renewal)),
        shipping=shipping if any(line.ships for line in lines) else Decimal("0.00"),
    )


def _list_price_steps(lines: Sequence[RenewingLine], first_renewal: int) -> list[PriceStep]:
    changes = set().union(*(_list_price_changes(line.terms) for line in lines))
    starts = [first_renewal, *sorted(renewal for renewal in changes if renewal > first_renewal)]
    by_amount = groupby(starts, key=lambda renewal: _sum_prices(lines, renewal))
    steps = [(next(renewals), amount) for amount, renewals in by_amount]
    ends = [*(start for start, _amount in steps[1:]), None]
    return [
        PriceStep(count=end - start if end else 0, amount=amount)
        for (start, amount), end in zip(steps, ends, strict=True)
    ]


def _sum_prices(lines: Iterable[RenewingLine], renewal: int) -> Decimal:
    return sum((price_of_renewal(line.terms, renewal) * line.quantity for line in lines), Decimal(0))


def _list_price_changes(terms: PlanSnapshot) -> set[int]:
    """Return the renewals whose price may differ from the one before.

    A charge that covers several cycles may span two tiers, so a tier can change two charges.
    """
    cycles = terms["cycles_per_charge"]
    trial = 1 if terms["trial_period_days"] else 0
    before = [tier["first_cycle"] - 1 for tier in terms["tiers"]]
    return {trial} | {trial + charge for count in before for charge in (count // cycles, -(-count // cycles))}
