"""How many threads of a web process may wait for NEXT, and for whom."""

import threading

import pytest

from nextcommerce import waiting
from nextcommerce.waiting import NoFreePlace, WaitingRoom, limit_waiting, try_to_wait, wait_or_refuse

pytestmark = pytest.mark.any_database


def test_half_of_the_threads_wait_for_one_store_and_some_stay_free():
    room = WaitingRoom(16)

    assert [room.claim("lamps") for _ in range(9)] == [True] * 8 + [False]
    assert [room.claim("books") for _ in range(3)] == [True, True, False]
    assert [room.claim("lamps", background=True) for _ in range(3)] == [True, True, False]
    room.release("lamps")
    assert room.claim("books")


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_small_processes_have_a_place_too(threads):
    assert WaitingRoom(threads).claim("lamps")


def test_who_waits_for_a_turn_comes_before_who_just_arrived(monkeypatch):
    now = 100.0
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now)
    room = WaitingRoom(8)
    assert [room.claim("lamps") for _ in range(4)] == [True] * 4
    assert not room.claim("lamps", ticket="first")
    room.release("lamps")

    assert not room.claim("lamps")
    assert room.claim("books")
    assert room.claim("lamps", ticket="first")
    room.release("lamps")
    assert room.claim("lamps")


def test_who_has_left_holds_nobody_up(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    room = WaitingRoom(2)
    assert room.claim("lamps")
    assert not room.claim("lamps", ticket="gone")
    room.release("lamps")
    assert not room.claim("lamps")

    now[0] += 11
    assert room.claim("lamps")


def test_thread_needs_one_place_and_gives_it_back():
    limit_waiting(2)
    with try_to_wait("lamps") as outer, try_to_wait("lamps") as inner:
        assert (outer, inner) == (True, True)
        refused = []

        def arrive():
            with pytest.raises(NoFreePlace), wait_or_refuse("lamps"):
                pass
            refused.append(True)

        thread = threading.Thread(target=arrive)
        thread.start()
        thread.join()
        assert refused == [True]

    with try_to_wait("lamps") as again:
        assert again


def test_place_is_given_back_after_an_error():
    limit_waiting(2)
    for _ in range(3):
        with pytest.raises(ValueError), wait_or_refuse("lamps"):
            raise ValueError


def test_refused_call_counts_as_never_sent():
    assert NoFreePlace().was_never_sent
