"""S38: payments that take their turn when as many threads wait for NEXT as may."""

import datetime
from contextlib import contextmanager

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Hold
from checkout.models import PaymentIntent
from checkout.payments import queue, start
from checkout.payments.payment_return import payment_page_url
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.start import send_queued_payment
from nextcommerce import waiting
from nextcommerce.waiting import limit_waiting
from stores.models import Store
from stores.next_client import open_next_client
from tests.checkout_pages.conftest import ADDRESS, FormShopper, latest_intent
from tests.factories import variant_of
from tests.payments.helpers import (
    make_due,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from wording.sentence import Sentence


@contextmanager
def busy_process():
    """A web process in which another thread waits for NEXT, and no other may."""
    limit_waiting(1)
    room = waiting._room
    room._waiting.update(dict.fromkeys(Store.objects.values_list("next_api_url", flat=True), 1))
    try:
        yield
    finally:
        limit_waiting(1)


def check_out(shop):
    """Press Pay in a browser. Return the browser and the answer."""
    browser = FormShopper(Client())
    path = f"/checkout?variant={variant_of(shop.products.get(name='Desk lamp')).pk}"
    browser.get(path)
    hidden = {name: browser.hidden(name) for name in ("key", "shown")}
    return browser.client, browser.client.post(path, {**ADDRESS, **hidden})


@pytest.fixture
def queued(shop):
    with busy_process():
        return submit_checkout(shop)


def test_shopper_beyond_the_limit_gets_a_page_that_goes_on_to_link(shop):
    with busy_process():
        client, answer = check_out(shop)
        intent = latest_intent(shop)
        assert answer.status_code == 303
        assert answer["Location"] == payment_page_url(intent, is_starting=True)
        page = client.get(answer["Location"])
        state = client.get(answer["Location"].replace("?", "/state?")).json()

    assert state == {"state": "starting"}
    assert "We're starting your payment" in page.text
    assert "nothing has been charged" in page.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.text
    assert intent.order.number in page.text
    assert order_create_calls(shop) == []
    assert stock_of(shop) == 9

    moved_on = client.get(answer["Location"])

    intent = latest_intent(shop)
    assert moved_on.status_code == 303
    assert moved_on["Location"] == intent.payment_complete_url
    assert len(order_create_calls(shop)) == 1
    post_return(intent, pay_at_link(intent))
    intent.refresh_from_db()
    assert intent.status == "succeeded"
    assert net_charged(shop) == intent.amount


def test_script_asks_until_it_is_ready_and_the_page_then_leads_to_link(shop):
    with busy_process():
        client, answer = check_out(shop)
    state_url = answer["Location"].replace("?", "/state?")

    assert client.get(state_url).json() == {"state": "ready"}
    intent = latest_intent(shop)
    assert client.get(answer["Location"])["Location"] == intent.payment_complete_url
    assert client.get(state_url).json() == {"state": "ready"}
    assert len(order_create_calls(shop)) == 1


def test_page_that_was_left_for_link_confirms_and_starts_nothing(shop, queued):
    """The return from Link leads to the same page without its mark."""
    send_queued_payment(queued)
    page = Client().get(payment_page_url(queued))

    assert "We're confirming your payment" in page.text


def test_queued_payment_is_sent_once_however_many_pages_ask(shop, queued):
    copies = [PaymentIntent.objects.select_related("store", "order").get(pk=queued.pk) for _ in range(3)]
    for copy in copies:
        send_queued_payment(copy)

    assert len(order_create_calls(shop)) == 1
    assert {copy.status for copy in copies} == {"redirected"}


def test_unclear_payment_on_the_starting_page_asks_nothing(shop, queued, monkeypatch):
    """The request that sent it still waits: those who look must not wait too."""
    PaymentIntent.objects.filter(pk=queued.pk).update(sent_at=timezone.now())
    shop.sandbox.clear_requests()

    state = Client().get(payment_page_url(queued, is_starting=True).replace("?", "/state?"))

    assert state.json() == {"state": "starting"}
    assert shop.sandbox.requests() == []


def test_payment_that_nobody_waits_for_ends_and_frees_its_stock(shop, queued):
    reconcile_due_rows()
    assert stock_of(shop) == 9
    make_due()

    reconcile_due_rows()

    queued.refresh_from_db()
    assert queued.status == "expired"
    assert stock_of(shop) == 10
    assert not Hold.objects.filter(reference=queued.order_id, state="held").exists()
    assert order_create_calls(shop) == []
    page = Client().get(payment_page_url(queued, is_starting=True)).text
    assert "Your payment wasn't completed" in page
    assert "Nothing was charged. Please try again." in page


def test_queued_payment_whose_form_is_posted_again_is_sent_then(shop, queued):
    """The shopper went back and pressed Pay again once NEXT was quicker."""
    again = submit_checkout(shop)

    assert again.pk == queued.pk
    assert again.status == "redirected"
    assert len(order_create_calls(shop)) == 1
    assert submit_checkout(shop).payment_complete_url == again.payment_complete_url
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_form_that_is_posted_again_while_another_request_sends_it_waits_for_its_response(
    shop, queued, monkeypatch
):
    """The claim is lost to a page that asked at the same moment."""

    def claim_late(intent):
        monkeypatch.setattr(start, "claim_queued_payment", queue.claim_queued_payment)
        send_queued_payment(PaymentIntent.objects.select_related("store", "order").get(pk=intent.pk))
        return queue.claim_queued_payment(intent)

    monkeypatch.setattr(start, "claim_queued_payment", claim_late)
    again = submit_checkout(shop)

    assert again.pk == queued.pk
    assert again.status == "redirected"
    assert len(order_create_calls(shop)) == 1


def test_queued_form_that_was_replaced_by_another_starts_anew_when_posted_again(shop, queued):
    """The last press counts: first one lamp, then two, then one after all."""
    with busy_process():
        submit_checkout(shop, make_selection(shop, quantity=2), form="form-2")

    last = submit_checkout(shop)

    assert last.pk != queued.pk
    assert last.status == "redirected"
    assert last.amount == queued.amount
    assert len(order_create_calls(shop)) == 1
    assert send_queued_payment(queued).status == "expired"
    assert stock_of(shop) == 9


def test_ended_payment_is_never_sent(shop, queued):
    late = PaymentIntent.objects.select_related("store", "order").get(pk=queued.pk)
    queue.end_queued_payment(queued)

    assert send_queued_payment(late).status == "expired"
    assert order_create_calls(shop) == []


def test_sent_payment_is_not_ended_by_who_thinks_it_is_queued(shop, queued):
    send_queued_payment(PaymentIntent.objects.select_related("store", "order").get(pk=queued.pk))

    assert queue.end_queued_payment(queued).status == "redirected"


def test_replaced_payment_is_not_sent(shop, queued):
    """The shopper went back, chose something else, and this page is still open."""
    newer = submit_checkout(shop, make_selection(shop, quantity=2), form="form-2")

    assert send_queued_payment(queued).status == "expired"
    assert len(order_create_calls(shop)) == 1
    newer.refresh_from_db()
    assert newer.status == "redirected"
    assert stock_of(shop) == 8


def test_earlier_attempt_that_was_paid_meanwhile_is_found_before_sending(shop):
    """Its check was skipped when the form was posted, so that nobody had to wait."""
    first = submit_checkout(shop)
    pay_at_link(first)
    long_ago = timezone.now() - datetime.timedelta(minutes=2)
    PaymentIntent.objects.update(created_at=long_ago)
    with busy_process():
        second = submit_checkout_again(shop, first)
    assert second.is_queued

    second = send_queued_payment(second)

    first.refresh_from_db()
    assert first.status == "succeeded"
    assert second.status == "expired"
    assert net_charged(shop) == first.amount


def submit_checkout_again(shop, first):
    """Post another form for the order of `first`, as the checkout page does."""
    return submit_checkout(shop, make_selection(shop, quantity=2), form="form-2", order=first.order)


def test_other_pages_do_without_the_answer_while_all_places_are_taken(shop):
    """The store isn't reported as failing: nothing was sent to it."""
    intent = submit_checkout(shop)
    Store.objects.update(last_failure_at=None, last_failure_message=Sentence())
    shop.sandbox.clear_requests()
    with busy_process():
        answer = post_return(intent, {})
        page = Client().get(answer["Location"])
        with pytest.raises(waiting.NoFreePlace):
            open_next_client(shop).retrieve_store()

    assert "We're confirming your payment" in page.text
    assert shop.sandbox.requests() == []
    shop.refresh_from_db()
    assert shop.last_failure_at is None
