"""S38: NEXT falls silent while shoppers press Pay: real processes, at a small size."""

import json
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT


# On SQLite, where a transaction that is open during a call would stop every other writer.
@pytest.mark.any_database
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_silent_next_stops_no_page_and_every_shopper_is_served_once():
    """No figure of time: machines differ. `python -m tests.reliability.silent_store` prints them."""
    command = [sys.executable, "-m", "tests.reliability.silent_store"]
    sizes = ["--shoppers", "24", "--silence", "6", "--quiet", "2", "--within", "4"]
    answer = subprocess.run([*command, *sizes], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    figures = json.loads(answer.stdout)
    assert figures["shoppers"] == {"at Link": 24}
    assert (figures["payments"], figures["orders"], figures["calls"]) == (24, 24, 24)
    assert figures["most calls for one payment"] == 1
    assert figures["by status"] == {"redirected": 24}
    assert figures["page errors"] == {}
    assert figures["pages during"] > 10
