"""How many threads of a web process may work on what shoppers submit."""

import threading
import time

import pytest

from nextcommerce import turns
from nextcommerce.turns import TurnQueue, give_turn_back, invite_back, limit_turns, take_turn

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Who gets no turn right away gives up. Threads of tests take turns without a pause."""
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0)
    monkeypatch.setattr(turns, "MAX_PAUSE_SECONDS", 0)


def in_other_thread(function):
    """Return what the function returns in another thread."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join(10)
    return results[0]


def try_turn():
    with take_turn() as is_my_turn:
        return is_my_turn


@pytest.mark.parametrize("threads", [1, 16, 31])
def test_one_thread_works_at_a_time(threads):
    queue = TurnQueue(threads)

    assert [queue.take() for _ in range(3)] == [True, False, False]
    queue.give_back(worked_seconds=0)
    assert queue.take()


def test_two_of_32_threads_work_at_a_time():
    queue = TurnQueue(32)

    assert [queue.take() for _ in range(3)] == [True, True, False]


def test_who_came_back_has_a_place_in_the_line_that_newcomers_leave_free(monkeypatch):
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 20)
    queue = TurnQueue(16)
    assert queue.take()
    line = [threading.Thread(target=queue.take) for _ in range(2)]
    for thread in line:
        thread.start()
    while queue._in_line < 2:
        pass

    assert not queue.take()
    assert queue.invite()
    line.append(threading.Thread(target=queue.take, kwargs={"has_waited": True}))
    line[2].start()
    while queue._in_line < 3:
        pass
    assert not queue.invite()
    assert not queue.take(has_waited=True)
    for _ in range(4):
        queue.give_back(worked_seconds=0)
        time.sleep(0.01)
    for thread in line:
        thread.join(10)
    assert (queue._taken, queue._in_line) == (0, 0)


def test_few_are_told_to_come_back_at_a_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    queue = TurnQueue(4)

    assert [queue.invite() for _ in range(3)] == [True, True, False]
    assert queue.take(has_waited=True)
    assert [queue.invite() for _ in range(2)] == [True, False]
    now[0] += 1.1  # the others don't come
    assert queue.invite()


def test_pages_get_the_processor_for_as_long_as_a_turn_took(monkeypatch):
    monkeypatch.setattr(turns, "MAX_PAUSE_SECONDS", 0.25)
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    queue = TurnQueue(16)
    assert queue.take()
    queue.give_back(worked_seconds=0.1)

    assert not queue.take()
    now[0] += 0.11
    assert queue.take()
    queue.give_back(worked_seconds=60)  # it waited for the database
    now[0] += 0.26
    assert queue.take()


def test_thread_needs_one_turn_and_gives_it_back_after_an_error():
    limit_turns(16)

    def fail():
        with take_turn() as outer, take_turn() as inner:
            assert (outer, inner) == (True, True)
            assert not in_other_thread(try_turn)
            raise ValueError

    with pytest.raises(ValueError):
        fail()

    assert in_other_thread(try_turn)


def test_turn_that_was_given_back_early_is_not_given_back_twice():
    limit_turns(16)
    with take_turn():
        give_turn_back()
        give_turn_back()
        assert in_other_thread(try_turn)

    with take_turn():
        assert not in_other_thread(try_turn)


def test_commands_have_no_limit():
    with take_turn():
        assert in_other_thread(try_turn)
    assert invite_back()
