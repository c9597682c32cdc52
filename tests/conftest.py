"""Shared fixtures, and the selection of tests that can run on this machine."""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from nextcommerce.turns import limit_turns
from nextcommerce.waiting import limit_waiting
from stores import rate_limits
from tests import database_flush, ready_database
from tests.fake_internet import internet, internet_certificates
from tests.ready_database import run_folder
from tests.sandbox_process import sandbox, sandbox_store
from tests.shop_fixture import shop

# CI builds are repeatable; local runs try new random examples. No example fails because the machine is busy.
hypothesis.settings.register_profile(
    "shop",
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("shop")

database_flush.install_fast_flush()
# Secure password hashing is slow, and the tests create hundreds of users.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Without this, each test client scans all static files, which takes longer than most tests.
settings.WHITENOISE_AUTOREFRESH = True

__all__ = ["internet", "internet_certificates", "run_folder", "sandbox", "sandbox_store", "shop"]

# Thin pages, forms, and serializers over services that are tested on both databases; so are files with
# "admin" in their name. PostgreSQL, the stricter one, is enough for them; tests/browser and the walk of every
# admin page open them on SQLite too.
PAGE_FOLDERS = ("accounts", "api", "catalog_admin", "customers", "orders_api")

# The shell, which has no window, takes a fifth of the others' CPU time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Clear what the previous test cached and counted, and the limit of waiting threads that WSGI sets."""
    cache.clear()
    limit_waiting(None)
    limit_turns(None)
    rate_limits.exceeded_windows.clear()
    rate_limits.local_windows.clear()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    run_folder: Path,
    django_test_environment: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """A migrated database for this process, made in place of pytest-django's."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "copy")
    with django_db_blocker.unblock():
        ready_database.migrate_once(run_folder)
        with ready_database.use_copy(worker), django_db_blocker.block():
            yield


def skipped_markers() -> dict[str, str]:
    """Return the markers that cannot run on this machine or database, with the reason."""
    reasons = {}
    if CHROMIUM is None:
        reasons["browser"] = (
            "Browser tests need Chromium. On Debian: sudo apt install chromium-headless-shell"
        )
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        reasons["concurrent"] = "Concurrency tests need PostgreSQL: make test-postgres"
        reasons["strict_columns"] = "Most absurd answers are tried on PostgreSQL only: make test-postgres"
        reasons["further_case"] = "Some cases are tried on PostgreSQL only: make test-postgres"
        reasons["page"] = "Pages and forms are tested on PostgreSQL only: make test-postgres"
    return reasons


def is_without_database(item: pytest.Item) -> bool:
    """Tell whether a test uses no database, neither by a fixture nor in a process that it may start."""
    starts_processes = item.path.is_relative_to(Path(__file__).parent / "config") or item.path.is_relative_to(
        Path(__file__).parent / "reliability"
    )
    fixtures = {"db", "transactional_db", "live_server"}
    return not (
        starts_processes
        or item.get_closest_marker("django_db")
        or any(item.get_closest_marker(marker) for marker in ("concurrent", "strict_columns", "page"))
        or fixtures & set(getattr(item, "fixturenames", ()))
    )


def mark_further_cases(items: list[pytest.Item]) -> None:
    """Mark two of three cases of each test that calls NEXT: cases differ in answers, not in queries.

    Crash tests already split their lines between the databases.
    """
    counts: Counter[str] = Counter()
    for item in items:
        if (
            hasattr(item, "callspec")
            and "sandbox" in getattr(item, "fixturenames", ())
            and not item.get_closest_marker("any_database")
            and item.path.name != "test_crash.py"
        ):
            test = item.nodeid.partition("[")[0]
            if counts[test] % 3:
                item.add_marker(pytest.mark.further_case)
            counts[test] += 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CHROMIUM is None and os.environ.get("CI"):
        raise pytest.UsageError("Chromium is missing; .ci/run installs it.")
    tests_folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(tests_folder / "browser"):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.any_database)
        is_page = "admin" in item.path.name or any(
            item.path.is_relative_to(tests_folder / folder) for folder in PAGE_FOLDERS
        )
        if is_page and not item.get_closest_marker("any_database"):
            item.add_marker(pytest.mark.page)
        # The sandbox uses its own database.
        if item.path.is_relative_to(tests_folder / "sandbox") or is_without_database(item):
            item.add_marker(pytest.mark.any_database)
    mark_further_cases(items)
    # Slow tests first, so that no worker runs one alone at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    skipped = [item for item in items if any(item.get_closest_marker(marker) for marker in skipped_markers())]
    if skipped:
        items[:] = [item for item in items if item not in skipped]
        config.hook.pytest_deselected(items=skipped)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what was imported out of every garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in skipped_markers().values():
        terminalreporter.write_line(f"Skipped: {reason}", yellow=True)
