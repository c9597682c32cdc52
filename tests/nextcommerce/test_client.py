"""How the client handles NEXT's responses, errors and silence, against the sandbox."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.schemas import NextOrder, PaymentRedirect
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.sandbox.order_bodies import card_order_body, order_body

pytestmark = pytest.mark.any_database


def test_link_order_returns_payment_url(store, sandbox_store):
    result = open_next_client(store).create_order(order_body())

    assert isinstance(result, PaymentRedirect)
    assert result.payment_complete_url.startswith(f"{sandbox_store.url}/link/")
    assert sandbox_store.orders() == []


def test_test_card_order_returns_the_order(store):
    order = open_next_client(store).create_order(card_order_body())

    assert isinstance(order, NextOrder)
    assert order.number == "100001"
    assert order.is_test


def test_paid_order_is_found_by_tag_and_read_in_full(store, sandbox_store):
    api = open_next_client(store)
    redirect = api.create_order(order_body(tags=["pi_wanted"]))
    sandbox_store.pay(redirect.payment_complete_url)
    api.create_order(card_order_body(tags=["pi_other"]))

    (row,) = api.list_orders(tags=["pi_wanted"])
    order = api.retrieve_order(row.number)

    assert order.payment_status == "paid"
    assert order.tags == ("pi_wanted",)
    assert [(line.variant_id, line.quantity) for line in order.lines] == [(11, 1)]
    assert str(order.total_incl_tax) == "24.00"


def test_list_reads_every_page(store, sandbox_store):
    methods = [{"id": n, "code": f"method-{n}", "name": f"Method {n}"} for n in range(1, 51)]
    sandbox_store.configure(catalogue=sandbox_store.settings["catalogue"] | {"shipping_methods": methods})

    codes = {method.code for method in open_next_client(store).list_shipping_methods()}

    assert codes == {f"method-{n}" for n in range(1, 51)}
    assert len(sandbox_store.requests()) > 1


def test_product_pages_can_be_resumed_by_cursor(store, sandbox_store):
    products = [
        {"id": n, "title": f"Product {n}", "variants": [{"id": 1000 + n, "sku": f"S{n}", "price": "1.00"}]}
        for n in range(1, 131)
    ]
    sandbox_store.configure(catalogue=sandbox_store.settings["catalogue"] | {"products": products})

    seen, cursor = open_next_client(store).list_products_page()
    while cursor:
        more, cursor = open_next_client(store).list_products_page(cursor)
        seen += more

    assert sorted(product.id for product in seen) == list(range(1, 131))


def test_store_and_shipping_methods_are_read(store):
    api = open_next_client(store)

    assert api.retrieve_store().currencies == ("USD",)
    assert [method.code for method in api.list_shipping_methods()] == ["standard", "express"]
    assert api.list_shipping_methods()[0].prices == {"USD": "5.00"}


def test_refusal_lists_messages_by_field(store):
    with pytest.raises(NextApiError) as raised:
        open_next_client(store).create_order(order_body(lines=[{"product_id": 999_999, "quantity": 1}]))

    assert raised.value.outcome is CallOutcome.REFUSED
    assert raised.value.status == 400
    assert any(field.startswith("lines") for field in raised.value.fields)
    assert raised.value.message


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_error_leaves_create_ambiguous_and_is_not_retried(store, sandbox_store, status):
    """S21: there is no second create."""
    sandbox_store.plan_fault("status", operation="ordersCreate", status=status, when="after")

    with pytest.raises(NextApiError) as raised:
        open_next_client(store).create_order(card_order_body())

    assert raised.value.outcome is CallOutcome.AMBIGUOUS
    assert len(sandbox_store.requests()) == 1
    assert len(sandbox_store.orders()) == 1


@pytest.mark.parametrize("kind", ["close", "garbage", "truncate"])
def test_truncated_or_invalid_response_leaves_create_ambiguous(store, sandbox_store, kind):
    """S21, S30."""
    sandbox_store.plan_fault(kind, operation="ordersCreate", when="after")

    with pytest.raises(NextApiError) as raised:
        open_next_client(store).create_order(card_order_body())

    assert raised.value.outcome is CallOutcome.AMBIGUOUS
    assert len(sandbox_store.orders()) == 1


def test_read_timeout_leaves_create_ambiguous(store, sandbox_store, settings):
    settings.NEXT_API_READ_SECONDS = 0.3
    sandbox_store.plan_fault("delay", operation="ordersCreate", seconds=1.0)

    with pytest.raises(NextApiError) as raised:
        open_next_client(store).create_order(card_order_body())

    assert raised.value.outcome is CallOutcome.AMBIGUOUS
    assert raised.value.status is None


def test_create_that_was_never_sent_can_be_retried(db):
    with pytest.raises(NextApiError) as raised:
        open_next_client(make_store()).create_order(card_order_body())

    assert raised.value.outcome is CallOutcome.RETRY


def test_unknown_host_can_be_retried(db):
    with pytest.raises(NextApiError) as raised:
        open_next_client(make_store(next_api_url="http://no-such-host.invalid/api/admin/")).retrieve_store()

    assert raised.value.outcome is CallOutcome.RETRY


def test_throttled_create_is_not_made_and_pauses_all_calls(store, sandbox_store):
    """S29."""
    sandbox_store.plan_fault("status", operation="ordersCreate", status=429, retry_after=1)
    api = open_next_client(store)
    with pytest.raises(NextApiError) as raised:
        api.create_order(card_order_body())
    before = timezone.now()

    api.retrieve_store()

    assert raised.value.outcome is CallOutcome.RETRY
    assert timezone.now() - before >= datetime.timedelta(seconds=0.9)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_read_is_retried_after_an_error(store, sandbox_store, status):
    sandbox_store.plan_fault("status", operation="storeDetail", status=status, retry_after=0, times=2)

    assert open_next_client(store).retrieve_store()
    assert len(sandbox_store.requests()) == 3


def test_read_is_retried_after_a_lost_connection(store, sandbox_store):
    sandbox_store.plan_fault("close", operation="storeDetail", when="before")

    assert open_next_client(store).retrieve_store()


@pytest.mark.parametrize("kind", ["garbage", "truncate", "status", "close"])
def test_read_is_never_ambiguous(store, sandbox_store, kind):
    sandbox_store.plan_fault(kind, operation="storeDetail", times=None)

    with pytest.raises(NextApiError) as raised:
        open_next_client(store).retrieve_store()

    assert raised.value.outcome is CallOutcome.RETRY


def test_wrong_token_is_refused_and_recorded(store):
    store.access_token = "wrong"

    with pytest.raises(NextApiError) as raised:
        open_next_client(store).retrieve_store()

    store.refresh_from_db()
    assert raised.value.outcome is CallOutcome.REFUSED
    assert raised.value.status == 401
    assert store.last_failure_message == raised.value.message
    assert store.last_failure_at is not None
    assert "wrong" not in str(store.last_failure_message)


def test_store_without_a_token_makes_no_call(db):
    with pytest.raises(NextApiError, match="no access token"):
        open_next_client(make_store(access_token="")).retrieve_store()


def test_plain_http_is_refused_unless_allowed(store, sandbox_store, settings):
    settings.NEXT_API_ALLOW_HTTP = False

    with pytest.raises(NextApiError, match="must start with https"):
        open_next_client(store).retrieve_store()
    assert sandbox_store.requests() == []


@pytest.mark.parametrize("number", ["../store", "", "1/2", "..", "1?x=1", "ä"])
def test_invalid_order_number_makes_no_call(store, sandbox_store, number):
    with pytest.raises(NextApiError) as raised:
        open_next_client(store).retrieve_order(number)

    assert (raised.value.outcome, raised.value.status) == (CallOutcome.REFUSED, 404)
    assert sandbox_store.requests() == []


def test_last_response_time_is_written_at_most_once_a_minute(store, django_assert_num_queries):
    api = open_next_client(store)
    api.retrieve_store()
    first = store.last_response_at

    with django_assert_num_queries(2):  # those of the rate limiter
        api.retrieve_store()

    assert store.last_response_at == first
    store.refresh_from_db()
    assert timezone.now() - store.last_response_at < datetime.timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_inside_a_transaction(sandbox_store):
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)

    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        open_next_client(store).retrieve_store()

    assert sandbox_store.requests() == []
    assert open_next_client(store).retrieve_store()
