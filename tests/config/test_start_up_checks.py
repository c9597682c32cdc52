"""Startup checks reject unsafe production settings and say what to do."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from config import checks
from tests.factories import make_store

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "correct-horse-battery-staple-and-many-more-words-0123456789",
    "ENCRYPTION_KEYS": "q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg=",
    "ALLOWED_HOSTS": "shop.lamphouse.com",
    "BEHIND_PROXY": "1",
    "DEFAULT_FROM_EMAIL": "orders@lamphouse.com",
    "DATABASE_URL": "sqlite:///:memory:",
    "CACHE_URL": "dbcache://cache",
}

START_AND_ADD_STORE = """
import config.wsgi
from config.checks import refuse_unsafe_settings
from stores.models import Store
Store.objects.create(slug="lamps", name="Lamps", host="shop.lamphouse.com", access_token="secret-token")
refuse_unsafe_settings()
"""


def run(*command, **changes):
    """Run Python in an environment that holds only the production settings and `changes`."""
    environ = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={name: value for name, value in environ.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def message_ids(check):
    return [message.id for message in check(None)]


def test_safe_production_passes_the_deployment_check():
    result = run("manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING")

    assert result.stdout + result.stderr == "System check identified no issues (6 silenced).\n"


def test_unsafe_production_does_not_start_and_lists_every_error():
    unsafe = {
        "SECRET_KEY": None,
        "ENCRYPTION_KEYS": "hunter2",
        "DEBUG": "1",
        "PUBLIC_SCHEME": "http",
        "NEXT_API_ALLOW_HTTP": "1",
    }
    messages = [
        "SECRET_KEY is empty or too short",
        "Key 1 of ENCRYPTION_KEYS is not a Fernet key",
        "DEBUG is on and ALLOWED_HOSTS has a public host",
        "PUBLIC_SCHEME is http",
        "NEXT_API_ALLOW_HTTP is on",
    ]

    result = run("-c", "import config.wsgi", **unsafe)

    assert result.returncode == 1
    assert [message for message in messages if message not in result.stderr] == []
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize(
    ("check", "name", "value"),
    [
        (checks.check_secret_key, "SECRET_KEY", ""),
        (checks.check_secret_key, "SECRET_KEY", "guess"),
        (checks.check_encryption_keys, "ENCRYPTION_KEYS", []),
        (checks.check_encryption_keys, "ENCRYPTION_KEYS", ["hunter2"]),
        (checks.check_public_debug, "DEBUG", True),
        (checks.check_https, "PUBLIC_SCHEME", "http"),
        (checks.check_https, "NEXT_API_ALLOW_HTTP", True),
        (checks.check_https, "NEXT_API_ALLOW_PRIVATE", True),
        (checks.check_two_factor, "STAFF_TWO_FACTOR", "require"),
    ],
)
def test_each_unsafe_setting_alone_is_an_error(settings, check, name, value):
    settings.ALLOWED_HOSTS = ["shop.lamphouse.com"]
    settings.PUBLIC_SCHEME = "https"
    settings.NEXT_API_ALLOW_HTTP = settings.NEXT_API_ALLOW_PRIVATE = False
    assert message_ids(check) == []

    setattr(settings, name, value)

    (message,) = check(None)
    assert message.is_serious()


def test_unset_from_address_is_a_warning(settings):
    settings.DEFAULT_FROM_EMAIL = "Shop <shop@localhost>"
    assert message_ids(checks.check_from_email) == ["shop.W003"]
    settings.DEFAULT_FROM_EMAIL = "orders@lamphouse.com"
    assert message_ids(checks.check_from_email) == []


def test_shop_does_not_start_with_a_key_that_its_secrets_were_not_encrypted_with(tmp_path, migrated_file):
    """Neither the web process nor the reconciler: each page that calls NEXT would fail."""
    file = shutil.copy(migrated_file, tmp_path / "shop.sqlite3")
    database = {"DATABASE_URL": f"sqlite:///{file}"}
    assert run("-c", START_AND_ADD_STORE, **database).returncode == 0
    other = database | {"ENCRYPTION_KEYS": "0000000000000000000000000000000000000000000="}

    for command in (["-c", "import config.wsgi"], ["manage.py", "reconcile"]):
        result = run(*command, **other)

        assert result.returncode == 1
        assert "No key in ENCRYPTION_KEYS can decrypt a stored secret." in result.stderr
        assert "Add the key it was encrypted with after the first one in ENCRYPTION_KEYS." in result.stderr
    both = database | {"ENCRYPTION_KEYS": f"{other['ENCRYPTION_KEYS']},{PRODUCTION['ENCRYPTION_KEYS']}"}
    assert run("-c", "import config.wsgi", **both).returncode == 0


def test_shop_starts_without_its_database_and_waits_for_it():
    """It may come up later; until then /readyz says 503."""
    lost = run("-c", "import config.wsgi", DATABASE_URL="postgres://shop@127.0.0.1:9/shop")

    assert lost.returncode == 0
    assert "the stores couldn't be checked at the start: OperationalError" in lost.stderr


@pytest.mark.parametrize("value", ["two", "1,2", "10.0.0.0/99", "-1"])
def test_trusted_proxies_must_be_a_number_or_networks(settings, value):
    settings.TRUSTED_PROXIES = ["127.0.0.1", "2001:db8::/32"]
    assert message_ids(checks.check_trusted_proxies) == []
    settings.TRUSTED_PROXIES = value.split(",")

    assert message_ids(checks.check_trusted_proxies) == ["shop.E010"]


@pytest.mark.django_db
def test_outdated_database_passes_so_that_it_can_be_migrated():
    """`migrate` runs this check before it adds the stores' new columns."""
    make_store(webhook_secret="")
    assert [message.id for message in checks.check_stores(None, databases=["default"])] == ["shop.W010"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stores_store RENAME COLUMN accent TO old_accent")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'stores'")

    assert list(checks.check_stores(None, databases=["default"])) == []


def test_generate_keys_works_without_keys_and_prints_valid_ones(settings):
    result = run("manage.py", "generate_keys", SECRET_KEY=None, ENCRYPTION_KEYS=None)
    keys = dict(line.split("=", 1) for line in result.stdout.splitlines())

    assert len(keys["SECRET_KEY"]) == 64
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = keys["SECRET_KEY"], [keys["ENCRYPTION_KEYS"]]
    assert message_ids(checks.check_secret_key) == message_ids(checks.check_encryption_keys) == []


def test_local_development_may_use_debug_and_plain_http(settings):
    settings.DEBUG = True
    settings.PUBLIC_SCHEME = "http"
    settings.NEXT_API_ALLOW_HTTP = True
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", ".localhost"]

    assert message_ids(checks.check_public_debug) == message_ids(checks.check_https) == []


@pytest.mark.parametrize("host", ["*", "shop.lamphouse.com", ".lamphouse.com", "192.0.2.7", "localhost.com"])
def test_any_other_host_counts_as_public(settings, host):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", host]

    assert message_ids(checks.check_public_debug) == ["shop.E004"]


def test_https_redirect_without_a_trusted_proxy_is_a_warning(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert message_ids(checks.check_proxy_headers) == ["shop.W001"]


@pytest.mark.django_db
def test_store_without_webhook_secret_is_a_warning(capsys):
    """S11."""
    make_store(slug="without-secret", webhook_secret="")
    make_store(slug="with-secret", host="closed.example")

    call_command("check", databases=["default"])

    output = capsys.readouterr().err
    assert "Store “without-secret” has no webhook secret" in output
    assert "with-secret" not in output


@pytest.mark.django_db
def test_store_on_a_host_that_is_not_allowed_is_a_warning(settings, capsys):
    settings.NEXT_API_ALLOW_HTTP = False
    make_store(slug="lost", host="shop.lamphouse.com")

    call_command("check", databases=["default"])

    output = capsys.readouterr().err
    assert "Add shop.lamphouse.com to ALLOWED_HOSTS" in output
    assert "It will not be called." in output


def test_env_example_describes_every_setting():
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    described = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read == described
