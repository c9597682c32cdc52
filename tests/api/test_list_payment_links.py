"""GET /v1/payment_links lists links."""

import json

import pytest

from tests.factories import make_link, make_plan, make_product, variant_of


@pytest.fixture
def lamp(api):
    return make_product(api.store, name="Lamp")


@pytest.fixture
def bulb(api):
    return make_product(api.store, name="Bulb")


def list_links(api, query="", body=None):
    return api.expect_success(api.get(f"/payment_links{query}", body))


def list_ids(api, query="", body=None):
    return [link["id"] for link in list_links(api, query, body)["payment_links"]]


def test_page_states_its_number_size_and_total(api, lamp):
    """R83, R84, R89, R90."""
    link_ids = [make_link(lamp).pk for _ in range(5)]

    page = list_links(api, "?page=1&page_size=2")

    assert (page["page"], page["page_size"], page["total"]) == (1, 2, 5)
    assert [link["id"] for link in page["payment_links"]] == [link_ids[2], link_ids[1]]
    assert page["payment_links"][0]["product"]["includes"]["media"] == []
    assert page["payment_links"][0]["price_range"]["min"]["amount"] == 49.0


def test_pages_count_from_zero_by_default(api, lamp):
    """R83, X5."""
    link_ids = [make_link(lamp).pk for _ in range(3)]

    assert list_ids(api, "?page_size=2") == list_ids(api, "?page=0&page_size=2") == [link_ids[2], link_ids[1]]
    assert list_ids(api, "?page=1&page_size=2") == [link_ids[0]]
    assert list_ids(api, "?page=7&page_size=2") == []
    assert list_links(api, "?page=1000000000&page_size=50")["total"] == 3


def test_filters_combine(api, lamp, bulb):
    """R85, R86, R87, R77, X4."""
    open_lamp = make_link(lamp).pk
    closed_lamp = make_link(lamp, active=False).pk
    open_bulb = make_link(bulb).pk

    assert list_ids(api, "?page_size=50&active=true") == [open_bulb, open_lamp]
    assert list_ids(api, "?page_size=50&active=false") == [closed_lamp]
    assert list_ids(api, f"?page_size=50&product={lamp.pk}") == [closed_lamp, open_lamp]
    assert list_ids(api, f"?page_size=50&product_id={lamp.pk}") == [closed_lamp, open_lamp]
    assert list_ids(api, f"?page_size=50&product={lamp.pk}&active=true") == [open_lamp]
    assert list_ids(api, "?page_size=50&product=prod_nothing") == []
    assert list_links(api, "?page_size=50&active=&product=")["total"] == 3


def test_parameters_can_be_sent_as_a_body(api, lamp, bulb):
    """R88, X3: the query string takes precedence."""
    lamp_link = make_link(lamp).pk
    bulb_link = make_link(bulb).pk

    assert list_ids(api, "", {"page": 0, "page_size": 10, "product": lamp.pk}) == [lamp_link]
    assert list_ids(api, f"?product={bulb.pk}", {"page_size": 10, "product": lamp.pk}) == [bulb_link]
    assert list_ids(api, "", {"page_size": 10, "active": True, "product": None}) == [bulb_link, lamp_link]


def test_parameters_of_the_official_clients_are_accepted(api, lamp):
    """X3: `?page=0&page_size=10&active=true`."""
    link = make_link(lamp).pk

    assert list_ids(api, "?page=0&page_size=10&active=true") == [link]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?page=0",
        "?page_size=0",
        "?page_size=51",
        "?page_size=-1",
        "?page_size=",
        "?page_size=ten",
        "?page_size=1.5",
        "?page_size=99999999999999999999",
        "?page=-1&page_size=10",
        "?page=x&page_size=10",
        "?page=99999999999999999999&page_size=10",
        "?page_size=10&active=perhaps",
        "?page_size=10&product=" + "x" * 65,
        "?page_size=10&product=a%00b",
    ],
)
def test_invalid_query_is_rejected(api, query):
    """R84, R29, X40, W11."""
    assert api.expect_error(api.get(f"/payment_links{query}"))[:2] == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "body", [{"page_size": 0}, {"page_size": "x"}, {"page_size": True}, {"page_size": [1]}]
)
def test_invalid_page_size_in_a_body_is_rejected(api, body):
    assert api.expect_error(api.get("/payment_links", body))[:2] == (400, "invalid_request_error")


def test_deleted_link_is_not_listed(api, lamp):
    """R91."""
    link = make_link(lamp, active=False)
    api.expect_success(api.delete(f"/payment_links/{link.pk}"))

    assert list_links(api, "?page_size=50") == {"page": 0, "page_size": 50, "total": 0, "payment_links": []}


def test_fifty_links_take_as_many_queries_as_one(api, django_assert_num_queries):
    """Even if each sells another product with add-ons and plans."""
    for number in range(50):
        product = make_product(api.store, name=f"Lamp {number}", options={"Size": ["S", "M", "L"]})
        make_plan(product)
        extra = variant_of(make_product(api.store, name=f"Bulb {number}"))
        make_link(product, add_ons=[(extra, 0, 2)])
    api.get("/payment_links?page_size=1")  # saves the last use of the key

    with django_assert_num_queries(13):
        api.get("/payment_links?page_size=1")
    with django_assert_num_queries(13):
        response = api.get("/payment_links?page_size=50")

    assert len(json.loads(response.content)["data"]["payment_links"]) == 50
