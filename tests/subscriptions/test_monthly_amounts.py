"""What a subscription brings in each month is stored with it, and never anything but what its lines say."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from nextcommerce.schemas import NextSubscription, NextSubscriptionLine
from subscriptions.mirror import mirror_subscription
from subscriptions.models import Subscription
from subscriptions.subscription_lines import load_lines
from tests.factories import make_invoice, make_order, make_store


@pytest.fixture
def subscription(db):
    return make_invoice(make_order(make_store())).subscription


def mirror(subscription, *lines, interval="month", count=1, **fields):
    """Mirror an answer with lines of this quantity and price. Return the stored monthly amount."""
    answer = NextSubscription(
        id=subscription.next_subscription_id,
        status="active",
        interval=interval,
        interval_count=count,
        next_renewal_at=None,
        paused_at=None,
        paused_until=None,
        cancel_reason="",
        currency="USD",
        shipping_price=Decimal("5.00"),
        lines=tuple(
            NextSubscriptionLine(number, None, "Lamp", "", quantity, Decimal(price), {})
            for number, (quantity, price) in enumerate(lines, start=1)
        ),
        billing_cycles=(),
    )
    with transaction.atomic():
        subscription = Subscription.objects.select_related("store", "order").get(pk=subscription.pk)
        load_lines(subscription)
        mirror_subscription(subscription=subscription, next_subscription=answer)
    return Subscription.objects.get(pk=subscription.pk).monthly_amount


@pytest.mark.any_database
def test_amount_follows_every_change_of_lines_and_interval(subscription):
    assert mirror(subscription, (2, "15.00")) == Decimal("30.00")
    assert mirror(subscription, (3, "15.00")) == Decimal("45.00")
    assert mirror(subscription, (3, "10.00"), (1, "5.00")) == Decimal("35.00")
    assert mirror(subscription, (3, "10.00")) == Decimal("30.00")
    assert mirror(subscription, (3, "10.00"), count=3) == Decimal("10.00")
    assert mirror(subscription, (3, "10.00"), interval="year") == Decimal("2.50")
    assert mirror(subscription, (3, "10.00"), interval="week", count=2) == Decimal("65.223")
    assert mirror(subscription, interval="month") == Decimal("30.00")  # no lines: nothing is known of them


@pytest.mark.any_database
@pytest.mark.parametrize(("interval", "count"), [("fortnight", 1), ("month", 0), ("month", -1), ("", 1)])
def test_unknown_interval_brings_in_nothing(subscription, interval, count):
    assert mirror(subscription, (1, "9.00"), interval=interval, count=count) == 0


def test_amount_that_no_column_holds_brings_in_nothing_and_stops_no_sync(subscription):
    assert mirror(subscription, (2**31 - 1, "9999999999.99"), interval="day") == 0
    call_command("check_reports", stdout=StringIO())


def test_check_finds_and_corrects_a_wrong_amount(subscription):
    other = make_invoice(make_order(subscription.store)).subscription
    for each in (subscription, other):
        mirror(each, (2, "15.00"))
    Subscription.objects.filter(pk=subscription.pk).update(monthly_amount="7.00")
    errors = StringIO()

    with pytest.raises(CommandError, match="1 subscriptions had a wrong monthly amount"):
        call_command("check_reports", stderr=errors)

    assert errors.getvalue() == (
        f"{subscription.store.slug}, {subscription.pk}: the monthly amount differs from the items.\n"
    )
    assert set(Subscription.objects.values_list("monthly_amount", flat=True)) == {Decimal("30.00")}
    call_command("check_reports", "--store", subscription.store.slug, stdout=StringIO())


def test_amount_that_a_sync_corrected_meanwhile_is_not_reported(subscription, monkeypatch):
    """It is checked again under the lock."""
    mirror(subscription, (2, "15.00"))
    command = "config.management.commands.check_reports"
    monkeypatch.setattr(f"{command}.find_wrong_amounts", lambda store: [subscription.pk])

    call_command("check_reports", stdout=StringIO())
