"""S38: shoppers who press Pay while many others do wait in line, and go on when it is their turn."""

import threading
from contextlib import contextmanager

import pytest

from checkout import posted_checkout
from checkout.models import PaymentIntent
from nextcommerce import turns
from nextcommerce.turns import TurnQueue, limit_turns, take_turn
from tests.checkout_pages.conftest import ADDRESS, latest_intent
from tests.factories import variant_of
from tests.payments.helpers import order_create_calls, stock_of


@contextmanager
def crowd(monkeypatch):
    """Others press Pay at this moment, as many as may wait."""
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0)
    monkeypatch.setattr(turns, "MAX_PAUSE_SECONDS", 0)
    limit_turns(16)
    assert turns._queue.take()
    try:
        yield turns._queue
    finally:
        limit_turns(None)


@pytest.fixture
def path(shop):
    return f"/checkout?variant={variant_of(shop.products.get(name='Desk lamp')).pk}"


def test_shopper_in_a_crowd_waits_in_line_and_goes_on_to_link(shop, shopper, path, monkeypatch):
    with crowd(monkeypatch):
        answer = shopper.check_out(path)
        page = shopper.get(answer["Location"])

    assert (answer.status_code, answer["Location"]) == (303, path.replace("checkout", "checkout/turn"))
    assert page.status_code == 200
    assert "You're in line" in page.text.replace("&#x27;", "'")
    assert "nothing has been charged" in page.text
    assert '<noscript><meta http-equiv="refresh" content="' in page.text
    assert 'data-confirming="/checkout/turn/state"' in page.text
    assert not PaymentIntent.objects.exists()
    assert stock_of(shop) == 10

    moved_on = shopper.get(answer["Location"])

    intent = latest_intent(shop)
    assert (moved_on.status_code, moved_on["Location"]) == (303, intent.payment_complete_url)
    assert intent.order.email == "ada@example.com"
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 9


def test_program_that_only_asks_for_the_headers_pays_for_nobody(shop, shopper, path, monkeypatch):
    with crowd(monkeypatch):
        waiting = shopper.check_out(path)["Location"]

    assert shopper.client.head(waiting).status_code == 405
    assert not PaymentIntent.objects.exists()
    assert shopper.get(waiting)["Location"] == latest_intent(shop).payment_complete_url


def test_waiting_costs_four_queries_to_save_and_two_to_look(
    shop, shopper, path, monkeypatch, django_assert_num_queries
):
    shopper.get(path)
    form = {**ADDRESS, "key": shopper.hidden("key"), "shown": shopper.hidden("shown")}
    with crowd(monkeypatch):
        # A check that no session has the new key, and an insert with its savepoint.
        with django_assert_num_queries(4):
            answer = shopper.post(path, form)
        with django_assert_num_queries(2):  # the session and the shop
            shopper.get(answer["Location"])
        with django_assert_num_queries(0):
            state = shopper.get("/checkout/turn/state").json()
    assert state == {"state": "ready"}


def test_script_reloads_the_page_once_there_is_room_in_the_line(monkeypatch, client):
    with crowd(monkeypatch) as queue:
        queue._in_line = queue.places
        busy = client.get("/checkout/turn/state")
        queue._in_line = 0
        free = client.get("/checkout/turn/state")

    assert (busy.json(), free.json()) == ({"state": "starting"}, {"state": "ready"})
    assert busy["Cache-Control"] == "no-store"


def test_waiting_page_that_is_opened_twice_starts_one_payment(shop, shopper, path, monkeypatch):
    """The browser reloads while the first request is still on its way: both find the form in the session."""
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path)["Location"]
    session = shopper.client.session
    waiting = dict(session.items())
    first = shopper.get(turn_url)
    session = shopper.client.session
    session.update(waiting)
    session.save()

    second = shopper.get(turn_url)

    assert second["Location"] == first["Location"] == latest_intent(shop).payment_complete_url
    assert PaymentIntent.objects.count() == len(order_create_calls(shop)) == 1


def test_waiting_page_leads_to_the_checkout_once_it_has_gone_on(shopper, path, monkeypatch):
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path)["Location"]
    shopper.get(turn_url)

    again = shopper.get(turn_url)

    assert (again.status_code, again["Location"]) == (303, path)


def test_waiting_page_of_another_selection_or_browser_pays_nothing(shop, shopper, path, monkeypatch, client):
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path)["Location"]

    other_selection = shopper.get(f"{turn_url}&quantity=2")
    other_browser = type(client)().get(turn_url)

    assert other_selection["Location"] == f"{path}&quantity=2"
    assert other_browser["Location"] == path
    assert not PaymentIntent.objects.exists()


def test_pressing_pay_again_when_there_is_room_forgets_the_form_that_waits(shop, shopper, path, monkeypatch):
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path)["Location"]
    shopper.get(path)
    shopper.check_out(path, email="grace@example.com")

    assert shopper.get(turn_url)["Location"] == path
    assert [intent.order.email for intent in PaymentIntent.objects.all()] == ["grace@example.com"]


def test_form_with_a_mistake_is_shown_again_and_posts_to_the_checkout(shopper, path, monkeypatch):
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path, postal_code="")["Location"]

    page = shopper.get(turn_url)

    assert page.status_code == 200
    assert 'id="error_postal_code"' in page.text or "postal_code" in page.text
    assert f'action="{path}"' in page.text
    assert 'value="ada@example.com"' in page.text
    shopper.get(path)
    assert shopper.check_out(path).status_code == 303


def test_shopper_who_comes_back_much_later_sees_the_form_and_decides_anew(shop, shopper, path, monkeypatch):
    with crowd(monkeypatch):
        turn_url = shopper.check_out(path)["Location"]
    monkeypatch.setattr(posted_checkout, "MAX_AGE_SECONDS", -1)

    page = shopper.get(turn_url)

    assert page.status_code == 200
    assert 'value="ada@example.com"' in page.text
    assert not PaymentIntent.objects.exists()


def test_form_that_is_too_long_to_keep_is_refused_with_words(shopper, path, monkeypatch):
    with crowd(monkeypatch):
        answer = shopper.check_out(path, line1="x" * 100_001)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Many people are checking out right now." in answer.text


def test_thread_gives_its_turn_back_before_it_asks_next(shop, shopper, path, monkeypatch):
    """A silent NEXT holds up nobody who only wants to place an order."""
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0)
    queue = TurnQueue(16)
    monkeypatch.setattr(turns, "_queue", queue)
    taken = []
    give_back = queue.give_back

    def note_and_give_back(**seconds):
        taken.append(len(order_create_calls(shop)))
        give_back(**seconds)

    monkeypatch.setattr(queue, "give_back", note_and_give_back)

    shopper.check_out(path)

    assert taken == [0]
    assert len(order_create_calls(shop)) == 1


def test_update_of_the_country_needs_no_turn(shopper, path, monkeypatch):
    with crowd(monkeypatch):
        shopper.get(path)
        page = shopper.post(path, {"email": "ada@example.com", "update": "country"})

    assert page.status_code == 200


def test_turn_is_free_again_when_the_page_fails(shopper, path, monkeypatch):
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0)
    monkeypatch.setattr(turns, "MAX_PAUSE_SECONDS", 0)
    limit_turns(16)
    monkeypatch.setattr("checkout.views.checkout.submit_checkout", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shopper.check_out(path)

    free = []

    def arrive():
        with take_turn() as is_my_turn:
            free.append(is_my_turn)

    thread = threading.Thread(target=arrive)
    thread.start()
    thread.join()
    assert free == [True]
