"""Makes the groups of staff."""

from typing import Any

from django.core.management.base import BaseCommand

from stores.roles import create_staff_roles


class Command(BaseCommand):
    help = "Make the groups Owner, Order staff and Catalogue staff, or bring their permissions up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        for group in create_staff_roles():
            self.stdout.write(f"{group.name}: {group.permissions.count()} permissions")
