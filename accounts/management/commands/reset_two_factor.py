"""`manage.py reset_two_factor`: let a user sign in without their second step."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.two_factor import reset_two_factor


class Command(BaseCommand):
    help = "Remove a user's authenticator apps, passkeys and recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user named {options['username']}.")
        reset_two_factor(user)
        self.stdout.write(f"{user.username} can now sign in with the password alone.")
