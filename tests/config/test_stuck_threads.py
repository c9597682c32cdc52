"""A process whose threads are stuck says so at once, and keeps one free for the probes."""

import threading
import time

import pytest
from django.core.signals import request_finished
from django.http import HttpResponse
from django.test import RequestFactory

from config.stuck_threads import StuckThreadsMiddleware

pytestmark = pytest.mark.any_database


class Process:
    """A web process with eight threads. All requests but that of the home page take until `finish`."""

    def __init__(self):
        self.over = threading.Event()
        self.middleware = StuckThreadsMiddleware(self.view)
        self.threads = []

    def view(self, request):
        if request.path != "/":
            self.over.wait(20)
        return HttpResponse("ok")

    def get(self, path="/"):
        response = self.middleware(RequestFactory().get(path))
        request_finished.send(type(self))
        return response

    def start(self, count):
        """Start requests that take long, and wait until all are under way."""
        for _ in range(count):
            self.threads.append(threading.Thread(target=self.get, args=["/orders"], daemon=True))
            self.threads[-1].start()
        while len(self.middleware._busy) < count:
            time.sleep(0.01)

    def finish(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def process(settings, monkeypatch):
    settings.WEB_THREADS = 8
    monkeypatch.setattr("config.stuck_threads.STUCK_AFTER_SECONDS", 0.5)
    process = Process()
    yield process
    process.finish()


def test_stuck_threads_leave_one_for_the_probes(process):
    process.start(7)
    assert process.get().status_code == 503
    started = time.monotonic()
    response = process.get()

    assert response.status_code == 503
    assert time.monotonic() - started < 0.3
    assert "We're busy right now" in response.text
    assert '<meta http-equiv="refresh" content="5">' in response.text
    assert response["Retry-After"] == "5"
    assert process.get("/v1/orders").headers["Content-Type"] == "application/json"
    process.finish()
    assert process.get().status_code == 200


def test_seventh_thread_of_eight_is_used(process):
    process.start(6)

    assert process.get().status_code == 200


def test_who_comes_while_all_are_busy_waits_for_a_free_thread(process):
    """Many quick requests at once are no reason to turn anybody away."""
    process.start(7)
    threading.Timer(0.2, process.finish).start()

    assert process.get().status_code == 200


def test_thread_that_lost_its_request_counts_once(process):
    """A server that never closed a response must not make the shop smaller."""
    for _ in range(20):
        process.middleware(RequestFactory().get("/"))

    assert len(process.middleware._busy) == 1


def test_busy_page_asks_no_database(process, django_assert_num_queries, db):
    process.start(7)

    with django_assert_num_queries(0):
        assert process.get().status_code == 503
