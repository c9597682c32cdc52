"""Of all processes that want a row, one gets it, and none that dies keeps it."""

import datetime

import pytest
from django.utils import timezone

from orders.models import Order
from stores import leases
from stores.leases import claim_due_row, claim_due_rows, claim_turn
from tests.factories import make_order, make_store

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def store():
    return make_store()


def test_due_rows_are_claimed_once_and_oldest_first(store):
    now = timezone.now()
    for name, minutes in (("late", -1), ("later", 1), ("latest", -5), ("never", None)):
        due_at = None if minutes is None else now + minutes * MINUTE
        make_order(store, name=name, refresh_at=due_at)

    claimed = [order.name for order in claim_due_rows(Order.objects.all(), "refresh_at", limit=10)]

    assert claimed == ["latest", "late"]
    assert list(claim_due_rows(Order.objects.all(), "refresh_at", limit=10)) == []


def test_no_more_than_the_limit_is_claimed(store):
    for _number in range(3):
        make_order(store, refresh_at=timezone.now() - MINUTE)

    assert len(list(claim_due_rows(Order.objects.all(), "refresh_at", limit=2))) == 2
    assert Order.objects.filter(refresh_at__lt=timezone.now()).count() == 1


def test_a_row_that_somebody_else_claims_meanwhile_is_left_out(store):
    first = make_order(store, refresh_at=timezone.now() - 2 * MINUTE)
    second = make_order(store, refresh_at=timezone.now() - MINUTE)
    rows = claim_due_rows(Order.objects.all(), "refresh_at", limit=10)

    assert next(rows) == first
    assert claim_due_row(Order.objects.filter(pk=second.pk), "refresh_at")
    assert list(rows) == []


def test_a_row_that_is_deleted_once_claimed_does_not_stop_the_others(store, monkeypatch):
    first = make_order(store, refresh_at=timezone.now() - 2 * MINUTE)
    second = make_order(store, refresh_at=timezone.now() - MINUTE)

    def claim_and_lose(row, field, *, lease):
        is_claimed = claim_due_row(row, field, lease=lease)
        row.filter(pk=first.pk).delete()
        return is_claimed

    monkeypatch.setattr(leases, "claim_due_row", claim_and_lose)

    assert list(claim_due_rows(Order.objects.all(), "refresh_at", limit=10)) == [second]


def test_a_claimed_row_is_due_again_when_its_lease_ends(store):
    order = make_order(store, refresh_at=timezone.now() - MINUTE)
    row = Order.objects.filter(pk=order.pk)

    assert claim_due_row(row, "refresh_at", lease=10 * MINUTE)
    assert not claim_due_row(row, "refresh_at")
    row.update(refresh_at=row.get().refresh_at - 11 * MINUTE)
    assert claim_due_row(row, "refresh_at")


def test_a_turn_is_taken_once_in_an_interval(store):
    row = Order.objects.filter(pk=make_order(store, mirrored_at=None).pk)

    assert claim_turn(row, "mirrored_at", interval=MINUTE)
    assert not claim_turn(row, "mirrored_at", interval=MINUTE)
    row.update(mirrored_at=timezone.now() - 2 * MINUTE)
    assert claim_turn(row, "mirrored_at", interval=MINUTE)
