"""NEXT answers that don't show what was done, are about something else, or come too early."""

import dataclasses
import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from nextcommerce.client import NextClient
from nextcommerce.schemas import NextBillingCycle, NextSubscriptionLine
from stores.next_client import open_next_client
from subscriptions.line_mirror import mirror_lines
from subscriptions.models import Subscription, SubscriptionLineChange
from subscriptions.models.subscription_line import VARIANT_FIELDS
from subscriptions.services import cancel_subscription, pause_subscription, resume_subscription
from subscriptions.subscription_lines import load_lines
from tests.api_client import ApiClient, success_data
from tests.factories import variant_of
from tests.payments.helpers import pay_at_link, submit_checkout
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock,
    charged_amounts,
    make_coffee_plan,
    start_subscription,
    sync_now,
)

ACTIONS = ("subscriptionsPauseCreate", "subscriptionsCancelCreate", "subscriptionsResumeCreate")


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


@pytest.fixture
def unseen(shop):
    """A subscription that NEXT has told us of and doesn't show yet."""
    plan = make_coffee_plan(shop, TWO_TIERS)
    line = SelectionLine(variant=variant_of(shop.products.get(name="Field notes")), quantity=1, plan=plan)
    intent = submit_checkout(shop, Selection(source="cart", lines=(line,)))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    hide_subscription(shop)
    reconcile_due_rows()
    return Subscription.objects.select_related("store", "order").get()


def hide_subscription(shop):
    shop.sandbox.plan_fault("status", operation="subscriptionsRetrieve", status=404, when="before", times=99)


def show_subscription(shop):
    shop.sandbox.switches(faults=[])


def fresh():
    return Subscription.objects.select_related("store", "order").get()


def next_status(shop):
    (found,) = shop.sandbox.subscriptions()
    return found["status"]


def ignore_calls(monkeypatch, name):
    """Make NEXT accept a call without doing anything. Return the list of the calls."""
    calls = []

    def ignore(self, subscription_id, body):
        calls.append(body)
        return self.retrieve_subscription(subscription_id)

    monkeypatch.setattr(NextClient, name, ignore)
    return calls


@pytest.mark.parametrize(
    ("call", "request_action"),
    [
        ("cancel_subscription", lambda row: cancel_subscription(subscription=row, at_period_end=False)),
        ("pause_subscription", lambda row: cancel_subscription(subscription=row)),
        ("pause_subscription", lambda row: pause_subscription(subscription=row)),
    ],
)
def test_accepted_call_without_effect_is_sent_once_and_again_after_a_pause(
    shop, subscription, monkeypatch, call, request_action
):
    with monkeypatch.context() as patch:
        calls = ignore_calls(patch, call)
        request_action(subscription)
        for _ in range(3):
            sync_now(fresh())
        assert len(calls) == 1
        assert str(fresh().sync_error) == "NEXT Commerce accepted a change but doesn't show it yet."
        assert fresh().refresh_at < timezone.now() + datetime.timedelta(minutes=2)

        Subscription.objects.update(resend_at=timezone.now())
        for _ in range(3):
            sync_now(fresh())
        assert len(calls) == 2
        assert fresh().resend_at > timezone.now() + datetime.timedelta(minutes=14)

    Subscription.objects.update(resend_at=timezone.now())
    sync_now(fresh())
    assert next_status(shop) == ("canceled" if call == "cancel_subscription" else "paused")
    assert (fresh().unconfirmed_call, fresh().resend_at, str(fresh().sync_error)) == ("", None, "")


def test_ignored_resume_is_sent_once(subscription, monkeypatch):
    pause_subscription(subscription=subscription)
    calls = ignore_calls(monkeypatch, "resume_subscription")

    resume_subscription(subscription=fresh())
    sync_now(fresh())

    assert len(calls) == 1
    assert (fresh().status, fresh().pending_action) == ("active", "resume")


def test_pause_before_next_shows_the_subscription_stays_pending(shop, unseen):
    shown = success_data(ApiClient(shop).post(f"/v1/subscriptions/{unseen.pk}/pause"))

    assert (shown["status"], shown["next_status"]) == ("paused", "")
    assert (fresh().status, fresh().pending_action, next_status(shop)) == ("paused", "pause", "active")
    assert not [call for call in shop.sandbox.requests() if call["operation"] in ACTIONS]

    show_subscription(shop)
    date = datetime.datetime.fromisoformat(shop.sandbox.subscriptions()[0]["next_renewal_date"])
    subscription = sync_now(fresh())
    assert (subscription.status, subscription.pending_action, next_status(shop)) == ("paused", "", "paused")
    assert resume_subscription(subscription=subscription).next_renewal_at == date


def test_cancellation_before_next_shows_the_subscription_ends_with_the_paid_period(shop, client, unseen):
    answer = client.post(
        f"{unseen.get_absolute_url()}/act",
        {"action": "cancel"},
        headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        follow=True,
    )

    assert answer.status_code == 200
    assert "It takes effect as soon as your subscription can be updated." in answer.text
    assert "Your subscription ends after the period you" in answer.text
    assert (fresh().status, fresh().cancel_at_period_end) == ("active", True)

    show_subscription(shop)
    date = datetime.datetime.fromisoformat(shop.sandbox.subscriptions()[0]["next_renewal_date"])
    subscription = sync_now(fresh())
    assert (subscription.status, subscription.ends_at, next_status(shop)) == ("active", date, "paused")
    advance_clock(shop, days=70)
    assert charged_amounts(shop) == ["39.99"]


def test_immediate_cancellation_before_next_shows_the_subscription_is_made_later(shop, unseen):
    path = f"/v1/subscriptions/{unseen.pk}/cancel"
    shown = success_data(ApiClient(shop).post(path, {"cancel_at_period_end": False}))

    assert (shown["status"], next_status(shop)) == ("canceled", "active")
    show_subscription(shop)
    sync_now(fresh())
    assert (fresh().status, next_status(shop)) == ("canceled", "canceled")


def test_missing_subscription_is_asked_for_ever_more_rarely(shop, unseen):
    assert str(fresh().sync_error) == "NEXT Commerce doesn't have this subscription yet, or no longer."
    assert fresh().refresh_at < timezone.now() + datetime.timedelta(minutes=2)

    Subscription.objects.update(updated_at=timezone.now() - datetime.timedelta(days=9))
    sync_now(fresh())

    assert fresh().refresh_at > timezone.now() + datetime.timedelta(hours=23)


def line_of(answer, **changes):
    return dataclasses.replace(answer.lines[0], **changes)


STRANGE_LINE = NextSubscriptionLine(
    id=2**62,
    variant_id=None,
    title="x" * 999,
    variant_title="y" * 999,
    quantity=2**31 - 1,
    price=Decimal("9999999999.99"),
    metadata={"replaces": "something"},
)
REFUSED = {
    "another id": lambda answer: {"id": answer.id + 1},
    "another currency": lambda answer: {"currency": "EUR"},
    "another first order": lambda answer: {"billing_cycles": (NextBillingCycle(0, "99999"),)},
}
ACCEPTED = {
    "no lines": lambda answer: {"lines": ()},
    "the same line twice": lambda answer: {"lines": answer.lines * 2},
    "a strange line": lambda answer: {"lines": (*answer.lines, STRANGE_LINE)},
    "huge numbers": lambda answer: {
        "shipping_price": Decimal("9999999999.99"),
        "interval_count": 2**31 - 1,
        "lines": (line_of(answer, quantity=2**31 - 1, price=Decimal("9999999999.99")),),
    },
    "an unknown interval": lambda answer: {"interval": "fortnight" * 20},
    "an unknown status": lambda answer: {"status": "dormant" * 20},
    "no status": lambda answer: {"status": ""},
    "a renewal that isn't there": lambda answer: {
        "billing_cycles": (*answer.billing_cycles, NextBillingCycle(2**31 - 1, "nothing" * 30))
    },
    "declined, with huge numbers": lambda answer: {
        "status": "past_due",
        "lines": (line_of(answer, quantity=2**31 - 1, price=Decimal("9999999999.99")),),
    },
}


@pytest.fixture
def answer_with(monkeypatch):
    """Change every answer about a subscription, and count the other calls."""
    real, sent = NextClient._request_subscription, []

    def install(changes):
        def distort(self, method, subscription_id, action="", body=None):
            if method != "GET":
                sent.append(action or method)
            answer = real(self, method, subscription_id, action, body)
            return dataclasses.replace(answer, **changes(answer))

        monkeypatch.setattr(NextClient, "_request_subscription", distort)
        return sent

    return install


@pytest.mark.parametrize("name", REFUSED)
def test_answer_about_something_else_changes_nothing_but_the_error(shop, subscription, answer_with, name):
    before = Subscription.objects.values().get()
    sent = answer_with(REFUSED[name])

    sync_now(fresh())

    after = Subscription.objects.values().get()
    changed = {column for column in before if after[column] != before[column]}
    assert changed == {"sync_error", "refresh_at"}
    assert after["refresh_at"] > timezone.now()
    assert sent == []


@pytest.mark.parametrize("name", ACCEPTED)
def test_nonsense_is_cleaned_and_each_call_is_sent_once(shop, client, subscription, answer_with, name):
    identity = (subscription.pk, subscription.next_subscription_id, subscription.order_id, "USD")
    sent = answer_with(ACCEPTED[name])

    for _ in range(3):
        sync_now(fresh())

    row = fresh()
    assert (row.pk, row.next_subscription_id, row.order_id, row.currency) == identity
    assert row.lines.filter(name="Field notes").count() == 1
    assert len(sent) <= 2
    assert client.get(row.get_absolute_url()).status_code == 200
    assert client.get(f"{row.get_absolute_url()}/change").status_code == 200
    assert success_data(ApiClient(shop).get(f"/v1/subscriptions/{row.pk}"))["id"] == row.pk


def test_line_missing_from_an_answer_keeps_its_terms_and_its_requested_change(shop, subscription):
    """A short list forgets nothing: the line's own terms count when it is listed again."""
    line = subscription.lines.get()
    line.terms = line.terms | {"name": "Changed plan"}
    line.save()
    SubscriptionLineChange.objects.create(
        line=line, quantity=3, **{name: getattr(line, name) for name in VARIANT_FIELDS}
    )
    answer = open_next_client(shop).retrieve_subscription(subscription.next_subscription_id)
    other = dataclasses.replace(STRANGE_LINE, metadata={}, quantity=1, price=Decimal("5.00"))

    mirror_answer(fresh(), dataclasses.replace(answer, lines=(other,)))

    assert [row.next_line_id for row in fresh().active_lines] == [other.id]
    assert fresh().lines.get(state="gone").terms["name"] == "Changed plan"

    mirror_answer(fresh(), dataclasses.replace(answer, lines=(*answer.lines, other)))

    (returned,) = [row for row in fresh().active_lines if row.next_line_id == line.next_line_id]
    assert (returned.pk, returned.terms["name"], returned.requested_change.quantity) == (
        line.pk,
        "Changed plan",
        3,
    )


def mirror_answer(subscription, answer):
    """Mirror the lines of an answer from NEXT, in a transaction."""
    with transaction.atomic():
        load_lines(subscription)
        mirror_lines(subscription=subscription, next_subscription=answer)
