"""`manage.py create_staff_roles`: create the staff groups."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import create_staff_roles


class Command(BaseCommand):
    help = "Create the groups Owner, Order staff and Catalog staff, or update their permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        for group in create_staff_roles():
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")
