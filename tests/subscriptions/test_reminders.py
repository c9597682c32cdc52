"""When subscribers are reminded, by the law of where the store sells."""

import datetime

import pytest
from django.utils import timezone

from subscriptions.models import Subscription
from subscriptions.reminders import due_anniversary, due_reminder_kind
from tests.factories import make_invoice, make_order, make_store


def build_subscription(*, days_left, interval=("month", 1), trial_days=0, **store_fields):
    """Return a running subscription that renews in `days_left` days, less a minute."""
    order = make_order(make_store(**store_fields))
    subscription = make_invoice(order).subscription
    subscription = Subscription.objects.select_related("store", "order").get(pk=subscription.pk)
    subscription.next_status = "active"
    subscription.next_interval, subscription.next_interval_count = interval
    renewal_at = timezone.now() + datetime.timedelta(days=days_left, minutes=-1)
    subscription.next_renewal_at = renewal_at
    terms = {"trial_period_days": trial_days}
    subscription.lines.create(next_line_id=1, name="Coffee", terms=terms)
    subscription.trial_end = renewal_at if trial_days else None
    subscription.invoices.all().delete()  # no price to compare with
    return subscription


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        # A trial: 10 days before, or as the store sets it; of a week, halfway.
        ({"trial_days": 30, "days_left": 10}, "trial_ends"),
        ({"trial_days": 30, "days_left": 11}, None),
        ({"trial_days": 30, "days_left": 14, "reminder_days": 14}, "trial_ends"),
        ({"trial_days": 7, "days_left": 4}, None),
        ({"trial_days": 7, "days_left": 3}, "trial_ends"),
        # A long period: as before a trial ends; of a year, a month before.
        ({"interval": ("month", 6), "days_left": 10}, "renews"),
        ({"interval": ("month", 6), "days_left": 11}, None),
        ({"interval": ("year", 1), "days_left": 30}, "renews"),
        ({"interval": ("month", 12), "days_left": 31}, None),
        ({"interval": ("week", 26), "days_left": 5}, "renews"),
        ({"interval": ("month", 5), "days_left": 5}, None),
    ],
)
def test_reminder_is_due_in_time_before_the_charge(db, fields, kind):
    subscription = build_subscription(**fields)

    assert due_reminder_kind(subscription) == kind


@pytest.mark.parametrize(
    ("days_ago", "fields", "years"),
    [
        (364, {}, 0),
        (366, {}, 1),
        (366 + 20, {}, 1),
        (366 + 60, {}, 0),
        (2 * 365 + 3, {}, 2),
        (366, {"countries": ["DE", "US"]}, 1),
        (366, {"countries": ["DE"]}, 0),
        (366, {"interval": ("year", 1)}, 0),
    ],
)
def test_yearly_reminder_is_for_stores_that_sell_to_the_united_states(db, days_ago, fields, years):
    subscription = build_subscription(days_left=20, **fields)
    subscription.order.paid_at = timezone.now() - datetime.timedelta(days=days_ago)

    assert due_anniversary(subscription) == years
