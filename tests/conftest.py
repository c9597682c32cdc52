"""Fixtures of all rooms, and which tests can run on this machine."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from tests import database_flush
from tests.sandbox_process import sandbox, sandbox_store
from tests.shop_fixture import shop

# A build asks the same each time; chance finds new things at home.
hypothesis.settings.register_profile("build", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("build")

database_flush.install_fast_flush()
# A password that is slow to guess is slow to make, for each of some hundred members of staff.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Else each test client reads all static files at its start, longer than most tests take.
settings.WHITENOISE_AUTOREFRESH = True

__all__ = ["sandbox", "sandbox_store", "shop"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No page and no count kept from the test before."""
    cache.clear()


def skipped_markers() -> dict[str, str]:
    """The markers that cannot run on this machine or database, each with the reason."""
    reasons = {}
    if CHROMIUM is None:
        reasons["browser"] = (
            "The browser tests need Chromium. On Debian and Ubuntu: sudo apt install chromium"
        )
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        reasons["concurrent"] = "What happens at the same moment is tested on PostgreSQL: make test-postgres"
    return reasons


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CHROMIUM is None and os.environ.get("CI"):
        raise pytest.UsageError("Chromium is missing; .ci/run installs it.")
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here / "browser"):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.any_database)
        # The sandbox has a database of its own.
        if item.path.is_relative_to(here / "sandbox"):
            item.add_marker(pytest.mark.any_database)
    # The longest first, so that no worker sits idle beside one of them at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    out = [item for item in items if any(item.get_closest_marker(marker) for marker in skipped_markers())]
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in skipped_markers().values():
        terminalreporter.write_line(f"Left out: {reason}", yellow=True)
