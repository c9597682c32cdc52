"""The container image, compose.yaml, and the files in deploy/ fit the code."""

import re
import shutil
import subprocess

import pytest
import yaml
from django.core.management import get_commands
from django.urls import URLPattern, get_resolver

from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database


PROCESSES = ("web", "reconciler", "setup", "hourly")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def read_nginx():
    return (ROOT / "deploy" / "nginx.conf").read_text()


def list_routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from list_routes(pattern.url_patterns, route)


def test_image_holds_every_package_of_the_shop_and_nothing_for_tests():
    kept = {line[2:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!/")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages - kept == {"demo", "sandbox", "tests"}
    assert {"templates", "static", "locale", "manage.py", "gunicorn.conf.py"} <= kept
    assert [name for name in kept if not (ROOT / name).exists()] == []


def test_image_runs_as_its_own_user_and_names_no_host():
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["shop"]
    assert "://" not in dockerfile.replace("sqlite:///", "")


@pytest.mark.parametrize("name", PROCESSES)
def test_process_of_the_shop_has_no_rights_and_a_read_only_file_system(services, name):
    service = services[name]

    assert service["image"] == "shop"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["environment"]["CACHE_URL"] == "redis://cache:6379/0"


def test_two_web_servers_and_two_reconcilers_start_after_the_database_is_migrated(services):
    for name in ("web", "reconciler"):
        assert services[name]["deploy"]["replicas"] == 2
        assert services[name]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}


def test_only_the_proxy_is_reachable_from_outside(services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_nginx_logs_no_address_that_opens_something():
    unlogged = re.compile(re.search(r"location ~ (\S+) \{\s+access_log off;", read_nginx())[1])
    routes = [route for route in list_routes(get_resolver().url_patterns) if "<str:token>" in route]

    assert {"admin/invitation/<str:token>/", "pay/<str:token>", "orders/<str:token>"} <= set(routes)
    secrets = [f"/{route}" for route in routes] + [
        "/link/plink_1?ephemeral_token=",
        "/plink_1?ephemeral_token=",
    ]
    assert [address for address in secrets if not unlogged.match(address)] == []


def test_certificates_are_used_once_they_are_renewed():
    """nginx keeps the old one until it is told."""
    assert '--deploy-hook "systemctl reload nginx"' in (ROOT / "docs" / "deployment.md").read_text()


def test_every_command_exists():
    files = [ROOT / "compose.yaml", *sorted((ROOT / "deploy" / "systemd").iterdir())]
    text = "\n".join(file.read_text() for file in [*files, ROOT / "docs" / "deployment.md"])
    used = set(re.findall(r"manage\.py (\w+)", text))

    assert {"migrate", "reconcile", "refresh_shipping", "clearsessions", "copy_database"} <= used
    assert used - set(get_commands()) == set()


# Units of a Debian that those of the shop name.
SYSTEM_TARGETS = ("basic", "multi-user", "network-online", "shutdown", "sysinit", "timers")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_every_line_of_the_units_and_finds_their_programs(tmp_path):
    """It only warns about a misspelled key, so nothing may be printed."""
    folder, programs = tmp_path / "etc" / "systemd" / "system", tmp_path / "srv" / "shop" / ".venv" / "bin"
    shutil.copytree(ROOT / "deploy" / "systemd", folder)
    for name in SYSTEM_TARGETS:
        (folder / f"{name}.target").write_text("[Unit]\n")
    programs.mkdir(parents=True)
    for name in ("gunicorn", "python"):
        (programs / name).touch(mode=0o755)
    units = sorted(path.name for path in (ROOT / "deploy" / "systemd").iterdir())

    command = ["systemd-analyze", "verify", f"--root={tmp_path}", "--man=no", *units]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert len(units) == 4
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
