"""A process whose threads are stuck says so at once, and keeps the last ones free."""

import threading

import pytest
from django.core.signals import request_finished
from django.http import HttpResponse
from django.test import RequestFactory

from config import stuck_threads
from config.stuck_threads import StuckThreadsMiddleware
from nextcommerce.waiting import limit_waiting, try_to_wait

pytestmark = pytest.mark.any_database


class Process:
    """A web process whose requests take until `finish`."""

    def __init__(self):
        self.over = threading.Event()
        self.middleware = StuckThreadsMiddleware(self.view)
        self.threads = []

    def view(self, request):
        if request.path == "/pay":
            with try_to_wait("lamps"):
                self.over.wait(20)
        elif request.path != "/":
            self.over.wait(20)
        return HttpResponse("ok")

    def get(self, path="/"):
        response = self.middleware(RequestFactory().get(path))
        request_finished.send(type(self))
        return response

    def start(self, count, path):
        """Start requests that take long, and wait until all are under way."""
        before = len(self.middleware.started_at)
        for _ in range(count):
            self.threads.append(threading.Thread(target=self.get, args=[path], daemon=True))
            self.threads[-1].start()
        while len(self.middleware.started_at) < before + count:
            pass

    def finish(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def process(settings):
    settings.WEB_THREADS = 8
    process = Process()
    yield process
    process.finish()


@pytest.fixture
def later(monkeypatch):
    """Let three seconds pass: until then no request is stuck."""

    def pass_time():
        now = stuck_threads.time.monotonic()
        monkeypatch.setattr(stuck_threads.time, "monotonic", lambda: now + 3)

    return pass_time


def test_stuck_threads_leave_one_for_the_probes(process, later):
    process.start(7, "/orders")
    assert process.get().status_code == 200
    later()

    response = process.get()

    assert response.status_code == 503
    assert "We're busy right now" in response.text
    assert response["Retry-After"] == "5"
    assert process.get("/v1/orders").headers["Content-Type"] == "application/json"
    process.finish()
    assert process.get().status_code == 200


def test_six_stuck_threads_of_eight_are_not_yet_too_many(process, later):
    process.start(6, "/orders")
    later()

    assert process.get().status_code == 200


def test_threads_that_wait_for_next_are_not_stuck(process, later):
    """Their number is limited already."""
    limit_waiting(8)
    process.start(4, "/pay")
    process.start(3, "/orders")
    assert process.get().status_code == 200
    later()
    assert process.get().status_code == 503


def test_waiting_for_next_alone_stops_nobody(process, later):
    limit_waiting(8)
    process.start(4, "/pay")
    later()

    assert process.get().status_code == 200


def test_busy_page_asks_no_database(process, later, django_assert_num_queries, db):
    process.start(7, "/orders")
    later()

    with django_assert_num_queries(0):
        assert process.get().status_code == 503
