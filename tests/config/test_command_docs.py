"""The operator's guide lists every management command."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)

pytestmark = pytest.mark.any_database


def test_guide_lists_every_command():
    apps = {"config", "checkout", "subscriptions", "orders", "catalog", "stores", "accounts"}
    commands = {name for name, app in get_commands().items() if app in apps}
    guide = (ROOT / "docs" / "running.md").read_text()

    assert "reconcile" in commands
    assert {name for name in commands if f"`{name}`" not in guide} == set()
