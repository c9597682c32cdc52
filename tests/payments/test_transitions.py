"""A payment intent changes state only by the transitions, and each only from the states it knows."""

import ast

import pytest
from django.conf import settings

from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.sentences import EVENT_RECEIVED
from tests.payments.helpers import submit_checkout

OPEN = {"created", "redirected", "processing"}
UNPAID = {*OPEN, "declined", "expired"}
TRANSITIONS = {
    "redirected": (
        transitions.mark_redirected,
        {"created"},
        {"payment_complete_url": "https://link.example/"},
    ),
    "processing": (transitions.mark_processing, UNPAID - {"processing"}, {}),
    "succeeded": (transitions.mark_succeeded, {*UNPAID, "review"}, {}),
    "review": (transitions.send_to_review, UNPAID, {}),
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
    assert not transitions.expire_intent(second, message=EVENT_RECEIVED.fill())

    saved = PaymentIntent.objects.get()
    assert (saved.status, saved.next_order_number, str(saved.message)) == ("succeeded", "100001", "")


def find_status_writes(source: str) -> list[str]:
    """Return the statements that may write an intent's status: assignments, updates, and whole-row saves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        found += [
            ast.unparse(target)
            for target in targets
            if isinstance(target, ast.Attribute)
            and target.attr == "status"
            and ast.unparse(target.value) != "order"
        ]
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        keywords = {keyword.arg for keyword in node.keywords}
        is_update = node.func.attr == "update" and "status" in keywords
        saves_row = node.func.attr == "save" and not keywords and "intent" in ast.unparse(node.func.value)
        if is_update or saves_row:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "intent.status = Status.EXPIRED",
        "locked.status = status",
        "PaymentIntent.objects.filter(pk=intent.pk, status=Status.CREATED).update(status=Status.REDIRECTED)",
        "order.payment_intents.update(status='expired', settled_at=now)",
        "intent.save()",
    ],
)
def test_status_writes_are_found(statement):
    assert len(find_status_writes(statement)) == 1


def test_only_the_transitions_write_the_status():
    """Upsell attempts have a status of their own."""
    modules = [
        path
        for path in (settings.BASE_DIR / "checkout").rglob("*.py")
        if not {"upsells", "migrations"} & set(path.parts) and path.name != "transitions.py"
    ]

    assert len(modules) > 40
    writers = {str(path): find_status_writes(path.read_text()) for path in modules}
    assert {path: writes for path, writes in writers.items() if writes} == {}
