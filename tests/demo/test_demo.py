"""`make run` starts a ready-to-use demo shop, and the same one each time."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def ports():
    return free_port(), free_port()


def start(home, ports):
    """Start the demo in an environment without any settings."""
    environ = {"PATH": os.environ["PATH"], "PORT": str(ports[0]), "SANDBOX_PORT": str(ports[1])}
    command = [sys.executable, "-m", "demo", "--home", str(home), "--orders", "4"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def run_demo(home, ports):
    """Run the demo, yield its output, then stop it as Ctrl-C does and check that everything stopped."""
    process = start(home, ports)
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Press Ctrl-C"):
                break
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    for port in ports:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)


def count_rows(home):
    """Return the number of rows in each of the shop's tables."""
    with closing(sqlite3.connect(home / "shop.sqlite3")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def test_demo_shows_the_same_shop_on_every_run_and_stops_cleanly(home, ports):
    with run_demo(home, ports) as output:
        link = re.search(r"Payment link +(\S+)", output)[1]
        key = re.search(r"sk_test_\w+", output)[0]
        password = re.search(r"admin   (\S+)\n", output)[1]
        shop_url = f"http://localhost:{ports[0]}"
        assert requests.get(link, timeout=20).status_code == 200
        assert requests.get(f"{shop_url}/", timeout=20).text.count("<img") >= 8
        assert requests.get(f"{shop_url}/static/css/base.css", timeout=20).status_code == 200
        assert "Traceback" not in requests.get(f"{shop_url}/nowhere", timeout=20).text
        assert "DEBUG" not in requests.get(f"{shop_url}/nowhere", timeout=20).text
        assert f"http://127.0.0.1:{ports[1]}/" in output
        with requests.Session() as browser:
            form = browser.get(f"{shop_url}/admin/login/", timeout=20).text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
            data = {"username": "admin", "password": password, "csrfmiddlewaretoken": token}
            page = browser.post(f"{shop_url}/admin/login/?next=/admin/", data, timeout=20).text
            assert "Site administration" in page
    before = count_rows(home)
    assert before["orders_order"] >= 2
    assert before["subscriptions_subscription"] >= 1

    with run_demo(home, ports) as second_output:
        assert second_output == output
        assert key in second_output

    ignored = {"django_session", "axes_accesslog", "nextcommerce_ratelimitstate", "checkout_heartbeat"}
    assert {name: rows for name, rows in count_rows(home).items() if name not in ignored} == {
        name: rows for name, rows in before.items() if name not in ignored
    }


def test_taken_port_error_names_the_setting(home, ports):
    with closing(socket.create_server(("127.0.0.1", ports[0]))):
        process = start(home, ports)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"Port {ports[0]} is already in use" in errors
    assert "make run PORT=" in errors
    assert "Traceback" not in errors
