"""Payment link visits: reported by the page, counted per day in the store's time zone, saved in batches."""

import datetime
import threading
import time

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from catalog import link_visits
from catalog.models import LinkVisitCount
from tests.factories import make_link, make_product, make_store

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def link(store):
    return make_link(make_product(store))


@pytest.fixture
def counter(monkeypatch, settings):
    """A separate counter that does not save on its own."""
    settings.VISIT_FLUSH_SECONDS = 3600
    test_counter = link_visits.VisitCounter()
    monkeypatch.setattr(link_visits, "visit_counter", test_counter)
    yield test_counter
    test_counter.save()


def visit(link, **extra):
    return Client(**extra).post(f"{link.get_absolute_url()}/visit", headers=FROM_THE_PAGE)


def visit_counts():
    return {row.link_id: row.count for row in LinkVisitCount.objects.all()}


def test_visit_is_counted_with_an_empty_response_and_no_cookie(link):
    responses = [visit(link), visit(link)]

    assert [(response.status_code, response.content) for response in responses] == [(204, b"")] * 2
    assert all(not response.cookies and response["Cache-Control"] == "no-store" for response in responses)
    assert visit_counts() == {link.pk: 2}


def test_loading_the_page_alone_counts_nothing(client, link):
    assert f'data-visit="/link/{link.pk}/visit"' in client.get(link.get_absolute_url()).text
    assert "data-visit" not in client.get(link.product.get_absolute_url()).text
    assert visit_counts() == {}


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_cannot_count(link, headers):
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"{link.get_absolute_url()}/visit", headers=headers).status_code == 403
    assert client.get(f"{link.get_absolute_url()}/visit").status_code == 405
    assert visit_counts() == {}


def test_visits_are_rate_limited_by_ip_address(link, settings):
    settings.REQUESTS_PER_MINUTE = {"visit": 3}

    assert [visit(link).status_code for _ in range(5)] == [204] * 5
    assert visit_counts() == {link.pk: 3}
    visit(link, REMOTE_ADDR="203.0.113.9")
    assert visit_counts() == {link.pk: 4}


def test_unknown_and_foreign_links_are_not_counted(link, store):
    other = make_link(make_product(make_store(host="other.test")))
    for link_id in (other.pk, "plink_madeup", "x" * 300, "plink_%00", "plink_'--"):
        response = Client().post(f"/link/{link_id}/visit", headers=FROM_THE_PAGE)
        assert response.status_code == 204

    assert visit_counts() == {}


def test_day_follows_the_stores_time_zone(link, store, monkeypatch):
    store.time_zone = "Asia/Tokyo"
    store.save()
    late = datetime.datetime(2026, 3, 1, 20, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: late)

    link_visits.record_link_visit_count(store=store, link_id=link.pk)

    assert LinkVisitCount.objects.get().date == datetime.date(2026, 3, 2)


def test_visit_costs_one_query_until_the_counts_are_saved(link, counter, django_assert_num_queries):
    visit(link)
    with django_assert_num_queries(1):
        visit(link)
    assert visit_counts() == {}

    with django_assert_num_queries(5):  # link owners, the day's row, its count; begin and commit
        counter.save()

    assert visit_counts() == {link.pk: 2}
    with django_assert_num_queries(0):
        counter.save()


def test_counts_add_up_within_a_day(link, counter):
    for times in (2, 3):
        for _ in range(times):
            visit(link)
        counter.save()

    assert visit_counts() == {link.pk: 5}


def test_made_up_links_do_not_fill_memory(store, link, counter, monkeypatch):
    monkeypatch.setattr(link_visits, "MAX_LINKS_IN_MEMORY", 3)
    visit(link)
    for number in range(5):
        link_visits.record_link_visit_count(store=store, link_id=f"plink_{number}")

    assert visit_counts() == {link.pk: 1}


def test_database_error_does_not_fail_the_visit(link, counter, monkeypatch, caplog):
    def fail(counts):
        raise DatabaseError

    monkeypatch.setattr(link_visits, "save_visit_counts", fail)
    assert visit(link).status_code == 204
    counter.save()

    assert "Could not save 1 payment link visits" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_counts_are_saved_by_the_timer(link, counter, settings):
    settings.VISIT_FLUSH_SECONDS = 0.05

    visit(link)
    end = time.monotonic() + 10
    while not visit_counts() and time.monotonic() < end:
        time.sleep(0.02)

    assert visit_counts() == {link.pk: 1}


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_concurrent_saves_lose_nothing(store):
    links = [make_link(make_product(store, name=f"Lamp {n}")).pk for n in range(4)]
    counters = [link_visits.VisitCounter() for _ in range(6)]
    today = timezone.now().date()
    for place, counter in enumerate(counters):
        for link_id in links[place % 4 :] + links[: place % 4]:
            counter._counts[store.pk, link_id, today] += place + 1

    threads = [threading.Thread(target=counter._save_from_timer) for counter in counters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert visit_counts() == dict.fromkeys(links, 1 + 2 + 3 + 4 + 5 + 6)
