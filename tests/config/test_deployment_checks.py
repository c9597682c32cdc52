"""Start-up checks of what a deployment adds say what is missing and what to do."""

import pytest

from config import deployment_checks as checks
from tests.config.test_start_up_checks import message_ids, run

pytestmark = pytest.mark.any_database


# Each package with the module that stands for it, and the variable that needs it.
OPTIONAL = {
    "redis": ("redis", "CACHE_URL"),
    "django-storages[s3]": ("storages", "STORAGE_URL"),
    "django-anymail": ("anymail", "EMAIL_URL"),
    "django-anymail[amazon-ses]": ("boto3", "EMAIL_URL"),
    "sentry-sdk": ("sentry_sdk", "SENTRY_DSN"),
    "opentelemetry-sdk": ("opentelemetry.sdk", "OTEL_EXPORTER_OTLP_ENDPOINT"),
}


def test_shop_does_not_start_without_the_packages_that_variables_need():
    missing = dict.fromkeys(module for module, _variable in OPTIONAL.values())

    result = run(
        "-c",
        f"import sys; sys.modules.update({missing!r}); import config.wsgi",
        CACHE_URL="redis://localhost:6379/0",
        STORAGE_URL="s3://pictures",
        EMAIL_URL="amazon-ses://",
        SENTRY_DSN="https://public@sentry.example.com/1",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318",
    )

    assert result.returncode == 1
    for package, (_module, variable) in OPTIONAL.items():
        assert f"{variable} needs a package that is not installed: {package}." in result.stderr
    assert "pip install --require-hashes -r requirements-extras.txt" in result.stderr


def test_commands_name_the_missing_package_too():
    code = (
        "import runpy, sys; sys.modules['redis'] = None; sys.argv = ['manage.py', 'check'];"
        "runpy.run_path('manage.py', run_name='__main__')"
    )

    result = run("-c", code, CACHE_URL="redis://localhost:6379/0")

    assert result.returncode == 1
    assert "CACHE_URL needs a package that is not installed: redis." in result.stderr


def test_shop_starts_with_every_optional_part():
    result = run(
        "-c",
        "import config.wsgi",
        CACHE_URL="redis://localhost:6379/0",
        STORAGE_URL="s3://pictures",
        EMAIL_URL="postmark://token@",
        SENTRY_DSN="https://public@127.0.0.1:1/1",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
    )

    assert result.returncode == 0, result.stderr


def test_several_processes_with_a_cache_each_are_a_warning():
    """The number is the setting that the web server itself reads."""
    result = run("manage.py", "check", "--deploy", WEB_CONCURRENCY="4", CACHE_URL="locmemcache://")

    assert "4 web processes (WEB_CONCURRENCY) use an in-memory cache." in result.stderr
    assert "Set CACHE_URL to a shared cache: redis://localhost:6379/0, or dbcache://cache" in result.stderr


def test_one_process_or_a_shared_cache_is_no_warning(settings):
    settings.WEB_CONCURRENCY = 1
    assert message_ids(checks.check_shared_cache) == []

    settings.WEB_CONCURRENCY = 2
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}
    assert message_ids(checks.check_shared_cache) == []


@pytest.mark.parametrize(("options", "warned"), [(["--workers", "3"], True), (["--workers", "1"], False)])
def test_web_server_itself_warns_about_its_number_of_processes(options, warned):
    """Options of the command line count too."""
    environ = {"WEB_CONCURRENCY": "2", "CACHE_URL": "locmemcache://"}
    code = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'gunicorn', '--bind', '127.0.0.1:0', *sys.argv[1:]]\n"
        "server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)\n"
        "for line in server.stderr:\n"
        "    print(line, end='')\n"
        "    if 'Booting worker' in line: break\n"
        "server.terminate()\n"
        "print(server.stderr.read(), end='')\n"
        "server.wait()\n"
    )
    output = run("-c", code, *options, **environ).stdout

    assert ("3 web processes use an in-memory cache" in output) is warned


def test_hsts_covers_other_hosts_of_the_domain_only_if_its_owner_says_so():
    code = (
        "import django; django.setup(); from django.test import Client;"
        "client = Client(raise_request_exception=False, headers={'Host': 'shop.lamphouse.com'});"
        "response = client.get('/none', secure=True);"
        "print(response.headers.get('Strict-Transport-Security'))"
    )
    environ = {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "CRITICAL"}

    def header(**changes):
        return run("-W", "ignore", "-c", code, **environ, **changes).stdout.strip()

    assert header() == "max-age=31536000"
    both = {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "1", "SECURE_HSTS_PRELOAD": "1"}
    assert header(SECURE_HSTS_SECONDS="600", **both) == "max-age=600; includeSubDomains; preload"


def test_preload_that_browsers_would_ignore_is_a_warning(settings):
    settings.SECURE_HSTS_PRELOAD, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = False
    assert message_ids(checks.check_hsts_preload) == ["shop.W030"]
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    assert message_ids(checks.check_hsts_preload) == []
    settings.SECURE_HSTS_SECONDS = 600
    assert message_ids(checks.check_hsts_preload) == ["shop.W030"]


@pytest.mark.parametrize("url", ["https://cdn.example.com", "cdn.example.com/", "//cdn.example.com/"])
def test_media_url_without_a_slash_or_scheme_is_an_error(settings, url):
    settings.MEDIA_URL = url
    assert message_ids(checks.check_media_url) == ["shop.E031"]


def test_pictures_that_nobody_serves_are_a_warning(settings):
    settings.STORAGES = {"default": {"BACKEND": "config.bucket_storage.BucketStorage"}}
    settings.SERVE_MEDIA, settings.MEDIA_URL = False, "/media/"
    assert message_ids(checks.check_media_url) == ["shop.W031"]
    settings.MEDIA_URL = "https://cdn.example.com/"
    assert message_ids(checks.check_media_url) == []
