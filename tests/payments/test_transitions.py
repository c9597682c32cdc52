"""A payment intent changes state only by the transitions, and each only from the states it knows."""

import re

import pytest
from django.conf import settings

from checkout.models import PaymentIntent
from checkout.payments import transitions
from tests.payments.helpers import submit_checkout

OPEN = {"created", "redirected"}
UNPAID = {*OPEN, "declined", "expired"}
TRANSITIONS = {
    "redirected": (
        transitions.mark_redirected,
        {"created"},
        {"payment_complete_url": "https://link.example/"},
    ),
    "succeeded": (transitions.mark_succeeded, {*UNPAID, "review"}, {}),
    "review": (transitions.send_to_review, UNPAID, {"reason": "Too much.", "amount_to_refund": None}),
    "declined": (transitions.decline_intent, OPEN, {}),
    "expired": (transitions.expire_intent, OPEN, {}),
    "refunded": (transitions.mark_refunded, {"review"}, {}),
    "discarded": (transitions.discard_intent, {"review"}, {}),
}


@pytest.mark.parametrize("start", PaymentIntent.Status.values)
@pytest.mark.parametrize("end", sorted(TRANSITIONS))
def test_transition_happens_only_from_its_states(shop, start, end):
    move, from_statuses, arguments = TRANSITIONS[end]
    intent = submit_checkout(shop)
    PaymentIntent.objects.update(status=start)
    intent.refresh_from_db()

    moved = move(intent, **arguments)

    assert moved is (start in from_statuses)
    expected = end if moved else start
    assert (intent.status, PaymentIntent.objects.get().status) == (expected, expected)


def test_late_caller_changes_nothing(shop):
    """Two callers read the intent while it was open; the second one finds it settled."""
    first = submit_checkout(shop)
    second = PaymentIntent.objects.get()

    assert transitions.mark_succeeded(first, next_order_number="100001")
    assert not transitions.expire_intent(second, message="Too late.")

    saved = PaymentIntent.objects.get()
    assert (saved.status, saved.next_order_number, saved.message) == ("succeeded", "100001", "")


def test_nothing_else_writes_the_status():
    """No assignment and no update of an intent's status outside of the transitions."""
    writes = re.compile(r"intent\.status = |PaymentIntent\.objects\.[^=]*\.update\([^)]*\bstatus=", re.DOTALL)
    writers = {
        path.name
        for path in (settings.BASE_DIR / "checkout").rglob("*.py")
        if writes.search(path.read_text())
    }
    assert writers <= {"transitions.py"}
