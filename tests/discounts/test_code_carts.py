"""The carts in NEXT that tell what a code is worth: one for a browser, deleted when it is idle."""

import datetime

import pytest
import responses
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from checkout.models import OpenCart
from checkout.payments.reconcile import reconcile_due_rows
from tests.checkout_pages.conftest import FormShopper


@pytest.fixture
def cart(carts, shopper, checkout):
    """The row of a cart that a browser's code check made."""
    shopper.type_details(checkout)
    shopper.get(f"{checkout}&code=SAVE10")
    return OpenCart.objects.get()


def make_idle(cart):
    OpenCart.objects.filter(pk=cart.pk).update(delete_at=timezone.now() - datetime.timedelta(seconds=1))


def test_browser_reuses_its_cart(carts, shopper, checkout):
    shopper.type_details(checkout)
    shopper.get(f"{checkout}&quantity=1&code=SAVE10")
    shopper.get(f"{checkout}&quantity=2&code=SAVE10")

    assert [(method, path) for method, path, _body in carts.calls] == [("POST", ""), ("PUT", "81/")]
    assert "currency" not in carts.calls[1][2]
    assert OpenCart.objects.count() == 1


def test_looking_at_a_page_with_a_code_starts_no_session(carts, shopper, checkout):
    assert "−$4.90" in shopper.get(f"{checkout}&code=SAVE10").text
    assert "−$9.80" in shopper.get(f"{checkout}&quantity=2&code=SAVE10").text

    assert Session.objects.count() == 0
    assert [method for method, _path, _body in carts.calls] == ["POST", "POST"]


def test_browsers_share_answers_but_no_cart(carts, shopper, checkout):
    shopper.get(f"{checkout}&code=SAVE10")
    other = FormShopper(Client())
    assert "−$4.90" in other.get(f"{checkout}&code=save10").text
    assert carts.count == 1

    other.get(f"{checkout}&quantity=2&code=SAVE10")
    assert carts.calls[1][0] == "POST"


def test_answer_is_not_shared_between_stores_quantities_or_prices(carts, shopper, checkout, lamp):
    shopper.get(f"{checkout}&code=SAVE10")
    type(lamp).objects.filter(pk=lamp.pk).update(price="39.00", next_price="39.00")
    page = shopper.get(f"{checkout}&code=SAVE10").text

    assert "−$3.90" in page
    assert carts.count == 2


def test_old_cart_is_not_used_again(carts, shopper, checkout, cart):
    session = shopper.client.session
    session["code_cart"] = session["code_cart"] | {"used": session["code_cart"]["used"] - 20 * 60}
    session.save()
    shopper.get(f"{checkout}&quantity=2&code=SAVE10")

    assert carts.calls[1][0] == "POST"


def test_cart_that_next_no_longer_has_is_replaced_at_the_next_check(carts, shopper, checkout, cart):
    carts.fail = (404, {})
    page = shopper.get(f"{checkout}&quantity=2&code=SAVE10").text
    assert "We couldn&#x27;t check" in page
    assert carts.count == 2
    carts.fail = None
    cache.clear()  # the pause after a failed call

    assert "−$9.80" in shopper.get(f"{checkout}&quantity=2&code=SAVE10").text
    assert carts.calls[2][0] == "POST"


def test_idle_cart_is_deleted_in_the_background(carts, cart):
    deletion = carts.mock.delete(f"{carts.store.next_api_url}carts/81/", status=204)
    assert not reconcile_due_rows()["carts: deleted"]

    make_idle(cart)

    assert reconcile_due_rows()["carts: deleted"] == 1
    assert deletion.call_count == 1
    assert not OpenCart.objects.exists()


def test_cart_is_deleted_soon_once_its_purchase_is_on_the_way(carts, shopper, checkout, cart):
    shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10")

    assert OpenCart.objects.get().delete_at <= timezone.now()
    assert "code_cart" not in shopper.client.session


def test_cart_that_is_gone_is_forgotten(carts, cart):
    carts.mock.delete(f"{carts.store.next_api_url}carts/81/", status=404)
    make_idle(cart)

    assert reconcile_due_rows()["carts: already gone"] == 1
    assert not OpenCart.objects.exists()


def test_deletion_is_tried_again_for_a_day(carts, cart):
    carts.mock.delete(f"{carts.store.next_api_url}carts/81/", status=503)
    make_idle(cart)
    assert reconcile_due_rows()["carts: NEXT unreachable"] == 1
    assert OpenCart.objects.exists()

    OpenCart.objects.update(created_at=timezone.now() - datetime.timedelta(days=1, minutes=1))
    make_idle(cart)

    assert reconcile_due_rows()["carts: given up"] == 1
    assert not OpenCart.objects.exists()


def test_one_round_deletes_only_a_few(carts, shop):
    past = timezone.now() - datetime.timedelta(minutes=1)
    OpenCart.objects.bulk_create(
        OpenCart(store=shop, next_cart_id=n, delete_at=past) for n in range(100, 104)
    )
    carts.mock.add(responses.Response("DELETE", url=f"{shop.next_api_url}carts/100/", status=204))
    carts.mock.add(responses.Response("DELETE", url=f"{shop.next_api_url}carts/101/", status=204))

    reconcile_due_rows(limit=20)

    assert OpenCart.objects.count() == 2
