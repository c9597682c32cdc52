"""`manage.py demo`, which is `make run`: a furnished shop, and a sandbox store to pay in."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from config.demo.home import Keys, Ports, environment
from config.demo.processes import Processes, demand_free


class Command(BaseCommand):
    help = "Run a shop with a demo store and a sandbox store; PORT and SANDBOX_PORT choose where."
    requires_system_checks: list[str] = []  # the demo brings settings of its own

    def add_arguments(self, parser: CommandParser) -> None:
        home = settings.VAR_DIR / "demo"
        parser.add_argument("--home", type=Path, default=home, help=f"where it is kept ({home})")

    def handle(self, *args: Any, **options: Any) -> None:
        home = options["home"].resolve()
        keys = Keys.of(home)
        if home / "media" != settings.MEDIA_ROOT:
            # Settings are read once, so start again with the demo's.
            os.execve(  # nosec B606
                sys.executable,
                [sys.executable, *sys.argv],
                os.environ | environment(home=home, keys=keys),
            )
        ports = Ports.from_environment()
        demand_free(ports.shop, "PORT")
        demand_free(ports.sandbox, "SANDBOX_PORT")
        self.stdout.write("Preparing the demo; the first time, its pictures are drawn …")
        call_command("migrate", verbosity=0)
        try:
            with Processes() as processes:
                self._run(processes, home=home, keys=keys, ports=ports)
        except KeyboardInterrupt:
            pass  # Ctrl-C is how it ends
        self.stdout.write("\nStopped.")

    def _run(self, processes: Processes, *, home: Path, keys: Keys, ports: Ports) -> None:
        # These need the apps, and the database that is there now.
        from config.demo.clock import PROMPT, Clock
        from config.demo.furnish import SLUG, furnish

        database = str(home / "sandbox.sqlite3")
        sandbox = ["-m", "stores.sandbox", "--quiet", "--until-stdin-closes", "--db", database]
        sandbox += ["--port", str(ports.sandbox)]
        processes.start("sandbox", sandbox, port=ports.sandbox, home=home)
        link = furnish(home=home, keys=keys, ports=ports)
        connections.close_all()
        shop = ["-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{ports.shop}"]
        shop += ["--worker-class", "gthread", "--threads", "8", "--log-level", "warning"]
        shop += ["--no-control-socket"]  # it would lie in the home folder
        processes.start("shop", shop, port=ports.shop, home=home)
        processes.start("reconciler", ["manage.py", "reconcile", "--forever"], home=home)
        here = f"http://{ports.shop_host}"
        self.stdout.write(
            f"\n"
            f"  Shop           {here}/\n"
            f"  Payment link   {here}{link.get_absolute_url()}\n"
            f"  Admin          {here}/admin/   admin   {keys.admin_password}\n"
            f"  API key        {keys.api_key}\n"
            f"  Sandbox store  {ports.sandbox_url}/sandbox/stores/{SLUG}/\n"
            f"\n"
            f"{PROMPT if sys.stdin.isatty() else 'The sandbox store has a clock to move, on its page.'}\n"
            f"Mails to shoppers are in {home / 'reconciler.log'}.\n"
            f"Ctrl-C stops all of it. Logs are in {home}."
        )
        self.stdout.flush()
        clock = Clock(slug=SLUG, address=f"{ports.sandbox_url}/sandbox/stores/{SLUG}/clock")
        processes.wait(clock.tick)
