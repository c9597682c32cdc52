"""`python -m demo`, which is `make run`: a demo shop, and a sandbox store to pay in."""

import argparse
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.core.management.base import CommandError

from demo.environment import DemoKeys, DemoPorts, demo_environment
from demo.processes import ProcessGroup, require_free_port

DEFAULT_HOME = Path(__file__).resolve().parent.parent / "var" / "demo"


def main() -> None:
    """Set the demo up where `--home` says, run it until Ctrl-C, then stop every process."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help=f"where to keep it ({DEFAULT_HOME})")
    home = parser.parse_args().home.resolve()
    try:
        run_demo(home)
    except CommandError as error:
        sys.exit(str(error))


def run_demo(home: Path) -> None:
    """Raises CommandError if a port is taken or a process does not start."""
    keys, ports = DemoKeys.load_or_create(home), DemoPorts.from_environment()
    # Before Django reads its settings.
    os.environ |= demo_environment(home=home, keys=keys) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    require_free_port(ports.shop, "PORT")
    require_free_port(ports.sandbox, "SANDBOX_PORT")
    django.setup()
    print("Preparing the demo; the first time, its pictures are drawn …")
    call_command("migrate", verbosity=0)
    try:
        with ProcessGroup() as processes:
            run_until_stopped(processes, home=home, keys=keys, ports=ports)
    except KeyboardInterrupt:
        pass  # Ctrl-C is how it ends
    print("\nStopped.")


def run_until_stopped(processes: ProcessGroup, *, home: Path, keys: DemoKeys, ports: DemoPorts) -> None:
    """Start the sandbox, the shop and its reconciler, say where they are, and wait."""
    # These need the apps, and the database that is there now.
    from django.db import connections

    from demo.bootstrap import DEMO_SLUG, set_up_demo
    from demo.sandbox_clock import CLOCK_PROMPT, SandboxClock

    database = str(home / "sandbox.sqlite3")
    sandbox = ["-m", "sandbox", "--quiet", "--until-stdin-closes", "--db", database]
    processes.start("sandbox", [*sandbox, "--port", str(ports.sandbox)], port=ports.sandbox, home=home)
    link = set_up_demo(home=home, keys=keys, ports=ports)
    connections.close_all()
    shop = ["-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{ports.shop}"]
    shop += ["--worker-class", "gthread", "--threads", "8", "--log-level", "warning"]
    shop += ["--no-control-socket"]  # it would lie in the home folder
    processes.start("shop", shop, port=ports.shop, home=home)
    processes.start("reconciler", ["manage.py", "reconcile", "--forever"], home=home)
    here = f"http://{ports.shop_host}"
    print(
        f"\n"
        f"  Shop           {here}/\n"
        f"  Payment link   {here}{link.get_absolute_url()}\n"
        f"  Admin          {here}/admin/   admin   {keys.admin_password}\n"
        f"  API key        {keys.api_key}\n"
        f"  Sandbox store  {ports.sandbox_url}/sandbox/stores/{DEMO_SLUG}/\n"
        f"\n"
        f"{CLOCK_PROMPT if sys.stdin.isatty() else 'The sandbox store has a clock to move, on its page.'}\n"
        f"Mails to shoppers are in {home / 'reconciler.log'}.\n"
        f"Ctrl-C stops all of it. Logs are in {home}.",
        flush=True,
    )
    clock = SandboxClock(slug=DEMO_SLUG, address=f"{ports.sandbox_url}/sandbox/stores/{DEMO_SLUG}/clock")
    processes.wait(clock.tick)


if __name__ == "__main__":
    main()
