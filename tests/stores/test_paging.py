"""Pages of long lists: what they say of the number of rows, and that they don't count all of them."""

import pytest
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.product_lists import list_product_cards
from stores.paging import CappedPaginator, LookAheadPaginator
from tests.factories import make_link, make_product, make_store

pytestmark = pytest.mark.any_database
PRODUCTS, LINKS = reverse("admin:catalog_product_changelist"), reverse("admin:catalog_paymentlink_changelist")


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def lamps(store, monkeypatch):
    """Five lamps, each with a link, where more than three are many and a page shows two."""
    for module in ("search", "paging"):
        monkeypatch.setattr(f"stores.{module}.MAX_FEW", 3)
    monkeypatch.setattr("catalog.product_lists.PRODUCTS_PER_PAGE", 2)
    monkeypatch.setattr("stores.admin_changelists.LargeTableAdmin.list_per_page", 2)
    lamps = [make_product(store, name=f"Lamp {number}") for number in range(5)]
    for lamp in lamps:
        make_link(lamp)
    return lamps


@pytest.mark.parametrize(
    ("rows", "number", "shown", "text", "has_next"),
    [
        (0, 1, [], "0", False),
        (10, 1, list(range(10)), "10", False),
        (11, 1, list(range(10)), "10+", True),
        (35, 3, list(range(20, 30)), "30+", True),
        (35, 4, list(range(30, 35)), "35", False),
    ],
)
def test_page_reads_one_row_more_to_learn_of_the_next(rows, number, shown, text, has_next):
    paginator = LookAheadPaginator(list(range(rows)), 10)

    page = paginator.page(number)

    assert (list(page), page.has_next(), paginator.count_text) == (shown, has_next, text)


def test_page_that_is_not_there_is_the_first_one():
    paginator = LookAheadPaginator(list(range(25)), 10, at_least=20)

    for number in ("4", "0", "-1", "x", 10**12):
        assert paginator.get_page(number).number == 1
        assert paginator.count_text == "20+"
    for number in ("4", "0", "-1", 10**12):
        with pytest.raises(EmptyPage):
            paginator.page(number)
    with pytest.raises(PageNotAnInteger):
        paginator.page("x")


def test_no_page_is_further_than_counting_goes(monkeypatch):
    monkeypatch.setattr(CappedPaginator, "MAX_COUNT", 20)
    paginator = LookAheadPaginator(list(range(100)), 10)

    assert not paginator.page(2).has_next()
    with pytest.raises(EmptyPage):
        paginator.page(3)


def test_shop_shows_how_many_products_there_are_as_far_as_it_counts(client, store, lamps, monkeypatch):
    assert [
        list_product_cards(store=store, search=text).paginator.count_text for text in ("lamp", "lamp 3")
    ] == [
        "3+",
        "1",
    ]
    page = client.get("/?q=lamp&page=2").text
    assert "Page 2\n" in page
    assert ">Next</a>" in page
    assert ">4+</span>" in page
    last = client.get("/?q=lamp&page=3").text
    assert "Page 3 of 3" in last
    assert ">Next</a>" not in last
    monkeypatch.setattr(CappedPaginator, "MAX_COUNT", 4)
    assert ">4+</span>" in client.get("/").text


@pytest.mark.parametrize("url", [PRODUCTS, LINKS])
def test_admin_shows_a_page_of_many_without_counting_them(admin_client, lamps, url):
    admin_client.get(url)

    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(f"{url}?q=lamp&p=2")

    assert [len(page.context["cl"].result_list), "4+ results" in page.text] == [2, True]
    assert "Select all 4+" in page.text
    assert "?q=lamp&amp;p=3" in page.text or "?p=3&amp;q=lamp" in page.text
    assert not any("COUNT(*)" in query["sql"] and "search_text" in query["sql"] for query in queries)
    last = admin_client.get(f"{url}?q=lamp&p=3")
    assert [len(last.context["cl"].result_list), "5 results" in last.text] == [1, True]
    assert admin_client.get(f"{url}?q=lamp&p=9").status_code == 302


def test_action_on_all_that_many_found_acts_on_all(admin_client, lamps):
    data = {"action": "take_off_sale", "select_across": "1", "index": "0", "_selected_action": [lamps[0].pk]}

    admin_client.post(f"{PRODUCTS}?q=lamp", data)

    for lamp in lamps:
        lamp.refresh_from_db()
    assert [lamp.active for lamp in lamps] == [False] * 5


def test_field_of_another_page_finds_variants_page_by_page(admin_client, store, lamps):
    query = f"?app_label=catalog&model_name=linkvariant&field_name=variant&sold_by={store.slug}"

    answer = admin_client.get(f"{reverse('admin:autocomplete')}{query}&term=lamp").json()

    assert [row["text"] for row in answer["results"]] == [f"Lamp {number}" for number in range(5)]
    assert answer["pagination"] == {"more": False}
