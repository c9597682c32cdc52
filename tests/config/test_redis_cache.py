"""The Redis cache is shared while Redis runs, and empty while it doesn't (S41)."""

import socket
import time

import pytest

from config.redis_cache import RedisCache
from tests.redis_server import REDIS_MISSING, run_redis

pytestmark = pytest.mark.any_database


def use_every_operation(cache):
    """Return what each operation of the cache returns."""
    return {
        "set": cache.set("name", "value", 60),
        "get": cache.get("name", "default"),
        "add": cache.add("other", 1, 60),
        "incr": try_to_increment(cache),
        "get_many": cache.get_many(["name", "other"]),
        "has_key": cache.has_key("name"),
        "touch": cache.touch("name", 60),
        "set_many": cache.set_many({"third": 3}, 60),
        "delete": cache.delete("name"),
        "delete_many": cache.delete_many(["third"]),
        "clear": cache.clear(),
    }


def try_to_increment(cache):
    try:
        return cache.incr("other")
    except ValueError:
        return "missing"


EMPTY = {
    "set": None,
    "get": "default",
    "add": True,
    "incr": "missing",
    "get_many": {},
    "has_key": False,
    "touch": False,
    "set_many": [],
    "delete": False,
    "delete_many": None,
    "clear": False,
}


@pytest.mark.skipif(bool(REDIS_MISSING), reason=REDIS_MISSING)
def test_running_redis_is_a_cache_for_all_processes():
    with run_redis() as server:
        one, other = RedisCache(server.url, {}), RedisCache(server.url, {})
        one.set("page", {"html": "<p>"}, 60)
        assert other.get("page") == {"html": "<p>"}
        assert use_every_operation(one) == EMPTY | {
            "get": "value",
            "add": True,
            "incr": 2,
            "get_many": {"name": "value", "other": 2},
            "has_key": True,
            "touch": True,
            "delete": True,
            "clear": True,
        }


def test_redis_that_is_down_is_an_empty_cache():
    assert use_every_operation(RedisCache("redis://127.0.0.1:1/0", {})) == EMPTY


def test_redis_that_hangs_holds_up_nobody_for_long():
    """The first request waits for the timeout; those after it don't."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = RedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", {})
        started = time.monotonic()
        assert use_every_operation(cache) == EMPTY
        assert time.monotonic() - started < 4


@pytest.mark.skipif(bool(REDIS_MISSING), reason=REDIS_MISSING)
def test_redis_that_comes_back_is_used_again(monkeypatch):
    monkeypatch.setattr("config.redis_cache.PAUSE_SECONDS", 0.05)
    with run_redis() as server:
        cache = RedisCache(server.url, {})
        server.kill()
        cache.set("name", "lost", 60)
        server.start()
        time.sleep(0.1)
        cache.set("name", "saved", 60)
        assert cache.get("name") == "saved"
