"""`manage.py reencrypt`: re-encrypt what is stored encrypted with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stores.errors import Problem
from stores.reencrypt import reencrypt_secrets


class Command(BaseCommand):
    help = (
        "Re-encrypt the stores' tokens and webhook secrets, and the addresses of payments under way, with "
        "the first of ENCRYPTION_KEYS, so that the other keys can be removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--clear-unreadable",
            action="store_true",
            help="clear secrets that no key can decrypt, if a key is lost; enter them again in the admin",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = reencrypt_secrets(clear_unreadable=options["clear_unreadable"])
        except Problem as problem:
            raise CommandError(
                f"{problem.message} Add the key they were encrypted with after the first one. If it is lost, "
                "use --clear-unreadable."
            ) from problem
        if not done:
            self.stdout.write("There are no stores yet, so there is nothing to re-encrypt.")
        for store in done:
            lost = f". Enter again in the admin: {', '.join(store.cleared)}" if store.cleared else ""
            self.stdout.write(f"{store.slug}: re-encrypted with the first key{lost}")
