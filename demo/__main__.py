"""Start a demo shop and a sandbox NEXT store to pay in: `make run`, or `python -m demo`."""

import argparse
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

from demo.environment import DemoError, DemoKeys, DemoPorts, demo_environment
from demo.processes import ROOT, ProcessGroup, require_free_port

DEFAULT_HOME = ROOT / "var" / "demo"
ORDER_COUNT = 64


def main() -> None:
    """Set up the demo in `--home`, run it until Ctrl-C, then stop all of its processes."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=DEFAULT_HOME, help="folder for the demo's data (default: var/demo)"
    )
    parser.add_argument(
        "--orders",
        type=int,
        default=ORDER_COUNT,
        help="how many orders of the past to play in a new demo (default: %(default)s)",
    )
    options = parser.parse_args()
    try:
        run_demo(options.home.resolve(), order_count=options.orders)
    except DemoError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nStopped.")


def run_demo(home: Path, *, order_count: int) -> None:
    """Run the demo until Ctrl-C (KeyboardInterrupt).

    Raises DemoError if a port is in use or a process fails to start or ends.
    """
    ports = DemoPorts.from_environment()
    require_free_port(ports.shop, "PORT")
    require_free_port(ports.sandbox, "SANDBOX_PORT")
    keys = DemoKeys.load_or_create(home)
    # Must be set before Django reads its settings. The child processes inherit it.
    os.environ |= demo_environment(home=home, keys=keys) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()
    print(
        "Preparing the demo. The first run takes half a minute to draw product images and play a past …",
        flush=True,
    )
    call_command("migrate", verbosity=0)
    with ProcessGroup() as processes:
        run_processes(processes, home=home, keys=keys, ports=ports, order_count=order_count)


def run_processes(
    processes: ProcessGroup, *, home: Path, keys: DemoKeys, ports: DemoPorts, order_count: int
) -> None:
    """Start the sandbox, the shop and the reconciler, print their URLs, and wait."""
    # These need loaded apps and a migrated database.
    from django.db import connections

    from demo.bootstrap import DEMO_SLUG, set_up_demo
    from demo.people import STAFF
    from demo.sandbox_clock import CLOCK_PROMPT, SandboxClock

    database = str(home / "sandbox.sqlite3")
    sandbox = ["-m", "sandbox", "--quiet", "--until-stdin-closes", "--db", database]
    processes.start("sandbox", [*sandbox, "--port", str(ports.sandbox)], port=ports.sandbox, home=home)
    link = set_up_demo(home=home, keys=keys, ports=ports, order_count=order_count)
    connections.close_all()
    shop = ["-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{ports.shop}"]
    shop += ["--worker-class", "gthread", "--threads", "8", "--log-level", "warning"]
    shop += ["--no-control-socket"]  # gunicorn would create it in the user's home folder
    processes.start("shop", shop, port=ports.shop, home=home)
    processes.start("reconciler", ["manage.py", "reconcile", "--forever"], home=home)
    shop_url, sandbox_store_url = (
        f"http://{ports.shop_host}",
        f"{ports.sandbox_url}/sandbox/stores/{DEMO_SLUG}",
    )
    staff = ", ".join(f"{name} ({role.lower()})" for name, _first, _last, role in STAFF)
    clock_hint = CLOCK_PROMPT if sys.stdin.isatty() else "Move the sandbox clock on the sandbox store's page."
    print(
        f"\n"
        f"  Shop           {shop_url}/\n"
        f"  Payment link   {shop_url}{link.get_absolute_url()}\n"
        f"  Admin          {shop_url}/admin/   admin   {keys.admin_password}\n"
        f"  Staff          {staff}, with the same password\n"
        f"  API key        {keys.api_key}\n"
        f"  Sandbox store  {sandbox_store_url}/\n"
        f"\n"
        f"{clock_hint}\n"
        f"Emails to shoppers are in {home / 'reconciler.log'}. All logs are in {home}.\n"
        f"Press Ctrl-C to stop.",
        flush=True,
    )
    clock = SandboxClock(slug=DEMO_SLUG, address=f"{sandbox_store_url}/clock")
    processes.wait(clock.tick)


if __name__ == "__main__":
    main()
