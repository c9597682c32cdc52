"""`make run`: a shop to try, the same each time it is started."""

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
    """As on a machine with no settings of ours at all."""
    environ = {"PATH": os.environ["PATH"], "PORT": str(ports[0]), "SANDBOX_PORT": str(ports[1])}
    command = [sys.executable, "-m", "demo", "--home", str(home)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def demo(home, ports):
    """Run it; yield what it printed; stop it as Ctrl-C does, and see that all of it stops."""
    process = start(home, ports)
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        yield "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    for port in ports:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)


def counts(home):
    """The rows of every table of the shop's."""
    with closing(sqlite3.connect(home / "shop.sqlite3")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def test_it_shows_a_furnished_shop_and_the_same_one_the_second_time_and_all_of_it_stops(home, ports):
    with demo(home, ports) as said:
        link = re.search(r"Payment link +(\S+)", said)[1]
        key = re.search(r"sk_test_\w+", said)[0]
        password = re.search(r"admin   (\S+)\n", said)[1]
        here = f"http://localhost:{ports[0]}"
        assert requests.get(link, timeout=20).status_code == 200
        assert requests.get(f"{here}/", timeout=20).text.count("<img") >= 8
        assert requests.get(f"{here}/static/css/base.css", timeout=20).status_code == 200
        assert "Traceback" not in requests.get(f"{here}/nowhere", timeout=20).text
        assert "DEBUG" not in requests.get(f"{here}/nowhere", timeout=20).text
        assert f"http://127.0.0.1:{ports[1]}/" in said
        with requests.Session() as browser:
            form = browser.get(f"{here}/admin/login/", timeout=20).text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
            data = {"username": "admin", "password": password, "csrfmiddlewaretoken": token}
            assert (
                "Site administration"
                in browser.post(f"{here}/admin/login/?next=/admin/", data, timeout=20).text
            )
    before = counts(home)

    with demo(home, ports) as said_again:
        assert said_again == said
        assert key in said_again

    ignored = {"django_session", "axes_accesslog", "nextcommerce_ratelimitstate", "checkout_heartbeat"}
    assert {name: n for name, n in counts(home).items() if name not in ignored} == {
        name: n for name, n in before.items() if name not in ignored
    }


def test_a_taken_port_is_told_of_with_the_way_out(home, ports):
    with closing(socket.create_server(("127.0.0.1", ports[0]))):
        process = start(home, ports)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"Port {ports[0]} is taken" in errors
    assert "make run PORT=" in errors
    assert "Traceback" not in errors
