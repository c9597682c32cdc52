"""`manage.py generate_keys`: print new secrets for the environment."""

import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Print a new SECRET_KEY and ENCRYPTION_KEYS line. Nothing is stored."
    requires_system_checks: list[str] = []  # must work before any key is set

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"SECRET_KEY={secrets.token_urlsafe(48)}")
        self.stdout.write(f"ENCRYPTION_KEYS={Fernet.generate_key().decode()}")
