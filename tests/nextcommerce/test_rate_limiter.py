"""The rate limiter: four calls a second for each token, across threads and processes."""

import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.models import RateLimitState
from nextcommerce.rate_limiter import RateLimiter, next_free_slot
from stores.crypto import hash_secret
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.sandbox_process import ROOT


class Clock:
    """A fake clock; sleeping moves it forward."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture(autouse=True)
def four_calls_a_second(settings, monkeypatch):
    """Use the real limit, also in child processes. Other tests run with a higher one."""
    settings.NEXT_API_CALLS_PER_SECOND = 4
    monkeypatch.setenv("NEXT_API_CALLS_PER_SECOND", "4")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_limiter(db, clock):
    def make(background=False):
        return RateLimiter(token="t", background=background, clock=clock, sleep=clock.sleep)

    return make


def max_calls_in_one_second(times):
    times = sorted(times)
    return max(sum(start <= at < start + 1.0 for at in times) for start in times)


def test_fifth_call_in_a_second_waits(make_limiter, clock):
    times = []
    for _ in range(9):
        make_limiter().acquire()
        times.append(clock.now)

    assert times[:4] == [1000.0] * 4
    assert times[4] == pytest.approx(1001.1)
    assert max_calls_in_one_second(times) == 4


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 6))
def test_no_second_exceeds_the_limit(gaps, rate):
    now, slots = 0.0, []
    for gap in gaps:
        now += gap
        slots.append(next_free_slot(slots, now=now, paused_until=0.0, rate=rate))

    assert slots == sorted(slots)
    assert max_calls_in_one_second(slots) <= rate


def test_free_slot_takes_two_queries(make_limiter, django_assert_num_queries):
    make_limiter().acquire()

    with django_assert_num_queries(2):
        make_limiter().acquire()


def test_pause_delays_the_next_call(make_limiter, clock):
    """S29."""
    make_limiter().acquire()
    make_limiter().pause(5)

    make_limiter().acquire()

    assert clock.now == 1005.0


def test_pause_also_delays_waiting_calls(make_limiter, clock):
    for _ in range(4):
        make_limiter().acquire()
    waiting = make_limiter()
    pauses = iter([3])

    def sleep(seconds):
        clock.sleep(seconds)
        for pause in pauses:
            make_limiter().pause(pause)

    waiting._sleep = sleep

    waiting.acquire()

    assert clock.now >= 1004.0


def test_shopper_call_gives_up_after_ten_seconds(make_limiter):
    make_limiter().acquire()
    make_limiter().pause(50)

    with pytest.raises(NextApiError) as raised:
        make_limiter().acquire()

    assert raised.value.outcome is CallOutcome.RETRY


def test_background_calls_leave_half_to_shoppers(make_limiter, clock):
    """S29."""
    times = []
    for _ in range(6):
        make_limiter(background=True).acquire()
        times.append(clock.now)

    assert max_calls_in_one_second(times) == 2
    make_limiter().acquire()
    assert clock.now == times[-1]


def test_background_calls_wait_for_shoppers(make_limiter, clock):
    for _ in range(3):
        make_limiter().acquire()

    make_limiter(background=True).acquire()

    assert clock.now > 1001.0


def test_call_that_wakes_too_late_takes_another_slot(make_limiter, clock):
    for _ in range(4):
        make_limiter().acquire()
    late = make_limiter()
    oversleeps = iter([2.0])
    late._sleep = lambda seconds: clock.sleep(seconds + next(oversleeps, 0.0))

    late.acquire()

    slots = RateLimitState.objects.get(pk=hash_secret("t")).slots
    assert clock.now == pytest.approx(slots[-1])


def test_clock_set_back_delays_no_call(make_limiter, clock):
    clock.now = 9_000_000.0
    make_limiter().acquire()
    make_limiter().pause(60)
    clock.now = 1_000.0

    make_limiter().acquire()

    assert clock.now == 1_000.0


def test_tokens_are_limited_separately(make_limiter, clock):
    for _ in range(4):
        make_limiter().acquire()

    RateLimiter(token="another", clock=clock, sleep=clock.sleep).acquire()

    assert clock.now == 1_000.0


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_limit_and_every_call_succeeds(sandbox_store):
    sandbox_store.configure(rate_limit=4)
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)
    failures = []

    def call():
        try:
            for _ in range(3):
                open_next_client(store).retrieve_store()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = [request["status"] for request in sandbox_store.requests()]
    assert failures == []
    assert statuses.count(200) == 12
    # A call may be delayed after its slot; nothing else may cause a refusal.
    assert len(statuses) - 12 <= 2


CALLER = """
import django, sys, time
django.setup()
from nextcommerce.rate_limiter import RateLimiter
for _ in range(4):
    RateLimiter(token="shared").acquire()
    print(time.time(), flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_processes_share_the_limit():
    url = os.environ["DATABASE_URL"]
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else url.rsplit("/", 1)[0] + f"/{name}"
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    started = time.time()
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]

    times = sorted(float(line) for caller in callers for line in caller.communicate(timeout=60)[0].split())

    assert len(times) == 12
    assert times[0] > started
    assert max_calls_in_one_second(times) <= 4
