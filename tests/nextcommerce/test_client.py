"""What the client makes of the store's answers, and of their absence."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.order_schemas import NextOrder
from nextcommerce.schemas import PaymentRedirect
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.sandbox.order_bodies import card_order_body, order_body

pytestmark = pytest.mark.any_database


def test_a_link_order_is_answered_with_where_to_pay(store, sandbox_store):
    answer = open_next_client(store).create_order(order_body())

    assert isinstance(answer, PaymentRedirect)
    assert answer.payment_complete_url.startswith(f"{sandbox_store.url}/link/")
    assert sandbox_store.orders() == []


def test_a_test_card_order_is_answered_with_the_order(store):
    answer = open_next_client(store).create_order(card_order_body())

    assert isinstance(answer, NextOrder)
    assert answer.number == "100001"
    assert answer.is_test


def test_a_paid_order_is_found_by_its_tag_and_read_whole(store, sandbox_store):
    api = open_next_client(store)
    redirect = api.create_order(order_body(tags=["pi_wanted"]))
    sandbox_store.pay(redirect.payment_complete_url)
    api.create_order(card_order_body(tags=["pi_other"]))

    (row,) = api.list_orders(tags=["pi_wanted"])
    found = api.retrieve_order(row.number)

    assert found.payment_status == "paid"
    assert found.tags == ("pi_wanted",)
    assert [(line.variant_id, line.quantity) for line in found.lines] == [(11, 1)]
    assert str(found.total_incl_tax) == "24.00"


def test_every_page_of_a_list_is_read(store, sandbox_store):
    methods = [{"id": n, "code": f"method-{n}", "name": f"Method {n}"} for n in range(1, 51)]
    sandbox_store.configure(catalogue=sandbox_store.settings["catalogue"] | {"shipping_methods": methods})

    codes = {method.code for method in open_next_client(store).list_shipping_methods()}

    assert codes == {f"method-{n}" for n in range(1, 51)}
    assert len(sandbox_store.requests()) > 1


def test_reading_page_by_page_can_be_taken_up_again(store, sandbox_store):
    products = [
        {"id": n, "title": f"Product {n}", "variants": [{"id": 1000 + n, "sku": f"S{n}", "price": "1.00"}]}
        for n in range(1, 131)
    ]
    sandbox_store.configure(catalogue=sandbox_store.settings["catalogue"] | {"products": products})

    seen, cursor = open_next_client(store).list_products_page()
    while cursor:
        more, cursor = open_next_client(store).list_products_page(cursor)
        seen += more

    assert sorted(product["id"] for product in seen) == list(range(1, 131))


def test_the_store_and_its_shipping_methods_are_read(store):
    api = open_next_client(store)

    assert api.retrieve_store()["available_currencies"]
    assert [method.code for method in api.list_shipping_methods()] == ["standard", "express"]
    assert api.list_shipping_methods()[0].prices == {"USD": "5.00"}


def test_what_the_store_refuses_comes_back_field_by_field(store):
    with pytest.raises(NextApiError) as refused:
        open_next_client(store).create_order(order_body(lines=[{"product_id": 999_999, "quantity": 1}]))

    assert refused.value.outcome is CallOutcome.REFUSED
    assert refused.value.status == 400
    assert any(field.startswith("lines") for field in refused.value.fields)
    assert refused.value.message


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_store_leaves_a_purchase_in_doubt_and_is_asked_once(store, sandbox_store, status):
    """S21: no second create."""
    sandbox_store.plan_fault("status", operation="ordersCreate", status=status, when="after")

    with pytest.raises(NextApiError) as failed:
        open_next_client(store).create_order(card_order_body())

    assert failed.value.outcome is CallOutcome.AMBIGUOUS
    assert len(sandbox_store.requests()) == 1
    assert len(sandbox_store.orders()) == 1


@pytest.mark.parametrize("kind", ["close", "garbage", "truncate"])
def test_an_answer_cut_off_or_senseless_leaves_a_purchase_in_doubt(store, sandbox_store, kind):
    """S21, S30."""
    sandbox_store.plan_fault(kind, operation="ordersCreate", when="after")

    with pytest.raises(NextApiError) as failed:
        open_next_client(store).create_order(card_order_body())

    assert failed.value.outcome is CallOutcome.AMBIGUOUS
    assert len(sandbox_store.orders()) == 1


def test_a_store_that_takes_too_long_leaves_a_purchase_in_doubt(store, sandbox_store, settings):
    settings.NEXT_API_READ_SECONDS = 0.3
    sandbox_store.plan_fault("delay", operation="ordersCreate", seconds=1.0)

    with pytest.raises(NextApiError) as failed:
        open_next_client(store).create_order(card_order_body())

    assert failed.value.outcome is CallOutcome.AMBIGUOUS
    assert failed.value.status is None


def test_a_purchase_that_never_left_this_machine_can_be_tried_again(db):
    with pytest.raises(NextApiError) as failed:
        open_next_client(make_store()).create_order(card_order_body())

    assert failed.value.outcome is CallOutcome.RETRY


def test_a_host_without_an_address_can_be_tried_again(db):
    with pytest.raises(NextApiError) as failed:
        open_next_client(make_store(next_api_url="http://no-such-host.invalid/api/admin/")).retrieve_store()

    assert failed.value.outcome is CallOutcome.RETRY


def test_a_throttled_purchase_was_not_made_and_everybody_rests(store, sandbox_store):
    """S29."""
    sandbox_store.plan_fault("status", operation="ordersCreate", status=429, retry_after=1)
    api = open_next_client(store)
    with pytest.raises(NextApiError) as failed:
        api.create_order(card_order_body())
    before = timezone.now()

    api.retrieve_store()

    assert failed.value.outcome is CallOutcome.RETRY
    assert timezone.now() - before >= datetime.timedelta(seconds=0.9)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again_after_a_failure(store, sandbox_store, status):
    sandbox_store.plan_fault("status", operation="storeDetail", status=status, retry_after=0, times=2)

    assert open_next_client(store).retrieve_store()
    assert len(sandbox_store.requests()) == 3


def test_a_read_cut_off_is_tried_again(store, sandbox_store):
    sandbox_store.plan_fault("close", operation="storeDetail", when="before")

    assert open_next_client(store).retrieve_store()


@pytest.mark.parametrize("kind", ["garbage", "truncate", "status", "close"])
def test_a_read_is_never_in_doubt(store, sandbox_store, kind):
    sandbox_store.plan_fault(kind, operation="storeDetail", times=None)

    with pytest.raises(NextApiError) as failed:
        open_next_client(store).retrieve_store()

    assert failed.value.outcome is CallOutcome.RETRY


def test_a_wrong_token_is_refused_and_noted(store):
    store.access_token = "wrong"

    with pytest.raises(NextApiError) as refused:
        open_next_client(store).retrieve_store()

    store.refresh_from_db()
    assert refused.value.outcome is CallOutcome.REFUSED
    assert refused.value.status == 401
    assert store.last_failure_message == refused.value.message
    assert store.last_failure_at is not None
    assert "wrong" not in store.last_failure_message


def test_a_store_without_a_token_is_not_asked(db):
    with pytest.raises(NextApiError, match="no access token"):
        open_next_client(make_store(access_token="")).retrieve_store()


def test_plain_http_is_refused_outside_a_machine_of_ones_own(store, sandbox_store, settings):
    settings.NEXT_API_ALLOW_HTTP = False

    with pytest.raises(NextApiError, match="must begin with https"):
        open_next_client(store).retrieve_store()
    assert sandbox_store.requests() == []


@pytest.mark.parametrize("number", ["../store", "", "1/2", "..", "1?x=1", "ä"])
def test_a_number_that_cannot_be_one_never_reaches_the_store(store, sandbox_store, number):
    with pytest.raises(NextApiError) as refused:
        open_next_client(store).retrieve_order(number)

    assert (refused.value.outcome, refused.value.status) == (CallOutcome.REFUSED, 404)
    assert sandbox_store.requests() == []


def test_when_the_store_was_heard_is_written_at_most_once_a_minute(store, django_assert_num_queries):
    api = open_next_client(store)
    api.retrieve_store()
    first = store.last_response_at

    with django_assert_num_queries(2):  # the turn alone
        api.retrieve_store()

    assert store.last_response_at == first
    store.refresh_from_db()
    assert timezone.now() - store.last_response_at < datetime.timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_no_call_leaves_inside_a_transaction(sandbox_store):
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)

    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        open_next_client(store).retrieve_store()

    assert sandbox_store.requests() == []
    assert open_next_client(store).retrieve_store()
