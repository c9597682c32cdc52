"""A payment link's visits: told by its page, counted by day where the store is, and not by row."""

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
def tally(monkeypatch, settings):
    """A count of this test's own, that waits to be written."""
    settings.VISIT_FLUSH_SECONDS = 3600
    made = link_visits.VisitCounter()
    monkeypatch.setattr(link_visits, "visit_counter", made)
    yield made
    made.write()


def visit(link, **extra):
    return Client(**extra).post(f"{link.get_absolute_url()}/visit", headers=FROM_THE_PAGE)


def counted():
    return {row.link_id: row.count for row in LinkVisitCount.objects.all()}


def test_a_visit_is_counted_without_a_word_and_without_a_cookie(link):
    answers = [visit(link), visit(link)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert all(not answer.cookies and answer["Cache-Control"] == "no-store" for answer in answers)
    assert counted() == {link.pk: 2}


def test_the_page_itself_counts_nothing(client, link):
    assert f'data-visit="/link/{link.pk}/visit"' in client.get(link.get_absolute_url()).text
    assert "data-visit" not in client.get(link.product.get_absolute_url()).text
    assert counted() == {}


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_another_site_cannot_count(client, link, headers):
    assert client.post(f"{link.get_absolute_url()}/visit", headers=headers).status_code == 403
    assert client.get(f"{link.get_absolute_url()}/visit").status_code == 405
    assert counted() == {}


def test_an_address_counts_so_often_in_a_minute(link, settings):
    settings.POSTS_PER_MINUTE = {"visit": 3}

    assert [visit(link).status_code for _ in range(5)] == [204] * 5
    assert counted() == {link.pk: 3}
    visit(link, REMOTE_ADDR="203.0.113.9")
    assert counted() == {link.pk: 4}


def test_what_is_no_link_of_this_shop_is_not_counted(link, store):
    other = make_link(make_product(make_store(host="other.test")))
    for link_id in (other.pk, "plink_madeup", "x" * 300, "plink_%00", "plink_'--"):
        answer = Client().post(f"/link/{link_id}/visit", headers=FROM_THE_PAGE)
        assert answer.status_code == 204

    assert counted() == {}


def test_the_day_is_the_stores(link, store, monkeypatch):
    store.time_zone = "Asia/Tokyo"
    store.save()
    late = datetime.datetime(2026, 3, 1, 20, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: late)

    link_visits.record_visit(store=store, link_id=link.pk)

    assert LinkVisitCount.objects.get().date == datetime.date(2026, 3, 2)


def test_a_busy_link_costs_one_look_at_the_store_and_no_write(link, tally, django_assert_num_queries):
    visit(link)
    with django_assert_num_queries(1):
        visit(link)
    assert counted() == {}

    with django_assert_num_queries(5):  # whose links, the day's row, its count; begin and end
        tally.write()

    assert counted() == {link.pk: 2}
    with django_assert_num_queries(0):
        tally.write()


def test_a_day_goes_on_where_it_was(link, tally):
    for times in (2, 3):
        for _ in range(times):
            visit(link)
        tally.write()

    assert counted() == {link.pk: 5}


def test_invented_links_fill_no_memory(store, link, tally, monkeypatch):
    monkeypatch.setattr(link_visits, "MAX_LINKS_IN_MEMORY", 3)
    visit(link)
    for number in range(5):
        link_visits.record_visit(store=store, link_id=f"plink_{number}")

    assert counted() == {link.pk: 1}


def test_a_database_that_fails_fails_nobody(link, tally, monkeypatch, caplog):
    def fail(counts):
        raise DatabaseError

    monkeypatch.setattr(link_visits, "save_visit_counts", fail)
    assert visit(link).status_code == 204
    tally.write()

    assert "1 visits of payment links could not be written" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_is_counted_is_written_by_itself(link, tally, settings):
    settings.VISIT_FLUSH_SECONDS = 0.05

    visit(link)
    end = time.monotonic() + 10
    while not counted() and time.monotonic() < end:
        time.sleep(0.02)

    assert counted() == {link.pk: 1}


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_processes_that_write_at_once_lose_nothing(store):
    links = [make_link(make_product(store, name=f"Lamp {n}")).pk for n in range(4)]
    tallies = [link_visits.VisitCounter() for _ in range(6)]
    today = timezone.now().date()
    for place, tally in enumerate(tallies):
        for link_id in links[place % 4 :] + links[: place % 4]:
            tally._counts[store.pk, link_id, today] += place + 1

    threads = [threading.Thread(target=tally._write_from_timer) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted() == dict.fromkeys(links, 1 + 2 + 3 + 4 + 5 + 6)
