"""Four calls a second for a token, whoever calls."""

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
    """A time of its own: sleeping moves it."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture(autouse=True)
def four_a_second(settings, monkeypatch):
    """The limit of life, here and in the processes started here; other tests do not wait for it."""
    settings.NEXT_API_CALLS_PER_SECOND = 4
    monkeypatch.setenv("NEXT_API_CALLS_PER_SECOND", "4")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def turns(db, clock):
    def limiter(background=False):
        return RateLimiter(token="t", background=background, clock=clock, sleep=clock.sleep)

    return limiter


def most_in_a_second(moments):
    moments = sorted(moments)
    return max(sum(start <= moment < start + 1.0 for moment in moments) for start in moments)


def test_four_calls_go_at_once_and_the_fifth_waits(turns, clock):
    moments = []
    for _ in range(9):
        turns().acquire()
        moments.append(clock.now)

    assert moments[:4] == [1000.0] * 4
    assert moments[4] == pytest.approx(1001.1)
    assert most_in_a_second(moments) == 4


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 6))
def test_no_second_ever_holds_more_than_the_limit(gaps, rate):
    now, slots = 0.0, []
    for gap in gaps:
        now += gap
        slots.append(next_free_slot(slots, now=now, paused_until=0.0, rate=rate))

    assert slots == sorted(slots)
    assert most_in_a_second(slots) <= rate


def test_a_free_turn_costs_two_queries(turns, django_assert_num_queries):
    turns().acquire()

    with django_assert_num_queries(2):
        turns().acquire()


def test_everybody_rests_when_the_store_asks_for_it(turns, clock):
    """S29."""
    turns().acquire()
    turns().pause(5)

    turns().acquire()

    assert clock.now == 1005.0


def test_a_rest_asked_for_while_somebody_waits_holds_for_them_too(turns, clock):
    for _ in range(4):
        turns().acquire()
    waiting = turns()
    rests = iter([3])

    def sleep(seconds):
        clock.sleep(seconds)
        for rest in rests:
            turns().pause(rest)

    waiting._sleep = sleep

    waiting.acquire()

    assert clock.now >= 1004.0


def test_nobody_waits_longer_than_a_shopper_would(turns):
    turns().acquire()
    turns().pause(50)

    with pytest.raises(NextApiError) as given_up:
        turns().acquire()

    assert given_up.value.outcome is CallOutcome.RETRY


def test_background_work_leaves_half_to_shoppers(turns, clock):
    """S29."""
    moments = []
    for _ in range(6):
        turns(background=True).acquire()
        moments.append(clock.now)

    assert most_in_a_second(moments) == 2
    turns().acquire()
    assert clock.now == moments[-1]


def test_background_work_waits_while_shoppers_are_at_it(turns, clock):
    for _ in range(3):
        turns().acquire()

    turns(background=True).acquire()

    assert clock.now > 1001.0


def test_one_woken_too_late_takes_another_turn(turns, clock):
    for _ in range(4):
        turns().acquire()
    late = turns()
    oversleeps = iter([2.0])
    late._sleep = lambda seconds: clock.sleep(seconds + next(oversleeps, 0.0))

    late.acquire()

    slots = RateLimitState.objects.get(pk=hash_secret("t")).slots
    assert clock.now == pytest.approx(slots[-1])


def test_a_clock_set_back_makes_nobody_wait_for_the_old_future(turns, clock):
    clock.now = 9_000_000.0
    turns().acquire()
    turns().pause(60)
    clock.now = 1_000.0

    turns().acquire()

    assert clock.now == 1_000.0


def test_tokens_do_not_wait_for_each_other(turns, clock):
    for _ in range(4):
        turns().acquire()

    RateLimiter(token="another", clock=clock, sleep=clock.sleep).acquire()

    assert clock.now == 1_000.0


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_limit_and_every_call_comes_through(sandbox_store):
    sandbox_store.configure(rate_limit=4)
    store = make_store(next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token)
    failures = []

    def ask():
        try:
            for _ in range(3):
                open_next_client(store).retrieve_store()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = [request["status"] for request in sandbox_store.requests()]
    assert failures == []
    assert statuses.count(200) == 12
    # A call may be held up on its way, after its turn; that is then the only reason to be refused.
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

    moments = sorted(float(line) for caller in callers for line in caller.communicate(timeout=60)[0].split())

    assert len(moments) == 12
    assert moments[0] > started
    assert most_in_a_second(moments) <= 4
