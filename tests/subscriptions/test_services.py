"""Pause, resume, skip, change, and cancel: saved first, then sent; a delay never causes a charge."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from stores.dates import add_interval
from stores.errors import Conflict, NotFound, Problem
from subscriptions.models import Invoice, Subscription
from subscriptions.plan_changes import offered_variants
from subscriptions.services import (
    cancel_subscription,
    change_subscription,
    pause_subscription,
    preview_change,
    resume_subscription,
    revoke_cancellation,
    skip_charge,
    write_off_charge,
)
from tests.factories import make_plan, variant_of
from tests.payments.helpers import pay_at_link, submit_checkout
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock,
    advance_clock_and_sync,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
    sync_now,
)


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


def next_subscription(shop):
    (found,) = shop.sandbox.subscriptions()
    return found


def make_next_unreachable(shop):
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=3)


def make_due(subscription):
    Subscription.objects.filter(pk=subscription.pk).update(refresh_at=timezone.now())


def test_resumed_subscription_keeps_its_charge_date(shop, subscription):
    date = subscription.next_renewal_at

    subscription = pause_subscription(subscription=subscription)
    assert (subscription.status, next_subscription(shop)["status"]) == ("paused", "paused")
    assert subscription.paused_at is not None

    subscription = resume_subscription(subscription=subscription)
    assert (subscription.status, next_subscription(shop)["status"]) == ("active", "active")
    assert subscription.next_renewal_at == date
    assert charged_amounts(shop) == ["39.99"]


def test_long_pause_resumes_on_the_original_schedule(shop, subscription):
    pause_subscription(subscription=subscription)
    Subscription.objects.update(scheduled_renewal_at=timezone.now() - datetime.timedelta(days=40))
    advance_clock(shop, days=3)

    subscription = resume_subscription(subscription=Subscription.objects.get())

    assert timezone.now() < subscription.next_renewal_at < timezone.now() + datetime.timedelta(days=31)


def test_impossible_actions_are_refused(shop, subscription):
    date = subscription.next_renewal_at
    for why, service, arguments in (
        ("in the future", pause_subscription, {"until": timezone.now()}),
        ("Only a paused", resume_subscription, {}),
        ("No cancellation", revoke_cancellation, {}),
        ("no declined charge", write_off_charge, {}),
    ):
        with pytest.raises((Conflict, Problem), match=why):
            service(subscription=subscription, **arguments)
    subscription = pause_subscription(subscription=subscription)
    for why, service, arguments in (
        ("can be paused", pause_subscription, {}),
        ("can skip a charge", skip_charge, {"charge_at": date}),
    ):
        with pytest.raises(Conflict, match=why):
            service(subscription=subscription, **arguments)


def test_plan_of_several_products_cannot_be_changed(shop):
    plans = [make_coffee_plan(shop), make_plan(shop.products.get(name="Light bulb"))]
    goods = [variant_of(shop.products.get(name=name)) for name in ("Field notes", "Light bulb")]
    lines = [
        SelectionLine(variant=one, quantity=1, plan=plan) for one, plan in zip(goods, plans, strict=True)
    ]
    intent = submit_checkout(shop, Selection(source="cart", lines=tuple(lines)))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    reconcile_due_rows()
    subscription = Subscription.objects.get()
    yearly = make_coffee_plan(shop, interval="year")

    assert len(subscription.active_lines) == 2
    assert offered_variants(subscription) == []
    with pytest.raises(Conflict, match="renews several products together"):
        change_subscription(subscription=subscription, plan_id=yearly.pk)


@pytest.mark.parametrize(
    ("day", "interval", "count", "began_on", "later"),
    [
        (21, "day", 10, 0, "2027-03-31"),
        (21, "week", 2, 31, "2027-04-04"),
        (21, "month", 1, 31, "2027-04-21"),
        (31, "month", 1, 0, "2027-04-30"),
        (31, "month", 11, 31, "2028-02-29"),
        (31, "year", 1, 0, "2028-03-31"),
    ],
)
def test_add_interval_keeps_the_local_time(day, interval, count, began_on, later):
    """The clock goes forward on the 28th."""
    moment = datetime.datetime(2027, 3, day, 9, tzinfo=ZoneInfo("Europe/Berlin"))

    found = add_interval(moment, interval, count, "Europe/Berlin", anchor_day=began_on)

    assert (found.date().isoformat(), found.hour) == (later, 9)


def test_subscription_from_the_31st_is_charged_on_each_months_last_day(shop):
    """Also after a skipped or declined charge, and after a pause over a shorter month."""
    advance_clock_and_sync(shop, to="2027-12-31T12:00:00+00:00")
    subscription = start_subscription(shop, make_coffee_plan(shop))
    days = []

    def note():
        days.append(subscription.next_renewal_at.date().isoformat())

    for _month in range(2):
        subscription = renew_subscription(shop, subscription)
        note()
    subscription = renew_subscription(shop, subscription)
    note()
    subscription = skip_charge(subscription=subscription, charge_at=subscription.next_renewal_at)
    note()
    subscription = skip_charge(subscription=subscription, charge_at=subscription.next_renewal_at)
    note()
    pause_subscription(subscription=subscription)
    advance_clock_and_sync(shop, to="2028-07-02T12:00:00+00:00")
    subscription = resume_subscription(subscription=Subscription.objects.get())
    note()

    assert days == ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31", "2028-06-30", "2028-07-31"]
    assert len(charged_amounts(shop)) == 4


def test_manually_set_charge_date_stays(shop, subscription):
    chosen = subscription.next_renewal_at.replace(day=28) + datetime.timedelta(days=31)
    path = f"subscriptions/{subscription.next_subscription_id}/"
    shop.sandbox.call("PATCH", path, {"next_renewal_date": chosen.isoformat()})

    assert sync_now(subscription).next_renewal_at == chosen


def test_pause_with_an_end_date_resumes_automatically(shop, subscription):
    until = timezone.now() + datetime.timedelta(days=10)

    subscription = pause_subscription(subscription=subscription, until=until)
    assert next_subscription(shop)["paused_until"][:10] == until.date().isoformat()

    advance_clock(shop, days=11)
    assert sync_now(subscription).status == "active"


def test_pause_stays_pending_while_next_is_unreachable(shop, subscription):
    make_next_unreachable(shop)

    subscription = pause_subscription(subscription=subscription)
    assert (subscription.status, subscription.pending_action, next_subscription(shop)["status"]) == (
        "paused",
        "pause",
        "active",
    )

    make_due(subscription)
    reconcile_due_rows()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.pending_action, next_subscription(shop)["status"]) == (
        "paused",
        "",
        "paused",
    )


def test_pause_with_a_lost_response_is_not_repeated(shop, subscription):
    shop.sandbox.plan_fault("close", operation="subscriptionsPauseCreate", when="after")

    subscription = pause_subscription(subscription=subscription)
    make_due(subscription)
    reconcile_due_rows()

    subscription.refresh_from_db()
    assert (subscription.pending_action, subscription.next_status) == ("", "paused")
    operations = [call["operation"] for call in shop.sandbox.requests()]
    assert operations.count("subscriptionsPauseCreate") == 1


def test_pending_action_survives_a_crash(shop, subscription, monkeypatch):
    """S28."""

    def die(**kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("subscriptions.services.sync_subscription", die)
        with pytest.raises(KeyboardInterrupt):
            cancel_subscription(subscription=subscription)
    make_due(subscription)
    reconcile_due_rows()

    assert next_subscription(shop)["status"] == "paused"


def test_cancel_at_period_end_pauses_now_and_cancels_then(shop, subscription):
    """R152: active until then, and no charge however late we are."""
    subscription = cancel_subscription(subscription=subscription, reason="Too much coffee")

    assert (subscription.status, subscription.cancel_at_period_end) == ("active", True)
    assert next_subscription(shop)["status"] == "paused"
    advance_clock(shop, days=70)
    assert charged_amounts(shop) == ["39.99"]

    Subscription.objects.update(ends_at=timezone.now())
    make_due(subscription)
    reconcile_due_rows()

    subscription.refresh_from_db()
    found = next_subscription(shop)
    assert (subscription.status, found["status"]) == ("canceled", "canceled")
    assert subscription.canceled_at is not None
    assert subscription.cancel_reason == "Too much coffee"
    assert (found["cancel_reason"], found["cancel_reason_other_message"]) == ("other", "Too much coffee")
    assert subscription.refresh_at is None


def test_undone_cancellation_keeps_the_charge_date(shop, subscription):
    date = subscription.next_renewal_at
    cancel_subscription(subscription=subscription)
    for service, arguments in (
        (pause_subscription, {}),
        (skip_charge, {"charge_at": date}),
        (change_subscription, {"quantity": 2}),
    ):
        with pytest.raises(Conflict):
            service(subscription=subscription, **arguments)

    subscription = revoke_cancellation(subscription=subscription)

    assert (subscription.status, subscription.cancel_at_period_end) == ("active", False)
    assert (next_subscription(shop)["status"], subscription.next_renewal_at) == ("active", date)
    renew_subscription(shop, subscription)
    assert charged_amounts(shop) == ["39.99", "44.99"]


def test_canceled_pause_with_an_end_date_is_not_charged(shop, subscription):
    until = timezone.now() + datetime.timedelta(days=20)
    subscription = pause_subscription(subscription=subscription, until=until)

    cancel_subscription(subscription=subscription)

    assert (next_subscription(shop)["status"], next_subscription(shop)["paused_until"]) == ("paused", None)
    advance_clock(shop, days=70)
    assert charged_amounts(shop) == ["39.99"]


def test_refused_pause_cancels_right_away(shop, subscription):
    shop.sandbox.plan_fault("status", operation="subscriptionsPauseCreate", status=400, when="before")

    subscription = cancel_subscription(subscription=subscription)

    assert (subscription.status, subscription.cancel_at_period_end) == ("active", True)
    assert next_subscription(shop)["status"] == "canceled"
    with pytest.raises(Conflict):
        revoke_cancellation(subscription=subscription)


def test_immediate_cancel_ends_the_subscription(shop, subscription):
    subscription = cancel_subscription(
        subscription=subscription, at_period_end=False, reason="product_too_expensive"
    )

    assert (subscription.status, next_subscription(shop)["status"]) == ("canceled", "canceled")
    assert next_subscription(shop)["cancel_reason"] == "product_too_expensive"
    for service in (pause_subscription, resume_subscription, cancel_subscription, revoke_cancellation):
        with pytest.raises(Conflict):
            service(subscription=subscription)


def test_canceling_past_due_makes_the_invoice_uncollectible(shop, subscription):
    shop.sandbox.switches(next_payment="hard_decline")
    subscription = renew_subscription(shop, subscription)

    subscription = cancel_subscription(subscription=subscription)
    subscription = sync_now(subscription)

    assert (subscription.status, next_subscription(shop)["status"]) == ("canceled", "canceled")
    assert Invoice.objects.get(cycle=1).status == "uncollectible"


def test_repeated_write_off_skips_one_cycle(shop, subscription):
    shop.sandbox.switches(next_payment="hard_decline")
    subscription = renew_subscription(shop, subscription)

    dates = []
    for _time in range(2):
        make_next_unreachable(shop)
        dates.append(write_off_charge(subscription=subscription).scheduled_renewal_at)

    assert dates[0] == dates[1]


def test_repeated_skip_skips_one_charge(shop, subscription):
    date = subscription.next_renewal_at

    for _ in range(2):
        subscription = skip_charge(subscription=subscription, charge_at=date)

    assert datetime.timedelta(days=27) < subscription.next_renewal_at - date < datetime.timedelta(days=32)


def test_quantity_change_applies_from_the_next_charge(shop, subscription):
    before = preview_change(subscription=subscription, quantity=3)
    assert (before.main_line.quantity, next_subscription(shop)["lines"][0]["quantity"]) == (3, 1)

    subscription = change_subscription(subscription=Subscription.objects.get(), quantity=3)

    assert (subscription.main_line.quantity, next_subscription(shop)["lines"][0]["quantity"]) == (3, 3)
    assert charged_amounts(shop) == ["39.99"]
    renew_subscription(shop, subscription)
    assert charged_amounts(shop) == ["39.99", "134.97"]


def test_plan_change_updates_interval_and_price(shop, subscription):
    yearly = make_coffee_plan(shop, [], interval="year", name="Every year")

    subscription = change_subscription(subscription=subscription, plan_id=yearly.pk)

    found = next_subscription(shop)
    assert (found["interval"], found["interval_count"]) == ("year", 1)
    assert found["lines"][0]["price"] == "49.99"
    assert subscription.main_line.terms["name"] == "Every year"


def test_plan_of_another_product_is_not_found(shop, subscription):
    from tests.factories import make_plan

    other = make_plan(shop.products.get(name="Light bulb"))

    with pytest.raises(NotFound):
        change_subscription(subscription=subscription, plan_id=other.pk)


@pytest.mark.parametrize("quantity", [0, 1000])
def test_out_of_range_quantity_is_rejected(shop, subscription, quantity):
    with pytest.raises(Problem):
        change_subscription(subscription=subscription, quantity=quantity)


def test_pausing_a_subscription_canceled_in_next_shows_it_canceled(shop, subscription):
    number = subscription.next_subscription_id
    shop.sandbox.call("POST", f"subscriptions/{number}/cancel/", {"cancel_reason": "other"})

    subscription = pause_subscription(subscription=subscription)

    assert subscription.status == "canceled"
