"""An unsafe production is refused, with a sentence that says what to do."""

import os
import re
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
}


def run(*command, **changes):
    """Run Python with the settings of a production, changed, and nothing else of this process's."""
    environ = {"PATH": os.environ["PATH"], **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={name: value for name, value in environ.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def found(check):
    return [message.id for message in check(None)]


def test_a_sound_production_passes_the_deployment_check_without_a_word():
    answer = run("manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING")

    assert answer.stdout + answer.stderr == "System check identified no issues (1 silenced).\n"


def test_an_unsafe_production_does_not_serve_and_is_told_all_that_is_wrong():
    unsafe = {
        "SECRET_KEY": None,
        "ENCRYPTION_KEYS": "hunter2",
        "DEBUG": "1",
        "PUBLIC_SCHEME": "http",
        "NEXT_API_ALLOW_HTTP": "1",
    }
    sentences = [
        "SECRET_KEY is empty or short",
        "Key 1 of ENCRYPTION_KEYS is not a Fernet key",
        "DEBUG is on and ALLOWED_HOSTS has a public host",
        "PUBLIC_SCHEME is http",
        "NEXT_API_ALLOW_HTTP is on",
    ]

    answer = run("-c", "import config.wsgi", **unsafe)

    assert answer.returncode == 1
    assert [sentence for sentence in sentences if sentence not in answer.stderr] == []
    assert "hunter2" not in answer.stderr


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
    ],
)
def test_each_of_them_alone_is_an_error(settings, check, name, value):
    settings.ALLOWED_HOSTS = ["shop.lamphouse.com"]
    settings.PUBLIC_SCHEME, settings.NEXT_API_ALLOW_HTTP = "https", False
    assert found(check) == []

    setattr(settings, name, value)

    (message,) = check(None)
    assert message.is_serious()


def test_an_address_that_no_mail_can_come_from_is_told_of(settings):
    settings.DEFAULT_FROM_EMAIL = "Shop <shop@localhost>"
    assert found(checks.check_from_email) == ["shop.W003"]
    settings.DEFAULT_FROM_EMAIL = "orders@lamphouse.com"
    assert found(checks.check_from_email) == []


@pytest.mark.django_db
def test_a_database_of_an_older_version_can_be_migrated():
    """`migrate` runs this check first, when a new column of the stores is not there yet."""
    make_store(webhook_secret="")
    assert [message.id for message in checks.check_stores(None, databases=["default"])] == ["shop.W010"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stores_store RENAME COLUMN accent TO accent_of_old")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'stores'")

    assert list(checks.check_stores(None, databases=["default"])) == []


def test_new_keys_can_be_made_before_there_are_any_and_are_good(settings):
    answer = run("manage.py", "generate_keys", SECRET_KEY=None, ENCRYPTION_KEYS=None)
    keys = dict(line.split("=", 1) for line in answer.stdout.splitlines())

    assert len(keys["SECRET_KEY"]) == 64
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = keys["SECRET_KEY"], [keys["ENCRYPTION_KEYS"]]
    assert found(checks.check_secret_key) == found(checks.check_encryption_keys) == []


def test_a_machine_of_ones_own_may_be_plain(settings):
    settings.DEBUG = True
    settings.PUBLIC_SCHEME = "http"
    settings.NEXT_API_ALLOW_HTTP = True
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", ".localhost"]

    assert found(checks.check_public_debug) == found(checks.check_https) == []


@pytest.mark.parametrize("host", ["*", "shop.lamphouse.com", ".lamphouse.com", "192.0.2.7", "localhost.com"])
def test_any_other_host_is_public(settings, host):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost", host]

    assert found(checks.check_public_debug) == ["shop.E004"]


def test_a_tls_proxy_that_is_not_trusted_is_told_of(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert found(checks.check_proxy_headers) == ["shop.W001"]


def test_several_processes_need_a_cache_they_share(settings, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    assert found(checks.check_shared_cache) == ["shop.W002"]

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}
    assert found(checks.check_shared_cache) == []


@pytest.mark.django_db
def test_a_store_without_webhook_secret_is_told_of_s11(capsys):
    make_store(slug="open-door", webhook_secret="")
    make_store(slug="closed-door", host="closed.example")

    call_command("check", databases=["default"])

    said = capsys.readouterr().err
    assert "Store “open-door” has no webhook secret" in said
    assert "closed-door" not in said


@pytest.mark.django_db
def test_a_store_on_a_host_that_is_not_answered_for_is_told_of(settings, capsys):
    settings.NEXT_API_ALLOW_HTTP = False
    make_store(slug="lost", host="shop.lamphouse.com")

    call_command("check", databases=["default"])

    said = capsys.readouterr().err
    assert "Add shop.lamphouse.com to ALLOWED_HOSTS" in said
    assert "it will not be called" in said


def test_every_setting_is_described_in_the_example():
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    described = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read == described
