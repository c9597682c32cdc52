"""`manage.py reconcile`: finish what is unfinished, once or as a service."""

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS, close_old_connections

from catalog.import_worker import IMPORT_WORKS, work_due_imports
from checkout.heartbeat import record_reconciler_heartbeat
from checkout.onboarding.sale_checks import check_due_stores
from checkout.payments.reconcile import reconcile_due_rows
from checkout.webhook_registration import check_webhooks
from stores.background import BackgroundWorker
from stores.command_options import positive_integer


class Command(BaseCommand):
    help = (
        "Settle payments with an unknown outcome, apply waiting webhook events, end expired holds, sync "
        "changed orders and subscriptions, import products, and check that stores can sell. Any "
        "number of reconcilers may run at the same time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="run as a service, until stopped")
        parser.add_argument("--every", type=float, default=5.0, help="seconds between rounds (default: 5)")
        parser.add_argument(
            "--limit",
            type=positive_integer,
            default=100,
            help="most rows of each kind per round (default: 100)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Fails if the stores' tokens can't be decrypted.
        self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
        self.running = True
        if options["forever"]:
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
            worker = BackgroundWorker({**IMPORT_WORKS, "store-checks": check_due_stores})
            worker.start()
            try:
                self.work(options)
            finally:
                worker.stop()
        else:
            self.work(options)

    def work(self, options: dict[str, Any]) -> None:
        """Work in rounds until stopped, or for one round."""
        while self.running:
            done = reconcile_due_rows(limit=options["limit"])
            if not options["forever"]:
                done += work_due_imports() + check_due_stores()
            check_webhooks()
            record_reconciler_heartbeat()
            if done or not options["forever"]:
                self.stdout.write(
                    ", ".join(f"{outcome}: {count}" for outcome, count in done.items()) or "Nothing was due."
                )
            if not options["forever"]:
                return
            close_old_connections()
            self.rest(options["every"])

    def stop(self, *args: Any) -> None:
        """Stop after the current round."""
        self.running = False

    def rest(self, seconds: float) -> None:
        """Sleep for `seconds`, or until stopped."""
        until = time.monotonic() + seconds
        while self.running and time.monotonic() < until:
            time.sleep(0.2)
