"""`manage.py reencrypt`: the stores' secrets, written with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stores.errors import Problem
from stores.reencrypt import reencrypt_secrets


class Command(BaseCommand):
    help = (
        "Write the stores' tokens and webhook secrets anew with the first of ENCRYPTION_KEYS, so that the "
        "keys after it can be taken away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--clear-unreadable",
            action="store_true",
            help="empty what no key can read, when a key is lost; it must be typed again in the admin",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = reencrypt_secrets(clear_unreadable=options["clear_unreadable"])
        except Problem as problem:
            raise CommandError(
                f"{problem.message} Put the key they were written with behind the first one, or, if it is "
                "lost, use --clear-unreadable."
            ) from problem
        if not done:
            self.stdout.write("There is no store yet, so nothing to write.")
        for store in done:
            lost = f"; to be typed again: {', '.join(store.cleared)}" if store.cleared else ""
            self.stdout.write(f"{store.slug}: written with the first key{lost}")
