"""What somebody who runs the shop can use is written down."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)

pytestmark = pytest.mark.any_database


def test_every_command_is_in_the_guide():
    rooms = {"config", "checkout", "orders", "catalog", "stores"}
    ours = {name for name, app in get_commands().items() if app in rooms}
    guide = (ROOT / "docs" / "running.md").read_text()

    assert "reconcile" in ours
    assert {name for name in ours if f"`{name}`" not in guide} == set()
