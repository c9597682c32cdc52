"""`python -m tests.reliability.deployment`: a whole deployment loses parts while people buy (S41).

PostgreSQL, Redis, a bucket, two web servers behind a load balancer, two reconcilers, and the sandbox. In the
middle of the purchases, one web server, one reconciler, and then the cache are killed; the server and the
reconciler come back. Prints figures as JSON. Exits with 1 if anything was lost, doubled, or not served.
"""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.server import ThreadedMotoServer

from tests import ready_database
from tests.load_balancer import LoadBalancer
from tests.ports import free_port, wait_for_port
from tests.postgres import run_server
from tests.redis_server import REDIS_MISSING, RedisServer
from tests.sandbox_process import ROOT, SandboxProcess

CHECKOUTS = 40
FIND_LIMIT = 5
# How many units there are of a lamp that everybody wants, and how many one network may hold.
SCARCE_UNITS = 4
NETWORK_UNITS = 3
NETWORK_ADDRESS = "93.184.216.34"
NO_ANSWER = "no response"


def main() -> int:
    """Start the servers, and run the deployment in a process whose settings name them."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.deployment", description=__doc__)
    parser.add_argument("--checkouts", type=int, default=CHECKOUTS)
    parser.add_argument("--redis-port", type=int, help="for the process inside")
    options = parser.parse_args()
    if options.redis_port:
        return Deployment(RedisServer(options.redis_port), checkouts=options.checkouts).run()
    if REDIS_MISSING:
        print(REDIS_MISSING)
        return 1
    bucket = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    bucket.start()
    redis = RedisServer()
    try:
        with run_server() as database_url:
            endpoint = "http://{}:{}".format(*bucket.get_host_and_port())
            # A migrated database of the tests that run this may be of another kind.
            os.environ.pop(ready_database.VARIABLE, None)
            environ = os.environ | {
                "DATABASE_URL": database_url,
                "CACHE_URL": redis.url,
                "STORAGE_URL": f"s3://key:secret@pictures?region=us-east-1&endpoint={endpoint}",
                "FIND_POSTS_PER_MINUTE": str(FIND_LIMIT),
                "HOLD_UNITS_PER_NETWORK": str(NETWORK_UNITS),
                "TRUSTED_PROXIES": "127.0.0.1",
            }
            command = [sys.executable, "-m", "tests.reliability.deployment"]
            command += ["--checkouts", str(options.checkouts), "--redis-port", str(redis.port)]
            return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    finally:
        bucket.stop()


class Deployment:
    """The processes of a deployment, the shoppers, and what goes wrong."""

    def __init__(self, redis: RedisServer, *, checkouts: int) -> None:
        self.redis, self.checkouts = redis, checkouts
        self.figures: dict[str, Any] = {}
        self.web_ports = [free_port(), free_port()]

    def run(self) -> int:
        # Importing it sets Django up, with the settings of this process.
        from tests.reliability import soak

        # The tests' settings, which it loads too, have a cache in memory.
        self.redis.start()
        sandbox = SandboxProcess().start()
        try:
            with soak.fresh_database() as environ:
                environ["CACHE_URL"] = self.redis.url
                self.processes = soak.ShopProcesses(environ)
                try:
                    faults = self.play(soak, sandbox)
                finally:
                    self.processes.stop()
        finally:
            sandbox.stop()
            self.redis.kill()
        print(json.dumps(self.figures, indent=2))
        for fault in faults:
            print(fault)
        return 1 if faults else 0

    def play(self, soak: Any, sandbox: SandboxProcess) -> list[str]:
        """Let shoppers buy while parts are killed. Return what was wrong."""
        from catalog.models import Variant
        from checkout.webhook_registration import register_webhook
        from tests.reliability.invariants import check_invariants, run_until_idle

        balancer = LoadBalancer(self.web_ports)
        store, variants = soak.set_up_store(sandbox, balancer.port, self.checkouts)
        scarce, plenty = (add_lamp(store, stock) for stock in (SCARCE_UNITS, 50))
        counted = Variant.objects.filter(pk__in=[*variants, scarce, plenty])
        stock = dict(counted.values_list("pk", "inventory_quantity"))
        self.pictures = upload_picture(store)
        self.servers = [self.start_web(port) for port in self.web_ports]
        for port in self.web_ports:
            wait_for_port(port)
        self.reconcilers = [self.processes.reconcile(), self.processes.reconcile()]
        register_webhook(store=store)
        faults = self.check_pictures(store)
        breaking = threading.Thread(target=self.kill_one_after_another)
        breaking.start()
        outcomes = self.buy(soak, store, variants)
        breaking.join()
        faults += self.check_pictures(store)
        faults += self.check_limits(store)
        faults += self.check_holds(soak, store, scarce=scarce, plenty=plenty)
        store.sandbox.wait_for_deliveries(timeout=120)
        self.processes.stop()
        self.processes.running = []
        run_until_idle(limit=self.checkouts * 2)
        report = check_invariants(store, store.sandbox.charges(), stock)
        balancer.stop()
        self.figures |= {
            "checkouts": self.checkouts,
            "shoppers": dict(sorted(outcomes.items())),
            "charges": report.charges,
            "orders paid": report.paid,
            "lost": len(report.lost),
            "doubled": len(report.doubled),
            "left open": len(report.left_open),
            "wrong": len(report.wrong),
        }
        bad = [
            outcome for outcome in outcomes if outcome.startswith(("error", "server error", "checkout page"))
        ]
        return [*faults, *report.faults, *(f"a shopper saw: {outcome}" for outcome in bad)]

    def start_web(self, port: int) -> Any:
        command = ["-m", "gunicorn", "--workers", "1", "--threads", "12", "--bind", f"127.0.0.1:{port}"]
        return self.processes.start(*command, "--timeout", "120", "--log-level", "critical")

    def buy(self, soak: Any, store: Any, variants: list[str]) -> Counter[str]:
        """Let everybody buy once, and whose connection broke again, as a person would reload."""

        def visit(number: int) -> str:
            for attempt in range(5):
                shopper = soak.SoakShopper(store=store, variants=variants, number=number, seed=attempt)
                outcome = shopper.visit()
                if not outcome.startswith(NO_ANSWER):
                    return outcome
                time.sleep(0.5)
            return f"error: {outcome}"

        with ThreadPoolExecutor(soak.SHOPPERS) as pool:
            return Counter(pool.map(visit, range(self.checkouts)))

    def kill_one_after_another(self) -> None:
        """Kill a web server, a reconciler, and the cache. All but the cache come back."""
        time.sleep(2)
        self.kill(self.servers[0])
        time.sleep(2)
        self.kill(self.reconcilers[0])
        time.sleep(1)
        self.redis.kill()
        time.sleep(1)
        self.start_web(self.web_ports[0])
        self.processes.reconcile()
        self.figures["killed"] = ["web server", "reconciler", "cache"]
        wait_for_port(self.web_ports[0])

    def kill(self, process: Any) -> None:
        # The workers too, as when a machine fails: they would keep the port for as long as a request takes.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.running.remove(process)

    def check_pictures(self, store: Any) -> list[str]:
        """Return which web server doesn't serve the picture."""
        import requests

        headers = {"Host": store.host}
        answers = {
            port: requests.get(
                f"http://127.0.0.1:{port}{self.pictures}", headers=headers, timeout=60
            ).status_code
            for port in self.web_ports
        }
        return [f"picture: {port} answers {status}" for port, status in answers.items() if status != 200]

    def check_limits(self, store: Any) -> list[str]:
        """Return whether both servers together let more through than one address may do."""
        import requests

        from tests.reliability.soak_shopper import fill_in

        while time.time() % 60 > 40:  # not over the end of a minute
            time.sleep(1)
        browser = requests.Session()
        browser.headers.update({"Host": store.host, "Origin": store.origin})
        page = browser.get(f"http://127.0.0.1:{self.web_ports[0]}/account", timeout=60)
        form = fill_in({"email": "nobody@example.com"}, page)
        statuses = []
        for number in range(FIND_LIMIT * 3):
            url = f"http://127.0.0.1:{self.web_ports[number % 2]}/account"
            statuses.append(browser.post(url, form, timeout=60, allow_redirects=False).status_code)
        allowed = len([status for status in statuses if status < 400])
        self.figures["posts within the limit"] = allowed
        return (
            [] if allowed == FIND_LIMIT else [f"{allowed} posts passed a limit of {FIND_LIMIT}: {statuses}"]
        )

    def check_holds(self, soak: Any, store: Any, *, scarce: str, plenty: str) -> list[str]:
        """Return whether both servers let orders hold more than there is, or than one network may."""
        from tests.reliability.soak_shopper import ADDRESS

        def order(number: int, variant: str, headers: dict[str, str]) -> int:
            shopper = soak.SoakShopper(store=store, variants=[variant], number=1000 + number, seed=0)
            shopper.browser.headers.update(headers)
            form = {"email": f"keen{number}@example.com", **ADDRESS}
            return shopper.place_order(f"{store.origin}/checkout?variant={variant}", form)[0].status_code

        faults = []
        network = {"X-Forwarded-For": NETWORK_ADDRESS}
        for name, variant, headers, most in (
            ("held of scarce stock", scarce, {}, SCARCE_UNITS),
            ("held by one network", plenty, network, NETWORK_UNITS),
        ):
            with ThreadPoolExecutor(most * 2) as crowd:
                statuses = list(crowd.map(lambda n: order(n, variant, headers), range(most * 2)))  # noqa: B023
            self.figures[name] = statuses.count(303)
            if sorted(statuses) != [303] * most + [409] * most:
                faults.append(f"{name}: {most} orders may hold a unit each: {statuses}")
        return faults


def add_lamp(store: Any, stock: int) -> str:
    """Add a product with that many units. Return its variant."""
    from tests.factories import make_product, publish

    lamp = make_product(store, name=f"Lamp of {stock}", stock=stock)
    publish(store)
    return str(lamp.variants.get().pk)


def upload_picture(store: Any) -> str:
    """Upload a picture to the bucket. Return its path."""
    from django.core.files.storage import default_storage
    from PIL import Image

    from catalog.images import create_media

    default_storage.connection.create_bucket(Bucket="pictures")  # type: ignore[attr-defined]
    out = io.BytesIO()
    Image.new("RGB", (640, 320), "navy").save(out, "PNG")
    out.seek(0)
    return create_media(product=store.products.first(), file=out).url


if __name__ == "__main__":
    sys.exit(main())
