"""Which answers from NEXT are about the order they should be about."""

import ast
import datetime
from pathlib import Path

import pytest

from nextcommerce.deserializers import deserialize_order
from orders.next_order_identity import NextOrderIdentity
from wording.sentence import Sentence

ROOT = Path(__file__).resolve().parents[2]
OURS = "pi_0VcEaYGLPHaSkuLp4PJINvpONPLn2H"
OTHERS = "pi_0VcEb3uJTnuz9CQn8IkGrqAl5AnFAc"
STRIPE = "pi_3MtwBwLkdIwHu7ix28a3tqPa"
PLACED = "2026-11-28T10:00:00Z"
LATER = "2026-11-28T10:05:00Z"
IDENTITY = NextOrderIdentity(
    number="1001",
    mark=OURS,
    created_at=datetime.datetime(2026, 11, 28, 10, tzinfo=datetime.UTC),
    currency="USD",
    find_line_ids=lambda: {5, 6},
)


def lines(*ids):
    return [{"id": line_id, "quantity": 1} for line_id in ids]


@pytest.mark.parametrize(
    ("answer", "difference"),
    [
        ({"number": "1002", "tags": [OURS]}, "its number is 1002 instead of 1001"),
        ({"currency": "EUR", "tags": [OURS]}, "its currency is EUR instead of USD"),
        ({"currency": "dollars"}, ""),
        ({"tags": [OURS]}, ""),
        ({"tags": ["gift", OTHERS, OURS]}, ""),
        ({"attribution": {"metadata": {"payment_intent": OURS}}}, ""),
        ({"tags": [OTHERS], "attribution": {"metadata": {"payment_intent": OURS}}}, ""),
        # Our mark decides, whatever else an edit or an older API version changed.
        ({"tags": [OURS], "created_at": LATER, "lines": lines(9)}, ""),
        ({"tags": [OTHERS], "created_at": PLACED, "lines": lines(5)}, "it carries another payment's ID"),
        (
            {"attribution": {"metadata": {"payment_intent": OTHERS}}, "created_at": PLACED},
            "it carries another payment's ID",
        ),
        # A merchant removed or replaced the tags.
        ({"tags": ["gift"], "created_at": PLACED}, ""),
        ({"tags": [STRIPE], "created_at": PLACED}, ""),
        ({"tags": [STRIPE, 7, None], "created_at": LATER}, "it was created at another time"),
        ({"created_at": PLACED, "lines": lines(9)}, ""),
        ({"created_at": "2026-11-28T10:00:00.123456Z"}, ""),
        ({"created_at": "2026-11-28T12:00:00+02:00"}, ""),
        ({"created_at": LATER, "lines": lines(5, 6)}, "it was created at another time"),
        # The body of an older API version, a row of a list, or missing fields.
        ({}, ""),
        ({"lines": lines(6, 9)}, ""),
        ({"lines": [{"quantity": 1}]}, ""),
        ({"lines": lines(8, 9)}, "none of its items is known"),
    ],
)
def test_answer_is_compared_with_what_was_first_seen(answer, difference):
    next_order = deserialize_order({"number": "1001"} | answer)

    assert str(IDENTITY.describe_difference(next_order)) == difference


def test_unknown_facts_are_not_compared():
    next_order = deserialize_order(
        {"number": "1001", "tags": [OTHERS], "created_at": LATER, "currency": "EUR", "lines": lines(8)}
    )

    assert NextOrderIdentity(number="1001").describe_difference(next_order) == Sentence()


def test_only_the_door_mirrors_orders():
    importers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("nextcommerce", "stores", "catalog", "orders", "subscriptions", "checkout", "config")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and (getattr(node, "module", "") or "") in {"orders.mirror", "orders"}
        and {"mirror_order", "mirror"} & {name.name for name in node.names}
    ]

    assert importers == ["orders/sync.py"]
