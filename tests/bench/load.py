"""`make bench-load`: how much one machine serves: requests, processor time, connections, and memory.

Starts the shop as docs/deployment.md does, with two web processes of 16 threads on PostgreSQL and Redis, and
a reconciler, and the sandbox as NEXT. Then 16 browsers open one page after another, and buy. They share the
cores with the shop, so the processor time of a request says more than the requests a second.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

from tests import environment  # noqa: F401  (before Django reads its settings)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from tests.ports import free_port, wait_for_port  # noqa: E402
from tests.redis_server import REDIS_MISSING, RedisServer  # noqa: E402
from tests.reliability.light_client import LightClient  # noqa: E402
from tests.reliability.process_figures import (  # noqa: E402
    count_connections,
    list_group,
    measure_cpu,
    measure_memory,
)
from tests.reliability.silent_store import SERVER_ENVIRON, THREADS, Shopper, set_up_shop  # noqa: E402
from tests.reliability.soak_processes import ShopProcesses, fresh_database  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402

BROWSERS = 16
PAGES = {
    "home page": "/",
    "product page": "/products/desk-lamp",
    "cart": "/cart",
    "checkout page": "/checkout?variant={variant}",
    "/healthz": "/healthz",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each kind of request")
    parser.add_argument("--purchases", type=int, default=100)
    parser.add_argument("--hosts", type=int, default=1, help="web servers, each with a reconciler")
    options = parser.parse_args()
    with ExitStack() as stack:
        sandbox = SandboxProcess().start()
        stack.callback(sandbox.stop)
        environ = stack.enter_context(fresh_database()) | SERVER_ENVIRON
        environ |= {"WEB_CONCURRENCY": "2", "NEXT_API_CALLS_PER_SECOND": "1000"}
        if not REDIS_MISSING:
            redis = RedisServer()
            redis.start()
            stack.callback(redis.kill)
            environ["CACHE_URL"] = redis.url
        shop = ShopProcesses(environ)
        stack.callback(shop.stop)
        ports = [free_port() for _ in range(options.hosts)]
        store, variant = set_up_shop(sandbox, ports[0])
        leaders = {}
        for port in ports:
            bind = f"127.0.0.1:{port}"
            leaders[f"web server {bind}"] = shop.start(
                "-m", "gunicorn", "--bind", bind, "--log-level", "error"
            ).pid
            leaders[f"its reconciler {bind}"] = shop.reconcile().pid
            wait_for_port(port)
        servers = [pid for name, pid in leaders.items() if name.startswith("web")]
        print(f"{'':16}{'requests/s':>11}{'median ms':>11}{'p95 ms':>9}{'CPU ms':>9}")
        for name, path in PAGES.items():
            page = path.format(variant=variant)
            browsers = [LightClient(store.host, port=ports[n % len(ports)]) for n in range(BROWSERS)]
            print_row(name, asyncio.run(open_pages(browsers, page, options.seconds, servers)))
        people = [Shopper(store, variant, n, port=ports[n % len(ports)]) for n in range(options.purchases)]
        row, most = asyncio.run(press_pay(people, servers, next_port=urlsplit(sandbox.url).port or 0))
        print_row("pressing Pay", row)
        print_processes(leaders)
        print(f"at most {most} connections of web servers to NEXT at a time")


def print_row(name: str, figures: tuple[float, list[float], float]) -> None:
    """Print requests a second, median and p95, and the server's processor time of a request."""
    seconds, taken, cpu = figures
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(
        f"{name:16}{len(taken) / seconds:11.0f}{statistics.median(taken) * 1000:11.1f}"
        f"{p95 * 1000:9.1f}{cpu / len(taken) * 1000:9.1f}",
        flush=True,
    )


async def open_pages(
    browsers: list[LightClient], page: str, seconds: float, servers: list[int]
) -> tuple[float, list[float], float]:
    """Let all browsers open the page again and again."""
    taken: list[float] = []

    async def browse(browser: LightClient) -> None:
        while time.monotonic() < started + seconds:
            answer = await browser.get(page)
            assert answer.status == 200, f"{page}: {answer.status}"
            taken.append(answer.seconds)

    for _ in range(4):  # processes have just started: let each load what the page needs
        await asyncio.gather(*(browser.get(page) for browser in browsers))
    started, used = time.monotonic(), sum(map(measure_cpu, servers))
    await asyncio.gather(*(browse(browser) for browser in browsers))
    return time.monotonic() - started, taken, sum(map(measure_cpu, servers)) - used


async def press_pay(
    people: list[Shopper], servers: list[int], *, next_port: int
) -> tuple[tuple[float, list[float], float], int]:
    """Let all shoppers press Pay, as many at a time as there are browsers, until each is at Link.

    Return the figures, and how many connections to NEXT there were at most.
    """
    await for_each(people, Shopper.open_checkout)
    taken: list[float] = []

    async def buy(shopper: Shopper) -> None:
        pressed = time.monotonic()
        result = await shopper.pay(0)
        assert result == "at Link", result
        taken.append(time.monotonic() - pressed)

    started, used = time.monotonic(), sum(map(measure_cpu, servers))
    buying = asyncio.create_task(for_each(people, buy))
    most = 0
    while not buying.done():
        most = max(most, sum(count_connections(pid, port=next_port) for pid in servers))
        await asyncio.sleep(0.5)
    await buying
    return (time.monotonic() - started, taken, sum(map(measure_cpu, servers)) - used), most


async def for_each(people: list[Shopper], action: Callable[[Shopper], Awaitable[None]]) -> None:
    """Let the shoppers do something, as many at a time as there are browsers."""
    waiting = list(people)

    async def work() -> None:
        while waiting:
            await action(waiting.pop())

    await asyncio.gather(*(work() for _ in range(BROWSERS)))


def print_processes(leaders: dict[str, int]) -> None:
    """Print each process's memory, and all connections to the database."""
    print()
    for name, leader in leaders.items():
        for process in list_group(leader):
            print(f"{name:32}{measure_memory(process):5} MB")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        others = cursor.fetchone()[0] - 1
    print(f"{others} connections to PostgreSQL, of web servers with {THREADS} threads in each process")


if __name__ == "__main__":
    main()
