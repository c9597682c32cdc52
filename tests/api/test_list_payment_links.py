"""GET /v1/payment_links (facts 1E)."""

import json

import pytest

from tests.factories import make_link, make_plan, make_product, variant_of


@pytest.fixture
def lamp(api):
    return make_product(api.store, name="Lamp")


@pytest.fixture
def bulb(api):
    return make_product(api.store, name="Bulb")


def listed(api, query="", body=None):
    return api.expect_success(api.get(f"/payment_links{query}", body))


def found(api, query="", body=None):
    return [link["id"] for link in listed(api, query, body)["payment_links"]]


def test_a_page_says_which_it_is_and_how_many_there_are(api, lamp):
    """R83, R84, R89, R90."""
    made = [make_link(lamp).pk for _ in range(5)]

    page = listed(api, "?page=1&page_size=2")

    assert (page["page"], page["page_size"], page["total"]) == (1, 2, 5)
    assert [link["id"] for link in page["payment_links"]] == [made[2], made[1]]
    assert page["payment_links"][0]["product"]["includes"]["media"] == []
    assert page["payment_links"][0]["price_range"]["min"]["amount"] == 49.0


def test_pages_count_from_zero_and_the_first_is_the_default(api, lamp):
    """R83, X5."""
    made = [make_link(lamp).pk for _ in range(3)]

    assert found(api, "?page_size=2") == found(api, "?page=0&page_size=2") == [made[2], made[1]]
    assert found(api, "?page=1&page_size=2") == [made[0]]
    assert found(api, "?page=7&page_size=2") == []
    assert listed(api, "?page=1000000000&page_size=50")["total"] == 3


def test_filters_combine(api, lamp, bulb):
    """R85, R86, R87, R77, X4."""
    open_lamp = make_link(lamp).pk
    closed_lamp = make_link(lamp, active=False).pk
    open_bulb = make_link(bulb).pk

    assert found(api, "?page_size=50&active=true") == [open_bulb, open_lamp]
    assert found(api, "?page_size=50&active=false") == [closed_lamp]
    assert found(api, f"?page_size=50&product={lamp.pk}") == [closed_lamp, open_lamp]
    assert found(api, f"?page_size=50&product_id={lamp.pk}") == [closed_lamp, open_lamp]
    assert found(api, f"?page_size=50&product={lamp.pk}&active=true") == [open_lamp]
    assert found(api, "?page_size=50&product=prod_nothing") == []
    assert listed(api, "?page_size=50&active=&product=")["total"] == 3


def test_the_parameters_may_come_as_a_body(api, lamp, bulb):
    """R88, X3: the query wins."""
    lamp_link = make_link(lamp).pk
    bulb_link = make_link(bulb).pk

    assert found(api, "", {"page": 0, "page_size": 10, "product": lamp.pk}) == [lamp_link]
    assert found(api, f"?product={bulb.pk}", {"page_size": 10, "product": lamp.pk}) == [bulb_link]
    assert found(api, "", {"page_size": 10, "active": True, "product": None}) == [bulb_link, lamp_link]


def test_the_parameters_the_clients_send_are_taken(api, lamp):
    """X3: `?page=0&page_size=10&active=true`."""
    link = make_link(lamp).pk

    assert found(api, "?page=0&page_size=10&active=true") == [link]


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
def test_a_wrong_page_is_an_invalid_request(api, query):
    """R84, R29, X40, W11."""
    assert api.expect_error(api.get(f"/payment_links{query}"))[:2] == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "body", [{"page_size": 0}, {"page_size": "x"}, {"page_size": True}, {"page_size": [1]}]
)
def test_a_wrong_page_in_a_body_is_too(api, body):
    assert api.expect_error(api.get("/payment_links", body))[:2] == (400, "invalid_request_error")


def test_a_deleted_link_is_no_longer_listed(api, lamp):
    """R91."""
    link = make_link(lamp, active=False)
    api.expect_success(api.delete(f"/payment_links/{link.pk}"))

    assert listed(api, "?page_size=50") == {"page": 0, "page_size": 50, "total": 0, "payment_links": []}


def test_fifty_links_cost_the_queries_of_one(api, django_assert_num_queries):
    """Whatever they sell: other products, add-ons, plans."""
    for number in range(50):
        product = make_product(api.store, name=f"Lamp {number}", options={"Size": ["S", "M", "L"]})
        make_plan(product)
        extra = variant_of(make_product(api.store, name=f"Bulb {number}"))
        make_link(product, add_ons=[(extra, 0, 2)])
    api.get("/payment_links?page_size=1")  # the key's last use is written now

    with django_assert_num_queries(10):
        api.get("/payment_links?page_size=1")
    with django_assert_num_queries(10):
        answer = api.get("/payment_links?page_size=50")

    assert len(json.loads(answer.content)["data"]["payment_links"]) == 50
