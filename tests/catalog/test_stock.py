"""What was paid is sold once, from what was held or from what is left."""

import datetime

import pytest
from django.utils import timezone

from catalog import stock
from catalog.models import Hold
from tests.factories import make_product, make_store, variant_of

pytestmark = pytest.mark.django_db
TOMORROW = datetime.timedelta(days=1)


@pytest.fixture
def lamp():
    return variant_of(make_product(make_store(), stock=3))


def test_sold_units_come_from_the_hold(lamp):
    wanted = [stock.StockRequest(lamp, 2)]
    stock.place_hold(reference="ord_1", wanted=wanted, link=None, until=timezone.now() + TOMORROW)

    assert stock.sell_stock(reference="ord_1", wanted=wanted)

    lamp.refresh_from_db()
    assert lamp.inventory_quantity == 1
    assert Hold.objects.get(state=Hold.State.SOLD).quantity == 2


def test_units_are_taken_again_after_the_hold_was_released(lamp):
    wanted = [stock.StockRequest(lamp, 2)]
    stock.place_hold(reference="ord_1", wanted=wanted, link=None, until=timezone.now() + TOMORROW)
    stock.release_hold(reference="ord_1")

    assert stock.sell_stock(reference="ord_1", wanted=wanted)

    lamp.refresh_from_db()
    assert lamp.inventory_quantity == 1


def test_a_sale_of_more_than_is_left_changes_nothing(lamp):
    held = [stock.StockRequest(lamp, 2)]
    stock.place_hold(reference="ord_1", wanted=held, link=None, until=timezone.now() + TOMORROW)

    assert not stock.sell_stock(reference="ord_1", wanted=[stock.StockRequest(lamp, 4)])

    lamp.refresh_from_db()
    assert lamp.inventory_quantity == 1
    assert Hold.objects.get().state == Hold.State.HELD


def test_stock_is_requested_by_id_and_deleted_variants_are_left_out(lamp):
    requests = stock.request_stock([(lamp.pk, 2), ("var_deleted", 1)])
    assert [(request.variant, request.quantity) for request in requests] == [(lamp, 2)]
